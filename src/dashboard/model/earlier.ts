/**
 * What the cluster still knows of a rollout from before anybody looked: times in statuses, and Events, which it keeps for
 * an hour unless told otherwise. Pure.
 *
 * It is less than what is seen: when a pod that is gone became ready nobody has written down, so it counts as available
 * from when its containers were started; of many pods at once, Events name only some.
 */
import { compareRevisions, parseRevision } from "../../api/apps/revision-number.ts";
import type { CoreEvent, Pod } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";
import { lastSeen } from "./events.ts";
import { conditionOf, containerStatuses, type PodPhase, podPhases } from "./pod-state.ts";
import type { PodChange, Setting } from "./recording.ts";
import { bandOf, type Revision, type Rollout } from "./rollout.ts";

export interface Earlier {
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly changes: readonly PodChange[];
  readonly settings: readonly Setting[];
}

/** Milliseconds. */
const longest = 3_600_000;

/** Without a phase: it goes. */
interface Step {
  readonly at: number;
  readonly phase?: PodPhase;
  readonly reason?: string;
}

/** Whole seconds, as most that is written down: what is more exact would come after what followed from it. */
const secondOf = (text: string | undefined): number => Math.floor(parseTime(text ?? "") / 1000) * 1000;

const timeOf = (event: CoreEvent) => secondOf(lastSeen(event));

/** What has gone, or is going, comes before all of them. */
const lifeOrder: readonly (PodPhase | undefined)[] = podPhases.slice(0, podPhases.indexOf("available") + 1);

/** In one second the order is that of a pod's life. */
const inOrder = (steps: readonly Step[]): Step[] =>
  [...steps].sort((a, b) => a.at - b.at || lifeOrder.indexOf(a.phase) - lifeOrder.indexOf(b.phase));

/** Of a pod that is there. @param failures what Events say of it */
function stepsOf(pod: Pod, minReadySeconds: number, failures: readonly Step[]): Step[] {
  const since = (type: string): number[] => {
    const condition = conditionOf(pod.status?.conditions, type);
    return condition?.status === "True" && condition.lastTransitionTime ? [secondOf(condition.lastTransitionTime)] : [];
  };
  const started = containerStatuses(pod).flatMap(({ state }) =>
    state?.running?.startedAt ? [secondOf(state.running.startedAt)] : [],
  );
  return inOrder([
    ...failures,
    ...(pod.metadata?.creationTimestamp
      ? [{ at: secondOf(pod.metadata.creationTimestamp), phase: "waiting" } as const]
      : []),
    ...since("PodScheduled").map((at) => ({ at, phase: "starting" }) as const),
    ...(started.length > 0 ? [{ at: Math.max(...started), phase: "unready" } as const] : []),
    ...since("Ready").flatMap((at) => [
      ...(minReadySeconds > 0 ? [{ at, phase: "ready" } as const] : []),
      { at: at + minReadySeconds * 1000, phase: "available" } as const,
    ]),
  ]);
}

/** What an Event about a pod says that it did. */
function stepOf(event: CoreEvent): Step | undefined {
  const at = timeOf(event);
  const [, error] = /^Error: (\w+)$/.exec(event.message ?? "") ?? [];
  if (event.reason === "Scheduled") return { at, phase: "starting" };
  if (event.reason === "Started") return { at, phase: "available" };
  if (event.reason === "Failed" && error) return { at, phase: "failing", reason: error };
  if (event.reason === "BackOff" && event.message?.includes("restarting"))
    return { at, phase: "failing", reason: "CrashLoopBackOff" };
  return undefined;
}

/** What Events say that pods did, by name. */
function saidOf(events: readonly CoreEvent[]): Map<string, Step[]> {
  const said = new Map<string, Step[]>();
  for (const event of events) {
    const { kind, name = "" } = event.involvedObject;
    const step = kind === "Pod" ? stepOf(event) : undefined;
    if (step) said.set(name, [...(said.get(name) ?? []), step]);
  }
  return said;
}

/** Of pods that are gone: by name, those whose end is known. */
function goneOf(
  { id, pods }: Revision,
  events: readonly CoreEvent[],
  said: ReadonlyMap<string, readonly Step[]>,
): Map<string, Step[]> {
  const present = new Set(pods.map(({ metadata }) => metadata?.name));
  const about = (what: RegExp) =>
    new Map(
      events.flatMap((event) => {
        const [, name] = (event.involvedObject.uid === id && what.exec(event.message ?? "")) || [];
        return name && !present.has(name) ? [[name, timeOf(event)] as const] : [];
      }),
    );
  const created = about(/^Created pod: (\S+)$/);
  const gone = new Map<string, Step[]>();
  for (const [name, end] of about(/^Deleted pod: (\S+)$/)) {
    const made = created.get(name);
    // What came before the Events that are kept: it was there.
    const first: Step = made === undefined ? { at: 0, phase: "available" } : { at: made, phase: "waiting" };
    const steps = (said.get(name) ?? []).filter(({ at }) => at <= end);
    gone.set(name, [...inOrder([first, ...steps]), { at: end }]);
  }
  return gone;
}

