/** Deploys everything to the empty cluster: the scenario `first-rollout` of all workloads at once. */
import { StatusError } from "../../base/errors.ts";
import type { Cluster } from "../../testing/cluster.ts";
import { rolloutKind, rolloutKindOf } from "../kinds/kinds.ts";
import { otherWorkloads } from "../left-out.ts";
import { placed, servedKind } from "../manifest/decode.ts";
import { ManifestProblems } from "../manifest/problems.ts";
import type { Item } from "../manifest/read.ts";
import { problemsOf } from "../manifest/validate.ts";
import type { WorkloadItem } from "../manifest/workloads.ts";
import type { ScenarioReport } from "../report.ts";
import { type Scenario, scenarios } from "../scenarios.ts";
import { type Observer, observe, type Subject } from "./observer.ts";
import { type Referee, referee } from "./rollout.ts";
import { aftermath, reasonOf, reportOf } from "./scenario.ts";
import { type Provided, standIn } from "./stand-in.ts";

const scenario = scenarios.find(({ play }) => play === "first") as Scenario;

/** A workload of the manifest, and what it is played as. */
export interface Player {
  readonly item: WorkloadItem;
  readonly subject: Subject;
}

/**
 * @returns a report for each of `players`, in order; the cluster is then at rest
 * @throws ManifestProblems when the objects do not fit together: two Services want one node port
 */
export async function firstRollouts(
  stage: Cluster,
  players: readonly Player[],
  all: readonly Item[],
): Promise<ScenarioReport[]> {
  await applyOthers(stage, all);
  const observers: Observer[] = [];
  const games: (() => ScenarioReport | undefined)[] = [];
  for (const { item, subject } of players) {
    const { object } = item;
    const { namespace } = object.metadata;
    const provided: Provided = (kind, name) =>
      all.some(
        ({ object: { kind: k, metadata: m } }) =>
          k === kind && m.name === name && (m.namespace ?? "default") === namespace,
      );
    await stage.client.create(rolloutKindOf(object).ref, standIn(object, provided));
    const observer = await observe(stage, subject);
    observers.push(observer);
    games.push(game(referee(stage, observer), observer));
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
function game(look: Referee, observer: Observer): () => ScenarioReport | undefined {
  let report: ScenarioReport | undefined;
  return () => {
    const ending = report ? undefined : look();
    if (ending) report = reportOf(scenario, observer, { ...ending, ...reasonOf(ending, observer) });
    return report;
  };
}

async function applyOthers(stage: Cluster, all: readonly Item[]): Promise<void> {
  for (const item of all) {
    const kind = servedKind(item.object);
    if (!kind || rolloutKind(kind.kind) || otherWorkloads.has(kind.kind)) continue;
    try {
      await stage.apply(placed(kind, item.object));
    } catch (error) {
      if (error instanceof StatusError) throw new ManifestProblems(problemsOf(item, error), [item.file]);
      throw error;
    }
  }
  await stage.clock.settle();
}
