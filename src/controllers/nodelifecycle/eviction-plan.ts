/** When a pod must leave a tainted node (upstream's `controller/tainteviction`). Pure. */
import type { Node, Pod, Taint, Toleration } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return (toleration.key ?? "") !== "" && (toleration.value ?? "") === (taint.value ?? "");
}

/**
 * Milliseconds until the pod must go, not positive when it must go now; undefined when it may stay. A toleration
 * without `tolerationSeconds` holds for ever; of several the shortest counts.
 */
export function evictionDelay(pod: Pod, node: Node, now: number): number | undefined {
  if (pod.metadata?.deletionTimestamp) return undefined;
  let soonest: number | undefined;
  for (const taint of node.spec?.taints ?? []) {
    if (taint.effect !== "NoExecute") continue;
    const matching = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return 0;
    const since = taint.timeAdded ? parseTime(taint.timeAdded) : now;
    for (const { tolerationSeconds } of matching) {
      if (tolerationSeconds === undefined) continue;
      const delay = since + Math.max(0, tolerationSeconds) * 1000 - now;
      soonest = Math.min(soonest ?? delay, delay);
    }
  }
  return soonest;
}
