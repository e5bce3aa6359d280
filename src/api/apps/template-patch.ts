/** What a ControllerRevision records: a patch that brings a pod template back. Pure. */
import type { ControllerRevision, PodTemplateSpec } from "../generated/types.ts";

/** Fields that upstream leaves out when they are empty, as it does with every empty list. */
const emptyIsAbsent = new Set([
  "annotations",
  "labels",
  "limits",
  "matchLabels",
  "nodeSelector",
  "overhead",
  "requests",
]);

/** Sorted keys, nothing empty that upstream would not write: equal templates have equal text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (inner === undefined || inner === null) continue;
    if (Array.isArray(inner) && inner.length === 0) continue;
    if (emptyIsAbsent.has(key) && Object.keys(inner).length === 0) continue;
    out[key] = canonical(inner);
  }
  return out;
}

const withResources = <T extends object>(containers: readonly T[] | undefined) =>
  containers?.map((container) => ({ resources: {}, ...container }));

/** The strategic merge patch that brings a template back. Its text is, byte for byte, what kubectl compares with. */
export function templatePatch(template: PodTemplateSpec): object {
  const { spec, metadata } = template;
  const full = {
    ...template,
    $patch: "replace",
    metadata: metadata ?? {},
    spec: {
      ...spec,
      containers: withResources(spec?.containers),
      initContainers: withResources(spec?.initContainers),
    },
  };
  return { spec: { template: canonical(full) as object } };
}

/** The template that a revision records. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const data = revision.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined;
  const { $patch: _, ...template } = data?.spec?.template ?? {};
  return template;
}

export const records = (revision: ControllerRevision, patch: object): boolean =>
  JSON.stringify(canonical(revision.data)) === JSON.stringify(patch);
