/** Which pods of a ReplicaSet die first when it shrinks. */
import type { Pod } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";
import { isReady, readyCondition } from "../pod-state.ts";

export const deletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";

const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

function deletionCost(pod: Pod): number {
  const text = pod.metadata?.annotations?.[deletionCostAnnotation];
  if (text === undefined || !/^(0|-[0-9]+|[1-9][0-9]*)$/.test(text)) return 0;
  const cost = Number(text);
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : 0;
}

const readySince = (pod: Pod): number => parseTime(readyCondition(pod)?.lastTransitionTime ?? "");
const createdAt = (pod: Pod): number => parseTime(pod.metadata?.creationTimestamp ?? "");

/** Ages are compared by their order of magnitude, so that the choice among similar ones is spread by UID. */
const magnitude = (since: number, now: number): number =>
  now > since ? Math.floor(Math.log2((now - since) * 1_000_000)) : -1;

function compareAge(a: Pod, b: Pod, since: (pod: Pod) => number, now: number): number {
  const [sinceA, sinceB] = [since(a), since(b)];
  if (sinceA === sinceB || (Number.isNaN(sinceA) && Number.isNaN(sinceB))) return 0;
  if (Number.isNaN(sinceA)) return -1;
  if (Number.isNaN(sinceB)) return 1;
  return (
    magnitude(sinceA, now) - magnitude(sinceB, now) || ((a.metadata?.uid ?? "") < (b.metadata?.uid ?? "") ? -1 : 1)
  );
}

/** The highest restart counts: of containers, and of restartable init containers. */
function restarts(pod: Pod): readonly [number, number] {
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === "Always").map((c) => c.name),
  );
  const most = (counts: readonly number[]) => Math.max(0, ...counts);
  return [
    most((pod.status?.containerStatuses ?? []).map((s) => s.restartCount)),
    most((pod.status?.initContainerStatuses ?? []).filter((s) => sidecars.has(s.name)).map((s) => s.restartCount)),
  ];
}

/**
 * Compares two pods: negative when `a` dies first.
 * @param crowd how many related pods run on a node
 * @param now milliseconds since the epoch
 */
export function compareForDeletion(a: Pod, b: Pod, crowd: (node: string) => number, now: number): number {
  const assigned = Number(Boolean(a.spec?.nodeName)) - Number(Boolean(b.spec?.nodeName));
  if (assigned) return assigned;
  const phase = (phaseOrder[a.status?.phase ?? ""] ?? 0) - (phaseOrder[b.status?.phase ?? ""] ?? 0);
  if (phase) return phase;
  const ready = Number(isReady(a)) - Number(isReady(b));
  if (ready) return ready;
  const cost = deletionCost(a) - deletionCost(b);
  if (cost) return cost;
  const crowding = crowd(b.spec?.nodeName ?? "") - crowd(a.spec?.nodeName ?? "");
  if (crowding) return crowding;
  if (isReady(a)) {
    const age = compareAge(a, b, readySince, now);
    if (age) return age;
  }
  const [containersA, sidecarsA] = restarts(a);
  const [containersB, sidecarsB] = restarts(b);
  return containersB - containersA || sidecarsB - sidecarsA || compareAge(a, b, createdAt, now);
}

/**
 * The `count` pods that die first.
 * @param related active pods of all ReplicaSets with the same controller
 */
export function chooseForDeletion(
  pods: readonly Pod[],
  related: readonly Pod[],
  count: number,
  now: number,
): readonly Pod[] {
  if (count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec?.nodeName ?? "";
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const crowd = (node: string) => perNode.get(node) ?? 0;
  return [...pods].sort((a, b) => compareForDeletion(a, b, crowd, now)).slice(0, count);
}
