/** Node affinity. Pure. */
import { matchesTerm } from "../api/core/node-fit.ts";
import type { Node, Pod } from "../api/generated/types.ts";

export { matchesNodeAffinity } from "../api/core/node-fit.ts";

/** Does it ask anything of its node's labels? If not, any will do. */
export const hasNodeDemands = ({ spec }: Pod): boolean =>
  Object.keys(spec?.nodeSelector ?? {}).length > 0 ||
  spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;

export const hasNodePreferences = ({ spec }: Pod): boolean =>
  Boolean(spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.length);

/** The sum of the weights of the preferences that the node meets. */
export const nodePreference = (pod: Pod, node: Node): number =>
  (pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    .filter(({ preference }) => matchesTerm(preference, node))
    .reduce((sum, { weight }) => sum + weight, 0);
