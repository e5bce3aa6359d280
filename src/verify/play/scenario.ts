/** Plays one scenario on a copy of the cluster. */
import type { Pod } from "../../api/generated/types.ts";
import { nodes } from "../../client/kinds.ts";
import type { Cluster } from "../../testing/cluster.ts";
import { brokenPromises } from "../promises.ts";
import type { ScenarioReport, UndoReport } from "../report.ts";
import { hand, type Scenario } from "../scenarios.ts";
import { deleteBroken, replaceByHand } from "./by-hand.ts";
import { diagnosis } from "./diagnosis.ts";
import { type Observer, observe, type Subject } from "./observer.ts";
import { type Ending, undo, untilEnded, untilRestored } from "./rollout.ts";
import { versionOf, withVersion } from "./stand-in.ts";

/** What happens right after the end of a rollout still belongs to it, in milliseconds. */
export const aftermath = 60_000;

/** A new pod that finds no place in this time, in milliseconds, finds none. */
const longestWait = 600_000;

const wholeSeconds = (ms: number) => Math.ceil(ms / 1000);

/** @param base where the workload is rolled out and all its pods work; it stays as it is */
export async function playScenario(base: Cluster, subject: Subject, scenario: Scenario): Promise<ScenarioReport> {
  const cluster = await base.fork();
  try {
    return await playOn(cluster, subject, scenario);
  } finally {
    await cluster.close();
  }
}

async function playOn(cluster: Cluster, subject: Subject, scenario: Scenario): Promise<ScenarioReport> {
  const observer = await observe(cluster, subject);
  try {
    if (scenario.play === "undo") return await playUndo(cluster, observer, scenario);
    await update(cluster, observer, scenario);
    if (scenario.loseNode) return reportOf(scenario, observer, await afterLoss(cluster, observer));
    const ending = await untilEnded(cluster, observer);
    const why = reasonOf(ending, observer);
    const end = cluster.clock.now() + aftermath;
    if (ending.outcome === "finishes") await pass(cluster, observer, end);
    const goBack = ending.outcome !== "finishes" || observer.counts.serving < subject.strategy.replicas;
    const undone = goBack ? await restore(cluster, observer, scenario) : undefined;
    return reportOf(scenario, observer, { ...ending, ...why, undo: undone });
  } finally {
    observer.stop();
  }
}

/** What the observer does not know of how a rollout went. */
type Course = Omit<Ending, "outcome"> & Pick<ScenarioReport, "outcome" | "why" | "byHand"> & { undo?: UndoReport };

export const reasonOf = ({ outcome }: Ending, { subject, object, pods }: Observer): { why?: string } => {
  const why = outcome === "finishes" ? undefined : diagnosis(subject.kind, object, pods);
  return why === undefined ? {} : { why };
};

/** What a rollout came to. Pure. */
export function reportOf(scenario: Scenario, observer: Observer, course: Course): ScenarioReport {
  const { lowestAvailable, lowestWorking, mostPods, longestDown } = observer.extremes;
  const { outcome, after, deadlineAfter, why, byHand, undo: undone } = course;
  const seen = {
    id: scenario.id,
    title: scenario.title,
    outcome,
    seconds: wholeSeconds(after),
    ...(deadlineAfter === undefined ? {} : { deadlinePassedAfter: wholeSeconds(deadlineAfter) }),
    ...(scenario.play === "first" ? {} : { lowestAvailable, lowestWorking, downSeconds: wholeSeconds(longestDown) }),
    mostPods,
    ...(undone ? { undo: undone } : {}),
    ...(why === undefined ? {} : { why }),
    ...(byHand ? { byHand } : {}),
  };
  const { strategy, kind } = observer.subject;
  return { ...seen, broken: [...brokenPromises(scenario, strategy, kind.reportsFailure, seen), ...observer.broken] };
}

async function update({ client, clock }: Cluster, observer: Observer, { version }: Scenario): Promise<void> {
  const { kind, where } = observer.subject;
  const { spec, ...rest } = await client.get(kind.ref, where);
  if (!spec) return;
  await client.update(kind.ref, { ...rest, spec: { ...spec, template: withVersion(spec.template, version) } });
  await clock.settle();
}

