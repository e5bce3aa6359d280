/** What a namespace under deletion says of its content, and when it may go (upstream's namespace deleter). Pure. */
import type { Namespace, NamespaceCondition, NamespaceStatus, Pod } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { formatTime } from "../../base/clock.ts";
import { isTerminal } from "../pod-state.ts";

/** The finalizer in `spec.finalizers` that stands for this controller. */
const namespaceFinalizer = "kubernetes";

/** How long what has a finalizer is given before it is looked at again, in seconds. */
const finalizerEstimate = 15;

/** What is left of a kind after its deletion was asked for. */
export interface Remaining {
  readonly group: string;
  readonly plural: string;
  readonly objects: readonly KubeObject[];
}

export interface Content {
  readonly remaining: readonly Remaining[];
  /** Texts of what went wrong. */
  readonly errors: readonly string[];
  /** Conditions do not speak of what remains. */
  readonly uncounted?: boolean;
}

/** Does this controller have anything to do with the namespace? */
export const isToBeEmptied = (namespace: Namespace): boolean =>
  namespace.metadata?.deletionTimestamp !== undefined &&
  (namespace.spec?.finalizers ?? []).includes(namespaceFinalizer);

const order = [
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionGroupVersionParsingFailure",
  "NamespaceDeletionContentFailure",
  "NamespaceContentRemaining",
  "NamespaceFinalizersRemaining",
] as const;
type ConditionType = (typeof order)[number];

const fine: Readonly<Record<ConditionType, readonly [reason: string, message: string]>> = {
  NamespaceDeletionDiscoveryFailure: ["ResourcesDiscovered", "All resources successfully discovered"],
  NamespaceDeletionGroupVersionParsingFailure: ["ParsedGroupVersions", "All legacy kube types successfully parsed"],
  NamespaceDeletionContentFailure: [
    "ContentDeleted",
    "All content successfully deleted, may be waiting on finalization",
  ],
  NamespaceContentRemaining: ["ContentRemoved", "All content successfully removed"],
  NamespaceFinalizersRemaining: ["ContentHasNoFinalizers", "All content-preserving finalizers finished"],
};

type Problems = Partial<Record<ConditionType, readonly [reason: string, message: string]>>;

function problemsOf({ remaining, errors, uncounted }: Content): Problems {
  const left = uncounted ? [] : remaining.filter(({ objects }) => objects.length > 0);
  const counts = left.map((r) => `${r.plural}.${r.group} has ${r.objects.length} resource instances`).sort();
  const finalizers = new Map<string, number>();
  for (const { objects } of left)
    for (const object of objects)
      for (const f of object.metadata?.finalizers ?? []) finalizers.set(f, (finalizers.get(f) ?? 0) + 1);
  const held = [...finalizers].map(([f, count]) => `${f} in ${count} resource instances`).sort();
  const texts = [...errors].sort().join(", ");
  return {
    ...(errors.length > 0
      ? {
          NamespaceDeletionContentFailure: [
            "ContentDeletionFailed",
            `Failed to delete all resource types, ${errors.length} remaining: ${texts}`,
          ],
        }
      : {}),
    ...(counts.length > 0
      ? { NamespaceContentRemaining: ["SomeResourcesRemain", `Some resources are remaining: ${counts.join(", ")}`] }
      : {}),
    ...(held.length > 0
      ? {
          NamespaceFinalizersRemaining: [
            "SomeFinalizersRemain",
            `Some content in the namespace has finalizers remaining: ${held.join(", ")}`,
          ],
        }
      : {}),
  };
}

/** The status to write; undefined when it says so already. */
export function statusFor(namespace: Namespace, content: Content, now: number): NamespaceStatus | undefined {
  const problems = problemsOf(content);
  const before = namespace.status?.conditions ?? [];
  const conditions: NamespaceCondition[] = [...before];
  let changed = false;
  for (const type of order) {
    const problem = problems[type];
    const status = problem ? "True" : "False";
    const [reason, message] = problem ?? fine[type];
    const at = conditions.findIndex((condition) => condition.type === type);
    const old = conditions[at];
    if (old?.status === status && old.reason === reason && old.message === message) continue;
    changed = true;
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : formatTime(now);
    const condition: NamespaceCondition = { type, status, lastTransitionTime, reason, message };
    if (at < 0) conditions.push(condition);
    else conditions[at] = condition;
  }
  return changed ? { ...namespace.status, phase: "Terminating", conditions } : undefined;
}

/**
 * Milliseconds after which to look again; 0 when nothing remains. Half of what the slowest pod may still take, or what
 * a finalizer is given, and a second more.
 */
export function waitFor({ remaining }: Content): number {
  let longest = -1;
  for (const { plural, group, objects } of remaining)
    for (const object of objects) {
      if (plural === "pods" && group === "") longest = Math.max(longest, graceOf(object as Pod));
      if ((object.metadata?.finalizers ?? []).length > 0) longest = Math.max(longest, finalizerEstimate);
      longest = Math.max(longest, 0);
    }
  return longest < 0 ? 0 : (Math.floor(longest / 2) + 1) * 1000;
}

function graceOf(pod: Pod): number {
  if (isTerminal(pod)) return 0;
  return pod.metadata?.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 0;
}

/** The namespace without this controller's finalizer: what is sent to its `finalize` subresource. */
export const finalized = (namespace: Namespace): Namespace => ({
  ...namespace,
  spec: {
    ...namespace.spec,
    finalizers: (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== namespaceFinalizer),
  },
});
