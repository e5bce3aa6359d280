/** `wherry verify`: what happens when the Deployments of a manifest roll out? */
import { replicasOf } from "../controllers/deployment/fence-posts.ts";
import type { Cluster } from "../testing/cluster.ts";
import { advise } from "./advice/advise.ts";
import { leftOut } from "./left-out.ts";
import { decodingProblems, typed } from "./manifest/decode.ts";
import { type DeploymentItem, deploymentsOf } from "./manifest/deployments.ts";
import { ManifestProblems } from "./manifest/problems.ts";
import { locate, readManifests, type Source } from "./manifest/read.ts";
import { validationProblems } from "./manifest/validate.ts";
import { assumptions } from "./play/assumptions.ts";
import { firstRollouts } from "./play/first-rollout.ts";
import { playScenario } from "./play/scenario.ts";
import { createStage, nodesFor } from "./play/stage.ts";
import type { Report, ScenarioReport, WorkloadReport } from "./report.ts";
import { nodeCapacity, scenarios } from "./scenarios.ts";
import { strategyOf } from "./strategy.ts";

/**
 * Plays the rollouts of every Deployment, each scenario on a copy of one cluster in this process, in virtual time. The
 * same manifests give the same report.
 * @throws ManifestProblems when a manifest cannot be read, is not valid, or has no Deployment; nothing was played then
 */
export async function verify(sources: readonly Source[]): Promise<Report> {
  const files = sources.map(({ name }) => name);
  const { items, problems: unreadable } = readManifests(sources);
  const problems = [...unreadable, ...items.flatMap(decodingProblems)];
  if (problems.length > 0) throw new ManifestProblems(problems, files);
  const withDefaults = items.map(typed);
  const deployments = deploymentsOf(withDefaults);
  if (deployments.length === 0) throw new ManifestProblems(nothingToVerify(files), files);

  const specs = deployments.map(({ object }) => object);
  const stage = await createStage(specs, items);
  try {
    const invalid = await validationProblems(stage.client, items);
    if (invalid.length > 0) throw new ManifestProblems(invalid, files);
    const firsts = await firstRollouts(stage, deployments, items);
    const workloads: WorkloadReport[] = [];
    for (const [i, item] of deployments.entries()) workloads.push(await playAll(stage, item, firsts[i]));
    return {
      version: 1,
      ok: workloads.every((workload) => workload.scenarios.every(({ broken }) => broken.length === 0)),
      played: { nodes: nodesFor(specs), nodeCapacity, assumptions },
      workloads,
      advice: advise(withDefaults),
      notVerified: leftOut(items),
    };
  } finally {
    await stage.close();
  }
}

/** @param first how its first rollout went, on this stage */
async function playAll(stage: Cluster, item: DeploymentItem, first?: ScenarioReport): Promise<WorkloadReport> {
  const { object } = item;
  const strategy = strategyOf(object);
  const about = { ...locate(item), strategy };
  if (replicasOf(object) === 0)
    return { ...about, scenarios: [], notPlayed: "it has no replicas: there is nothing to roll out" };
  const played: ScenarioReport[] = first ? [first] : [];
  if (first?.outcome !== "finishes")
    return {
      ...about,
      scenarios: played,
      notPlayed: "updates are played from a version that works, and the first does not come up",
    };
  const { namespace = "", name = "" } = object.metadata;
  for (const scenario of scenarios)
    if (scenario.play !== "first") played.push(await playScenario(stage, { namespace, name }, strategy, scenario));
  return { ...about, scenarios: played };
}

const nothingToVerify = (files: readonly string[]) =>
  files.map((file) => ({ file, line: 1, message: "there is no Deployment to verify" }));