async function playUndo(cluster: Cluster, observer: Observer, scenario: Scenario): Promise<ScenarioReport> {
  await update(cluster, observer, scenario);
  await untilRestored(cluster, observer);
  await pass(cluster, observer, cluster.clock.now() + aftermath);
  const second = await observe(cluster, observer.subject);
  try {
    if (!(await undo(cluster, second))) return reportOf(scenario, second, { outcome: "impossible", after: 0 });
    await cluster.clock.settle();
    const ending = await untilEnded(cluster, second);
    const why = reasonOf(ending, second);
    await pass(cluster, second, cluster.clock.now() + aftermath);
    return reportOf(scenario, second, { ...ending, ...why });
  } finally {
    second.stop();
  }
}

async function restore(cluster: Cluster, observer: Observer, { version }: Scenario): Promise<UndoReport> {
  const [{ image } = {}] = observer.object?.spec?.template.spec?.containers ?? [];
  const byItself = versionOf(image) !== version;
  if (!byItself && !(await undo(cluster, observer))) return { outcome: "impossible" };
  await cluster.clock.settle();
  // Its controller may wait for pods that will never be ready.
  const waits = observer.subject.strategy.podManagementPolicy !== undefined;
  let ending = await untilRestored(cluster, observer, waits ? hand.podAfter : undefined);
  let byHand: string[] = [];
  if (waits && ending.outcome !== "finishes") {
    byHand = await deleteBroken(observer);
    ending = later(ending, await untilRestored(cluster, observer));
  }
  if (ending.outcome !== "finishes") return { outcome: "fails" };
  const seconds = wholeSeconds(ending.after);
  return { outcome: "restores", seconds, ...(byItself ? { byItself } : {}), ...(byHand.length > 0 ? { byHand } : {}) };
}

/** How it ended, counted from when it was first looked at. */
const later = (first: Ending, last: Ending): Ending => ({ ...last, after: first.after + last.after });

/**
 * Lets a rollout go on after the loss of a node. Pods that must not be there twice wait for it, until somebody tells the
 * cluster that it will not come back.
 */
async function afterLoss(cluster: Cluster, observer: Observer): Promise<Course> {
  const node = await loseNode(cluster, observer);
  const waits = !observer.subject.kind.reportsFailure && node !== undefined;
  const ending = await untilRestored(cluster, observer, waits ? hand.nodeAfter : undefined);
  if (!waits || ending.outcome === "finishes") return { ...ending, ...reasonOf(ending, observer) };
  await cluster.client.delete(nodes, { name: node });
  await cluster.clock.settle();
  const last = later(ending, await untilRestored(cluster, observer));
  return { ...last, ...reasonOf(last, observer), byHand: [`Node ${node} deleted`] };
}

/**
 * Takes the power of a node as soon as a pod of the new version has a place: of the one with most of the pods, and of
 * several like that, of the one with the new pod.
 * @returns its name; undefined when no pod has a place
 */
async function loseNode({ clock, faults }: Cluster, observer: Observer): Promise<string | undefined> {
  const placed = () => observer.pods.filter(({ spec, metadata }) => spec?.nodeName && !metadata?.deletionTimestamp);
  const isNew = ({ spec }: Pod) => spec?.containers[0]?.image?.endsWith(":2") ?? false;
  const end = clock.now() + longestWait;
  await clock.runUntil(async () => {
    observer.sample();
    if (placed().some(isNew) || clock.now() >= end) return true;
    await replaceByHand(observer);
    return false;
  });
  // A new pod counts for a little more than an old one.
  const weights = new Map<string, number>();
  for (const pod of placed()) {
    const node = pod.spec?.nodeName ?? "";
    weights.set(node, (weights.get(node) ?? 0) + (isNew(pod) ? 1.001 : 1));
  }
  const [[node] = []] = [...weights].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  if (node === undefined) return undefined;
  faults.killNode(node);
  observer.lose(node);
  return node;
}

async function pass({ clock }: Cluster, observer: Observer, end: number): Promise<void> {
  await clock.runUntil(() => {
    observer.sample();
    return clock.now() >= end;
  });
}
