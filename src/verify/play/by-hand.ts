/** What somebody must do where controllers wait for it. */
import type { Pod } from "../../api/generated/types.ts";
import { isDeleting } from "../../controllers/ownership.ts";
import { isReady } from "../../controllers/pod-state.ts";
import { isByHand, type Workload } from "../kinds/kind.ts";
import type { Observer } from "./observer.ts";

const imageOf = (spec: Pod["spec"]): string | undefined => spec?.containers[0]?.image;

/** Pods of another version than the one that is wanted, the last by name first. */
const outdated = ({ pods }: Observer, object: Workload): Pod[] =>
  pods
    .filter((pod) => !isDeleting(pod) && imageOf(pod.spec) !== imageOf(object.spec?.template.spec))
    .sort((a, b) => compareNames(b, a));

const compareNames = (a: Pod, b: Pod): number =>
  (a.metadata?.name ?? "").localeCompare(b.metadata?.name ?? "", "en", { numeric: true });

/** With OnDelete: deletes an outdated pod, one that is not ready before all others, else only when all are available. */
export async function replaceByHand(observer: Observer): Promise<void> {
  const { object, subject, pods } = observer;
  if (!object || !isByHand(object)) return;
  const old = outdated(observer, object);
  const next = old.find((pod) => !isReady(pod)) ?? old[0];
  const allWell = pods.length === subject.kind.wanted(object) && pods.every((pod) => observer.isAvailable(pod));
  if (next && (!isReady(next) || allWell)) await observer.deleteByHand(next);
}

/**
 * Deletes the pods that do not work and are not of the version that was gone back to: an ordered StatefulSet waits for
 * them to become ready (kubernetes.io/docs/concepts/workloads/controllers/statefulset, "Forced rollback"), and for one
 * with `maxUnavailable` they are as many as may be unavailable.
 * @returns what was done, in words
 */
export async function deleteBroken(observer: Observer): Promise<string[]> {
  const broken = observer.object ? outdated(observer, observer.object).filter((pod) => !isReady(pod)) : [];
  for (const pod of broken) await observer.deleteByHand(pod);
  return broken.map(({ metadata }) => `Pod ${metadata?.name} deleted`);
}
