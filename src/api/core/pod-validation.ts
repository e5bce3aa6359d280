/** Validation of pods and of what an update may change. Texts are upstream's. */
import { validateIP } from "../addresses.ts";
import { semanticEqual } from "../equal.ts";
import { type FieldError, forbiddenField, invalidValue, type Path, path, required } from "../field.ts";
import type { Container, ContainerStatus, Pod, PodSpec } from "../generated/types.ts";
import { checked, immutable } from "../metadata.ts";
import { checkDnsSubdomain, checkQualifiedName, rangeText } from "../names.ts";
import { validateImageNames } from "./pod-spec/containers.ts";
import { validatePodSpec } from "./pod-spec/validation.ts";

const at = path("spec");
const int32Max = 2 ** 31 - 1;

export function validatePod({ spec = { containers: [] }, metadata }: Pod): FieldError[] {
  const errors = validatePodSpec(spec, true, at);
  if (!spec.serviceAccountName)
    spec.volumes?.forEach(({ projected }, i) => {
      projected?.sources?.forEach((source, j) => {
        if (!source.serviceAccountToken) return;
        const where = at.key("volumes").index(i).key("projected", "sources").index(j).key("serviceAccountToken");
        errors.push(forbiddenField(where, "must not be specified when serviceAccountName is not set"));
      });
    });
  errors.push(
    ...validateImageNames(spec.containers, at.key("containers")),
    ...validateImageNames(spec.initContainers, at.key("initContainers")),
  );
  // Only an object that is being created has no resource version.
  if (!metadata?.resourceVersion && spec.ephemeralContainers?.length)
    errors.push(forbiddenField(at.key("ephemeralContainers"), "cannot be set on create"));
  if (spec.nodeName && spec.schedulingGates?.length)
    errors.push(forbiddenField(at.key("nodeName"), "cannot be set until all schedulingGates have been cleared"));
  return errors;
}

/** Containers may change nothing but their image; undefined when there are more or fewer of them. */
function validateContainerUpdates(
  next: readonly Container[] | undefined,
  previous: readonly Container[] | undefined,
  where: Path,
): FieldError[] | undefined {
  if ((next ?? []).length !== (previous ?? []).length) return undefined;
  return (next ?? []).flatMap(({ image = "" }, i) => {
    const here = where.index(i).key("image");
    if (image === "") return [required(here)];
    return image.trim() === image ? [] : [invalidValue(here, image, "must not have leading or trailing whitespace")];
  });
}

/** A deadline may be set and brought forward, never put off or taken away. */
function validateDeadlineUpdate(next: number | undefined, previous: number | undefined): FieldError[] {
  const where = at.key("activeDeadlineSeconds");
  if (next === undefined)
    return previous === undefined
      ? []
      : [invalidValue(where, undefined, "must not update from a positive integer to nil value")];
  if (next < 0 || next > int32Max) return [invalidValue(where, next, rangeText(0, int32Max))];
  return previous !== undefined && previous < next
    ? [invalidValue(where, next, "must be less than or equal to previous value")]
    : [];
}

const updatable = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
];

/** `next` with everything that may change put back to what it was. */
function withUpdatablesOf(next: PodSpec, previous: PodSpec): PodSpec {
  const images = (containers: readonly Container[] | undefined, old: readonly Container[] | undefined) =>
    containers?.map((container, i) => ({ ...container, image: old?.[i]?.image }));
  const grace = previous.terminationGracePeriodSeconds;
  const graceFixed = grace !== undefined && grace < 0 && next.terminationGracePeriodSeconds === 1;
  const gated = (previous.schedulingGates ?? []).length > 0;
  return {
    ...next,
    containers: images(next.containers, previous.containers) ?? [],
    initContainers: images(next.initContainers, previous.initContainers),
    activeDeadlineSeconds: previous.activeDeadlineSeconds,
    schedulingGates: previous.schedulingGates,
    tolerations: previous.tolerations,
    terminationGracePeriodSeconds: graceFixed ? grace : next.terminationGracePeriodSeconds,
    // A pod that is held back may still be told more narrowly where to run.
    ...(gated ? { nodeSelector: previous.nodeSelector, affinity: previous.affinity } : {}),
  };
}

function validateGatedSelector(next: PodSpec, previous: PodSpec): FieldError[] {
  if (!previous.schedulingGates?.length) return [];
  const kept = Object.entries(previous.nodeSelector ?? {}).every(([key, value]) => next.nodeSelector?.[key] === value);
  return kept
    ? []
    : [
        invalidValue(
          at.key("nodeSelector"),
          next.nodeSelector ?? {},
          "only additions to spec.nodeSelector are allowed (no mutations or deletions)",
        ),
      ];
}

