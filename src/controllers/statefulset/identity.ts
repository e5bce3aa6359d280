/** The pods of a StatefulSet: their names, ordinals, labels and volumes. Pure. */
import { templateOf } from "../../api/apps/template-patch.ts";
import type {
  ControllerRevision,
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
  StatefulSet,
  Volume,
} from "../../api/generated/types.ts";
import { statefulSets } from "../../client/kinds.ts";
import { revisionHashLabel } from "../history/revision.ts";
import { controllerReference } from "../ownership.ts";

const podNameLabel = "statefulset.kubernetes.io/pod-name";
const podIndexLabel = "apps.kubernetes.io/pod-index";

/** The set's name and the ordinal in a pod's name; undefined when it has none. */
function parse(pod: Pod): { readonly parent: string; readonly ordinal: number } | undefined {
  const match = /^(.*)-([0-9]+)$/.exec(pod.metadata?.name ?? "");
  const ordinal = Number(match?.[2]);
  return match && ordinal < 2 ** 31 ? { parent: match[1] ?? "", ordinal } : undefined;
}

/** -1 when the name has none. */
export const ordinalOf = (pod: Pod): number => parse(pod)?.ordinal ?? -1;

export const isMember = (set: StatefulSet, pod: Pod): boolean => parse(pod)?.parent === set.metadata?.name;

export const firstOrdinal = (set: StatefulSet): number => set.spec?.ordinals?.start ?? 0;
export const replicasOf = (set: StatefulSet): number => set.spec?.replicas ?? 1;

/** The name of the revision that the pod was made of. */
export const revisionOf = (pod: Pod): string => pod.metadata?.labels?.[revisionHashLabel] ?? "";

const identity = (name: string, ordinal: number) => ({ [podNameLabel]: name, [podIndexLabel]: String(ordinal) });

/** The claims of the set's pod, made of its claim templates. */
export function claimsOf(set: StatefulSet, ordinal: number): readonly PersistentVolumeClaim[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => ({
    ...template,
    metadata: {
      ...template.metadata,
      name: `${template.metadata?.name}-${set.metadata?.name}-${ordinal}`,
      namespace: set.metadata?.namespace,
      labels: { ...template.metadata?.labels, ...set.spec?.selector.matchLabels },
    },
  }));
}

/** The volumes of the template with those of the claims, which win. */
function volumesOf(set: StatefulSet, ordinal: number, volumes: readonly Volume[] = []): Volume[] {
  const templates = set.spec?.volumeClaimTemplates ?? [];
  const claims = claimsOf(set, ordinal).map(
    (claim, i): Volume => ({
      name: templates[i]?.metadata?.name ?? "",
      persistentVolumeClaim: { claimName: claim.metadata?.name ?? "" },
    }),
  );
  const names = new Set(claims.map(({ name }) => name));
  return [...claims, ...volumes.filter(({ name }) => !names.has(name))];
}

function newPod(set: StatefulSet, template: PodTemplateSpec, revision: string, ordinal: number): Pod {
  const name = `${set.metadata?.name}-${ordinal}`;
  const { annotations, finalizers } = template.metadata ?? {};
  const spec = template.spec ?? { containers: [] };
  const volumes = volumesOf(set, ordinal, spec.volumes);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      // Nothing is made of it: upstream's template has it.
      generateName: `${set.metadata?.name}-`,
      namespace: set.metadata?.namespace,
      labels: { ...template.metadata?.labels, ...identity(name, ordinal), [revisionHashLabel]: revision },
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(statefulSets, set)],
    },
    spec: {
      ...spec,
      hostname: name,
      ...(set.spec?.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  };
}

/** The pod that is missing at an ordinal: below the partition one of the current revision, else of the new one. */
export function missingPod(
  set: StatefulSet,
  current: ControllerRevision,
  update: ControllerRevision,
  ordinal: number,
): Pod {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  const kept = rollingUpdate
    ? (rollingUpdate.partition ?? 0)
    : type === "RollingUpdate"
      ? (set.status?.currentReplicas ?? 0)
      : 0;
  const revision = ordinal < firstOrdinal(set) + kept ? current : update;
  return newPod(set, templateOf(revision), revision.metadata?.name ?? "", ordinal);
}

/** The pod with the labels and volumes that it must have; undefined when it has them. */
export function corrected(set: StatefulSet, pod: Pod): Pod | undefined {
  const ordinal = ordinalOf(pod);
  const name = pod.metadata?.name ?? "";
  const named = pod.metadata?.labels?.[podNameLabel] === name;
  const volumes = new Map(pod.spec?.volumes?.map((volume) => [volume.name, volume]));
  const templates = set.spec?.volumeClaimTemplates ?? [];
  const stored = claimsOf(set, ordinal).every((claim, i) => {
    const volume = volumes.get(templates[i]?.metadata?.name ?? "");
    return volume?.persistentVolumeClaim?.claimName === claim.metadata?.name;
  });
  if (named && stored) return undefined;
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, ...identity(name, ordinal) } },
    ...(stored || !pod.spec ? {} : { spec: { ...pod.spec, volumes: volumesOf(set, ordinal, pod.spec.volumes) } }),
  };
}
