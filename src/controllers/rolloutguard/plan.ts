import { rolloutSettings } from "../../api/apps/rollout-settings.ts";
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { cause } from "./cause.ts";
import { completion, failure } from "./failure.ts";
import { rolloutOf } from "./rollout.ts";
import type { GuardStep } from "./step.ts";

/**
 * What is to be done next for a Deployment; undefined when nothing is. Never more than one write, so that being stopped
 * between two writes is being stopped between two plans. Pure, and the time does not matter: the Deployment's controller
 * says when the deadline has passed.
 * @param replicaSets those that the Deployment owns
 */
export function plan(deployment: Deployment, replicaSets: readonly ReplicaSet[]): GuardStep | undefined {
  const settings = rolloutSettings(deployment);
  const { undoOnFailure, record } = settings;
  if (!undoOnFailure && !record) return undefined;
  const rollout = rolloutOf(deployment, replicaSets);
  if (!rollout) return undefined;
  const guarded = undoOnFailure ? (completion(rollout) ?? failure(rollout)) : undefined;
  return guarded ?? cause(rollout, settings);
}
