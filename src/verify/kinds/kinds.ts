/** The kinds whose rollouts are played. */
import { daemonSetRollout } from "./daemonset.ts";
import { deploymentRollout } from "./deployment.ts";
import type { RolloutKind } from "./kind.ts";
import { statefulSetRollout } from "./statefulset.ts";

const kinds: readonly RolloutKind[] = [deploymentRollout, statefulSetRollout, daemonSetRollout];

/** @param kind its name; undefined when its rollouts are not played */
export const rolloutKind = (kind: string | undefined): RolloutKind | undefined =>
  kinds.find(({ ref }) => ref.kind === kind);

/** @throws Error when it is none of them */
export function rolloutKindOf(object: { readonly kind?: string }): RolloutKind {
  const found = rolloutKind(object.kind);
  if (!found) throw new Error(`${object.kind} does not roll out`);
  return found;
}
