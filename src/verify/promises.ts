/**
 * Which promises a rollout broke. A workload makes them by its strategy and its deadline, and a promise counts as
 * broken only where Kubernetes or the author of the manifest has made it:
 *
 * - `finishes`: a version that works rolls out before the progress deadline; after the loss of a node, in the end.
 *   A slow version may be given up: its time is an assumption.
 * - `available`: never fewer pods available than replicas − maxUnavailable, as the workload's controller counts them.
 *   Recreate and OnDelete promise none, and no strategy promises anything about the loss of a node.
 * - `works`: never fewer pods at work than that, whatever they are counted as. Broken where nothing tells Kubernetes
 *   that a pod is not at work yet, or not any more.
 * - `surge`: never more pods than replicas + maxSurge, those that are being deleted not counted.
 * - `order`: pods of a StatefulSet that are OrderedReady start from the lowest ordinal up, each when those before it are
 *   available; its updates go from the highest down, each when those after it are.
 * - `keeps`: pods below a partition keep their version; with OnDelete no pod is replaced that nobody deletes.
 * - `noticed`: the rollout of a version that does not work is reported as failed, not as done, and not never. That it is
 *   reported at all only Deployments promise.
 * - `undo`: an undo leads back to working pods; of an ordered StatefulSet, once the pods of the version that does not
 *   work are deleted by hand, as kubernetes.io/docs/concepts/workloads/controllers/statefulset, "Forced rollback", says.
 */
import { durationText } from "../testing/durations.ts";
import type { BrokenPromise, ScenarioReport, Strategy } from "./report.ts";
import { type Scenario, worksAfter } from "./scenarios.ts";

export type PromiseId = "finishes" | "available" | "works" | "surge" | "order" | "keeps" | "noticed" | "undo";

/**
 * Pure.
 * @param reportsFailure does the workload's kind report a rollout that does not get on?
 * @param seen what happened; its own `broken` is what this answers
 */
export function brokenPromises(
  scenario: Scenario,
  strategy: Strategy,
  reportsFailure: boolean,
  seen: Omit<ScenarioReport, "broken">,
): BrokenPromise[] {
  const { leastAvailable: least, replicas, mostPods: most } = strategy;
  const broken: BrokenPromise[] = [];
  const add = (promise: PromiseId, message: string) => void broken.push({ promise, message });
  const works = worksAfter[scenario.version] !== undefined;

  if (scenario.version === "working" && (seen.outcome === "stalls" || seen.outcome === "hangs"))
    add("finishes", `a version that works does not roll out${seen.why ? `: ${seen.why}` : ""}`);
  if (scenario.play !== "first" && !scenario.loseNode) {
    const { lowestAvailable = 0, lowestWorking = 0 } = seen;
    if (lowestAvailable < least)
      add("available", `${lowestAvailable} of ${replicas} pods available; the strategy promises ${least}`);
    else if (lowestWorking < least)
      add(
        "works",
        `${lowestWorking} of ${replicas} pods work, while ${lowestAvailable} count as available; the strategy promises ${least}`,
      );
  }
  if (seen.mostPods > most) add("surge", `${seen.mostPods} pods at once; the strategy allows ${most}`);
  if (!works && seen.outcome === "finishes")
    add("noticed", "the rollout of a version that does not work is reported as successful");
  if (!works && seen.outcome === "hangs" && reportsFailure)
    add("noticed", `in ${durationText(seen.seconds * 1000)} the rollout neither ended nor failed: nobody is told`);
  if (seen.undo?.outcome === "impossible" || seen.outcome === "impossible")
    add("undo", "there is no revision to go back to");
  if (seen.undo?.outcome === "fails") add("undo", "the undo does not lead back to working pods");
  return broken;
}
