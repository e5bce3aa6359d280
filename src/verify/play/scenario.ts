/** Plays one scenario on a copy of the cluster. */
import type { Deployment, Pod } from "../../api/generated/types.ts";
import type { ObjectName } from "../../client/client.ts";
import { deployments } from "../../client/kinds.ts";
import type { Cluster } from "../../testing/cluster.ts";
import { brokenPromises } from "../promises.ts";
import type { ScenarioReport, Strategy, UndoReport } from "../report.ts";
import type { Scenario } from "../scenarios.ts";
import { diagnosis } from "./diagnosis.ts";
import { type Observer, observe } from "./observer.ts";
import { type Ending, undo, untilEnded, untilRestored } from "./rollout.ts";
import { versionOf, withVersion } from "./stand-in.ts";

/** What happens right after the end of a rollout still belongs to it, in milliseconds. */
export const aftermath = 60_000;

/** A new pod that finds no place in this time, in milliseconds, finds none. */
const longestWait = 600_000;

const wholeSeconds = (ms: number) => Math.ceil(ms / 1000);

/** @param base where the Deployment is rolled out and all its pods work; it stays as it is */
export async function playScenario(
  base: Cluster,
  where: ObjectName,
  strategy: Strategy,
  scenario: Scenario,
): Promise<ScenarioReport> {
  const cluster = await base.fork();
  try {
    return await playOn(cluster, where, strategy, scenario);
  } finally {
    await cluster.close();
  }
}

async function playOn(
  cluster: Cluster,
  where: ObjectName,
  strategy: Strategy,
  scenario: Scenario,
): Promise<ScenarioReport> {
  const observer = await observe(cluster, where, strategy.minReadySeconds);
  try {
    if (scenario.play === "undo") return await playUndo(cluster, observer, scenario, strategy);
    await update(cluster, observer, scenario);
    if (scenario.loseNode) await loseNode(cluster, observer);
    const ending = await (scenario.loseNode ? untilRestored : untilEnded)(cluster, observer);
    const why = ending.outcome === "finishes" ? undefined : diagnosis(observer.deployment, observer.pods);
    const end = cluster.clock.now() + aftermath;
    if (ending.outcome === "finishes") await pass(cluster, observer, end);
    const goBack = !scenario.loseNode && (ending.outcome !== "finishes" || observer.counts.serving < strategy.replicas);
    const undone = goBack ? await restore(cluster, observer, scenario) : undefined;
    return reportOf(scenario, strategy, observer, ending, { why, undo: undone });
  } finally {
    observer.stop();
  }
}

/** What a rollout came to. Pure. */
export function reportOf(
  scenario: Scenario,
  strategy: Strategy,
  { extremes }: Pick<Observer, "extremes">,
  { outcome, after, deadlineAfter }: Omit<Ending, "outcome"> & Pick<ScenarioReport, "outcome">,
  { why, undo: undone }: { readonly why?: string; readonly undo?: UndoReport } = {},
): ScenarioReport {
  const { lowestAvailable, lowestWorking, mostPods, longestDown } = extremes;
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
  };
  return { ...seen, broken: brokenPromises(scenario, strategy, seen) };
}

async function update({ client, clock }: Cluster, observer: Observer, { version }: Scenario): Promise<void> {
  const { spec, ...rest } = observer.deployment as Deployment;
  if (!spec) return;
  await client.update(deployments, { ...rest, spec: { ...spec, template: withVersion(spec.template, version) } });
  await clock.settle();
}

async function playUndo(
  cluster: Cluster,
  observer: Observer,
  scenario: Scenario,
  strategy: Strategy,
): Promise<ScenarioReport> {
  await update(cluster, observer, scenario);
  await untilRestored(cluster, observer);
  await pass(cluster, observer, cluster.clock.now() + aftermath);
  const { namespace = "", name = "" } = observer.deployment?.metadata ?? {};
  const second = await observe(cluster, { namespace, name }, strategy.minReadySeconds);
  try {
    if (!(await undo(cluster, second)))
      return reportOf(scenario, strategy, second, { outcome: "impossible", after: 0 });
    await cluster.clock.settle();
    const ending = await untilEnded(cluster, second);
    const why = ending.outcome === "finishes" ? undefined : diagnosis(second.deployment, second.pods);
    await pass(cluster, second, cluster.clock.now() + aftermath);
    return reportOf(scenario, strategy, second, ending, { why });
  } finally {
    second.stop();
  }
}

async function restore(cluster: Cluster, observer: Observer, { version }: Scenario): Promise<UndoReport> {
  const [{ image } = {}] = observer.deployment?.spec?.template.spec?.containers ?? [];
  const byItself = versionOf(image) !== version;
  if (!byItself && !(await undo(cluster, observer))) return { outcome: "impossible" };
  await cluster.clock.settle();
  const { outcome, after } = await untilRestored(cluster, observer);
  if (outcome !== "finishes") return { outcome: "fails" };
  return { outcome: "restores", seconds: wholeSeconds(after), ...(byItself ? { byItself } : {}) };
}

/**
 * Takes the power of a node as soon as a pod of the new version has a place: of the one with most of the pods, and of
 * several like that, of the one with the new pod.
 */
async function loseNode({ clock, faults }: Cluster, observer: Observer): Promise<void> {
  const placed = () => observer.pods.filter(({ spec, metadata }) => spec?.nodeName && !metadata?.deletionTimestamp);
  const isNew = ({ spec }: Pod) => spec?.containers[0]?.image?.endsWith(":2") ?? false;
  const end = clock.now() + longestWait;
  await clock.runUntil(() => {
    observer.sample();
    return placed().some(isNew) || clock.now() >= end;
  });
  // A new pod counts for a little more than an old one.
  const weights = new Map<string, number>();
  for (const pod of placed()) {
    const node = pod.spec?.nodeName ?? "";
    weights.set(node, (weights.get(node) ?? 0) + (isNew(pod) ? 1.001 : 1));
  }
  const [[node] = []] = [...weights].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  if (node === undefined) return;
  faults.killNode(node);
  observer.lose(node);
}

async function pass({ clock }: Cluster, observer: Observer, end: number): Promise<void> {
  await clock.runUntil(() => {
    observer.sample();
    return clock.now() >= end;
  });
}
