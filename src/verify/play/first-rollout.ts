/** Deploys everything to the empty cluster: the scenario `first-rollout` of all Deployments at once. */
import { StatusError } from "../../base/errors.ts";
import { deployments as deploymentKind } from "../../client/kinds.ts";
import type { Cluster } from "../../testing/cluster.ts";
import { otherWorkloads } from "../left-out.ts";
import { placed, servedKind } from "../manifest/decode.ts";
import type { DeploymentItem } from "../manifest/deployments.ts";
import { ManifestProblems } from "../manifest/problems.ts";
import type { Item } from "../manifest/read.ts";
import { problemsOf } from "../manifest/validate.ts";
import type { ScenarioReport, Strategy } from "../report.ts";
import { type Scenario, scenarios } from "../scenarios.ts";
import { strategyOf } from "../strategy.ts";
import { diagnosis } from "./diagnosis.ts";
import { type Observer, observe } from "./observer.ts";
import { type Referee, referee } from "./rollout.ts";
import { aftermath, reportOf } from "./scenario.ts";
import { type Provided, standIn } from "./stand-in.ts";

const scenario = scenarios.find(({ play }) => play === "first") as Scenario;

/**
 * @returns a report for each of `deployments`, in order; the cluster is then at rest
 * @throws ManifestProblems when the objects do not fit together: two Services want one node port
 */
export async function firstRollouts(
  stage: Cluster,
  deployments: readonly DeploymentItem[],
  all: readonly Item[],
): Promise<ScenarioReport[]> {
  await applyOthers(stage, all);
  const observers: Observer[] = [];
  const games: (() => ScenarioReport | undefined)[] = [];
  for (const { object } of deployments) {
    const { namespace } = object.metadata;
    const provided: Provided = (kind, name) =>
      all.some(
        ({ object: { kind: k, metadata: m } }) =>
          k === kind && m.name === name && (m.namespace ?? "default") === namespace,
      );
    await stage.client.create(deploymentKind, standIn(object, provided));
    const observer = await observe(stage, object.metadata, object.spec?.minReadySeconds ?? 0);
    observers.push(observer);
    games.push(game(referee(stage, observer), observer, strategyOf(object)));
  }
  // All are looked at each time: none may miss the moment at which it ends.
  await stage.clock.runUntil(() => games.map((look) => look()).every((report) => report !== undefined), {
    timeout: Number.MAX_SAFE_INTEGER,
  });
  const reports = games.flatMap((look) => look() ?? []);
  await stage.clock.advance(aftermath);
  for (const observer of observers) observer.stop();
  return reports;
}

/** Answers with the report once the rollout has ended. */
function game(look: Referee, observer: Observer, strategy: Strategy): () => ScenarioReport | undefined {
  let report: ScenarioReport | undefined;
  return () => {
    const ending = report ? undefined : look();
    if (ending) {
      const why = ending.outcome === "finishes" ? undefined : diagnosis(observer.deployment, observer.pods);
      report = reportOf(scenario, strategy, observer, ending, { why });
    }
    return report;
  };
}

async function applyOthers(stage: Cluster, all: readonly Item[]): Promise<void> {
  for (const item of all) {
    const kind = servedKind(item.object);
    if (!kind || kind.kind === "Deployment" || otherWorkloads.has(kind.kind)) continue;
    try {
      await stage.apply(placed(kind, item.object));
    } catch (error) {
      if (error instanceof StatusError) throw new ManifestProblems(problemsOf(item, error), [item.file]);
      throw error;
    }
  }
  await stage.clock.settle();
}