/** Which ReplicaSet was the newest from when on: the one that was scaled up. The oldest first. */
function reignsOf({ workload, revisions }: Rollout, events: readonly CoreEvent[]): { at: number; id: string }[] {
  const reigns: { at: number; id: string }[] = [];
  const scaled = events
    .filter(({ involvedObject }) => involvedObject.uid === workload.object.metadata?.uid)
    .flatMap((event) => {
      const [, name] = /^Scaled up replica set (\S+) /.exec(event.message ?? "") ?? [];
      const id = revisions.find((revision) => revision.name === name)?.id;
      return id ? [{ at: timeOf(event), id }] : [];
    })
    .sort((a, b) => a.at - b.at);
  for (const one of scaled) if (reigns.at(-1)?.id !== one.id) reigns.push(one);
  const current = revisions.find((revision) => revision.current);
  if (current && reigns.at(-1)?.id !== current.id)
    reigns.push({ at: current.created ? parseTime(current.created) : 0, id: current.id });
  return reigns;
}

/** Its number now, and those that it had before it became the newest again, the oldest first. */
const numbersOf = ({ number, object }: Revision): bigint[] => [
  ...(object.metadata?.annotations?.["deployment.kubernetes.io/revision-history"] ?? "")
    .split(",")
    .flatMap((text) => parseRevision(text) ?? []),
  number,
];

/**
 * @param events of its namespace
 * @param until milliseconds since the epoch: from then on it is seen
 * @returns nothing when nothing happened in the last hour that is still known
 */
export function earlierOf(rollout: Rollout, events: readonly CoreEvent[], until: number): Earlier | undefined {
  const said = saidOf(events);
  const failures = (pod: string) => (said.get(pod) ?? []).filter(({ phase }) => phase === "failing");
  const lives = rollout.revisions.flatMap((revision) => [
    ...revision.pods.map((pod) => ({
      pod: pod.metadata?.name ?? "",
      revision: revision.id,
      steps: stepsOf(pod, rollout.minReadySeconds, failures(pod.metadata?.name ?? "")),
    })),
    ...(rollout.workload.plural === "deployments" ? [...goneOf(revision, events, said)] : []).map(([pod, steps]) => ({
      pod,
      revision: revision.id,
      steps,
    })),
  ]);
  const times = lives.flatMap(({ steps }) => steps.map(({ at }) => at));
  const first = Math.min(...times.filter((at) => at > until - longest && at < until));
  if (!Number.isFinite(first)) return undefined;
  // A moment before: what was there already.
  const began = first - 1000;
  const changes = lives
    .flatMap(({ pod, revision, steps }) => {
      let last = began;
      return steps
        .filter(({ at }) => at < until)
        .map(({ at, phase, reason }): PodChange => {
          last = Math.max(last, at);
          return { at: last, pod, revision, ...(phase ? { phase } : {}), ...(reason ? { reason } : {}) };
        });
    })
    .sort((a, b) => a.at - b.at);
  return { began, changes, settings: settingsOf(rollout, events, changes, began) };
}

/** What was so at each of the changes. How many pods were wanted is told by how many there were when all was quiet. */
function settingsOf(
  rollout: Rollout,
  events: readonly CoreEvent[],
  changes: readonly PodChange[],
  began: number,
): Setting[] {
  const { workload, revisions, counts } = rollout;
  const reigns = reignsOf(rollout, events);
  const pods = new Map<string, PodChange>();
  const settings: Setting[] = [];
  let quiet: number | undefined;
  let next = 0;
  for (const at of new Set([began, ...changes.map((change) => change.at)])) {
    for (; (changes[next]?.at ?? Number.POSITIVE_INFINITY) <= at; next++) {
      const change = changes[next] as PodChange;
      if (change.phase) pods.set(change.pod, change);
      else pods.delete(change.pod);
    }
    const reign = reigns.findLastIndex((one) => one.at <= at);
    const newest = reigns[Math.max(0, reign)]?.id;
    const all = [...pods.values()];
    const complete = all.length > 0 && all.every((pod) => pod.revision === newest && pod.phase === "available");
    if (complete) quiet = all.length;
    const desired = quiet ?? counts.desired;
    const state = complete ? "complete" : all.some(({ phase }) => phase === "failing") ? "stuck" : "rolling";
    const known = revisions
      .filter(
        ({ id, created }) => id === newest || all.some((pod) => pod.revision === id) || parseTime(created ?? "") <= at,
      )
      .map((revision) => {
        const numbers = numbersOf(revision);
        const later = reigns.slice(Math.max(0, reign) + 1).filter(({ id }) => id === revision.id).length;
        const number = numbers[Math.max(0, numbers.length - 1 - later)] ?? revision.number;
        return { id: revision.id, number: String(number), images: revision.images, current: revision.id === newest };
      })
      .sort((a, b) => compareRevisions(BigInt(b.number), BigInt(a.number)));
    settings.push({ at, state, desired, ...bandOf(workload, desired), revisions: known });
  }
  return settings;
}