/** The fields that differ, one a line, as `-path: old` and `+path: new`. */
function difference(previous: unknown, next: unknown, where = ""): string[] {
  if (semanticEqual(previous, next)) return [];
  const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null;
  if (isMap(previous) && isMap(next))
    return [...new Set([...Object.keys(previous), ...Object.keys(next)])].flatMap((key) =>
      difference(previous[key], next[key], Array.isArray(previous) ? `${where}[${key}]` : `${where}.${key}`),
    );
  const line = (sign: string, value: unknown) =>
    value === undefined ? [] : [`${sign} ${where.replace(/^\./, "")}: ${JSON.stringify(value)}`];
  return [...line("-", previous), ...line("+", next)];
}

export function validatePodUpdate(next: Pod, previous: Pod): FieldError[] {
  const after = next.spec ?? { containers: [] };
  const before = previous.spec ?? { containers: [] };
  const errors: FieldError[] = [];
  for (const name of ["containers", "initContainers"] as const) {
    const found = validateContainerUpdates(after[name], before[name], at.key(name));
    if (!found) return [...errors, forbiddenField(at.key(name), "pod updates may not add or remove containers")];
    errors.push(...found);
  }
  errors.push(...validateDeadlineUpdate(after.activeDeadlineSeconds, before.activeDeadlineSeconds));
  const kept = (before.tolerations ?? []).every(({ tolerationSeconds: _, ...old }) =>
    (after.tolerations ?? []).some(({ tolerationSeconds: __, ...toleration }) => semanticEqual(old, toleration)),
  );
  if (!kept)
    errors.push(
      forbiddenField(at.key("tolerations"), "existing toleration can not be modified except its tolerationSeconds"),
    );
  after.schedulingGates?.forEach(({ name }, i) => {
    if (!before.schedulingGates?.some((gate) => gate.name === name))
      errors.push(
        forbiddenField(
          at.key("schedulingGates").index(i).key("name"),
          `only deletion is allowed, but found new scheduling gate '${name}'`,
        ),
      );
  });
  errors.push(...validateGatedSelector(after, before));
  const changed = withUpdatablesOf(after, before);
  if (!semanticEqual(changed, before))
    errors.push(
      forbiddenField(
        at,
        `pod updates may not change fields other than ${updatable.join(",")}\n${difference(before, changed).join("\n")}`,
      ),
    );
  return errors;
}

/** A container that has ended for good does not run again. */
function validateStates(
  next: readonly ContainerStatus[] | undefined,
  previous: readonly ContainerStatus[] | undefined,
  restartPolicy: string | undefined,
  where: Path,
): FieldError[] {
  if (restartPolicy === "Always") return [];
  return (previous ?? []).flatMap((old, i) => {
    const ended = old.state?.terminated;
    if (!ended || (ended.exitCode !== 0 && restartPolicy === "OnFailure")) return [];
    const now = next?.find(({ name }) => name === old.name);
    return now && !now.state?.terminated
      ? [forbiddenField(where.index(i).key("state"), "may not be transitioned to non-terminated state")]
      : [];
  });
}

export function validatePodStatusUpdate(next: Pod, previous: Pod): FieldError[] {
  const status = next.status ?? {};
  const old = previous.status ?? {};
  const where = path("status");
  const { nominatedNodeName: nominated, podIPs = [] } = status;
  const errors = (status.conditions ?? []).flatMap(({ type }, i) =>
    checked(where.key("conditions").index(i).key("type"), type, checkQualifiedName),
  );
  if (nominated && nominated !== old.nominatedNodeName)
    errors.push(...checked(where.key("nominatedNodeName"), nominated, checkDnsSubdomain));
  if ((status.observedGeneration ?? 0) < 0)
    errors.push(
      invalidValue(where.key("observedGeneration"), status.observedGeneration, "must be a non-negative integer"),
    );
  errors.push(
    ...immutable(status.qosClass, old.qosClass, where.key("qosClass")),
    ...validateStates(
      status.containerStatuses,
      old.containerStatuses,
      previous.spec?.restartPolicy,
      where.key("containerStatuses"),
    ),
  );
  podIPs.forEach(({ ip }, i) => {
    errors.push(...validateIP(ip, where.key("podIPs").index(i)));
  });
  return errors;
}
