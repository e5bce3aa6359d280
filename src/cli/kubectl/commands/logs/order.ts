import type { Pod } from "../../../../api/generated/types.ts";

const phases: Readonly<Record<string, number>> = { Running: 0, Unknown: 1, Pending: 2 };
const readyCondition = ({ status }: Pod) => status?.conditions?.find((c) => c.type === "Ready" && c.status === "True");
const restarts = ({ status }: Pod): number =>
  Math.max(0, ...(status?.containerStatuses ?? []).map((c) => c.restartCount));
/** Without a time: later than all others. */
const time = (text: string | undefined): number => (text ? Date.parse(text) : Number.POSITIVE_INFINITY);

/** The pods that most likely have logs first (upstream's `podutils.ByLogging`). */
export function byLogging(a: Pod, b: Pod): number {
  const placed = ({ spec }: Pod) => (spec?.nodeName ? 0 : 1);
  const phase = ({ status }: Pod) => phases[status?.phase ?? ""] ?? 0;
  const readiness = (pod: Pod) => (readyCondition(pod) ? 0 : 1);
  const since = (pod: Pod) => time(readyCondition(pod)?.lastTransitionTime);
  const age = ({ metadata }: Pod) => time(metadata?.creationTimestamp);
  return (
    placed(a) - placed(b) ||
    phase(a) - phase(b) ||
    readiness(a) - readiness(b) ||
    order(since(a), since(b)) ||
    restarts(b) - restarts(a) ||
    order(age(a), age(b))
  );
}

const order = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
