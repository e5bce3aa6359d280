/** `wherry verify`: what happens when the workloads of a manifest roll out? */
import type { Cluster } from "../testing/cluster.ts";
import { advise } from "./advice/advise.ts";
import { rolloutKindOf } from "./kinds/kinds.ts";
import { leftOut } from "./left-out.ts";
import { decodingProblems, typed } from "./manifest/decode.ts";
import { ManifestProblems } from "./manifest/problems.ts";
import { locate, readManifests, type Source } from "./manifest/read.ts";
import { validationProblems } from "./manifest/validate.ts";
import { type WorkloadItem, workloadsOf } from "./manifest/workloads.ts";
import { assumptionsFor } from "./play/assumptions.ts";
import { firstRollouts, type Player } from "./play/first-rollout.ts";
import type { Subject } from "./play/observer.ts";
import { playScenario } from "./play/scenario.ts";
import { createStage, nodesFor } from "./play/stage.ts";
import type { Report, ScenarioReport, WorkloadReport } from "./report.ts";
import { nodeCapacity, scenarios } from "./scenarios.ts";

/**
 * Plays the rollouts of every Deployment, StatefulSet and DaemonSet, each scenario on a copy of one cluster in this process,
 * in virtual time. The same manifests give the same report.
 * @throws ManifestProblems when a manifest cannot be read, is not valid, or has nothing that rolls out; nothing was
 * played then
 */
export async function verify(sources: readonly Source[]): Promise<Report> {
  const files = sources.map(({ name }) => name);
  const { items, problems: unreadable } = readManifests(sources);
  const problems = [...unreadable, ...items.flatMap(decodingProblems)];
  if (problems.length > 0) throw new ManifestProblems(problems, files);
  const withDefaults = items.map(typed);
  const found = workloadsOf(withDefaults);
  if (found.length === 0) throw new ManifestProblems(nothingToVerify(files), files);

  const objects = found.map(({ object }) => object);
  const nodes = nodesFor(objects);
  const players = found.map((item): Player => ({ item, subject: subjectOf(item, nodes) }));
  const stage = await createStage(objects, nodes, items);
  try {
    const invalid = await validationProblems(stage.client, items);
    if (invalid.length > 0) throw new ManifestProblems(invalid, files);
    const firsts = await firstRollouts(stage, players, items);
    const workloads: WorkloadReport[] = [];
    for (const [i, player] of players.entries()) workloads.push(await playAll(stage, player, firsts[i]));
    return {
      version: 1,
      ok: workloads.every((workload) => workload.scenarios.every(({ broken }) => broken.length === 0)),
      played: { nodes, nodeCapacity, assumptions: assumptionsFor(new Set(objects.map(({ kind }) => kind))) },
      workloads,
      advice: advise(withDefaults),
      notVerified: leftOut(items),
    };
  } finally {
    await stage.close();
  }
}

function subjectOf({ object }: WorkloadItem, nodes: number): Subject {
  const { namespace = "", name = "" } = object.metadata;
  const kind = rolloutKindOf(object);
  return { kind, where: { namespace, name }, strategy: kind.strategyOf(object, nodes) };
}

/** @param first how its first rollout went, on this stage */
async function playAll(stage: Cluster, { item, subject }: Player, first?: ScenarioReport): Promise<WorkloadReport> {
  const { strategy } = subject;
  const about = { ...locate(item), strategy };
  if (strategy.replicas === 0)
    return { ...about, scenarios: [], notPlayed: "it has no replicas: there is nothing to roll out" };
  const played: ScenarioReport[] = first ? [first] : [];
  if (first?.outcome !== "finishes")
    return {
      ...about,
      scenarios: played,
      notPlayed: "updates are played from a version that works, and the first does not come up",
    };
  if (strategy.partition === strategy.replicas)
    return { ...about, scenarios: played, notPlayed: "its partition holds every pod back: no update rolls out" };
  for (const scenario of scenarios)
    if (scenario.play !== "first") played.push(await playScenario(stage, subject, scenario));
  return { ...about, scenarios: played };
}

const nothingToVerify = (files: readonly string[]) =>
  files.map((file) => ({ file, line: 1, message: "there is no Deployment, StatefulSet or DaemonSet to verify" }));
