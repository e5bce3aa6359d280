/** Plays the nodes' agents with containers that take a second to start. */
import type { Pod } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import { isConflict, isNotFound, isStatus } from "../../base/errors.ts";
import { pods } from "../../client/kinds.ts";
import { isReady } from "../../controllers/pod-state.ts";
import type { TestPlane } from "../test-plane.ts";

/** Milliseconds. */
const startDelay = 1000;

/** A pod on a node becomes Ready after a second, a pod that is being deleted goes at once. */
export function playSlowAgents({ client, clock, informers }: TestPlane, runs: (pod: Pod) => boolean): void {
  const begun = new Set<string>();
  /** The pod is gone, or another has its name. */
  const quiet = (error: unknown) => {
    if (!isNotFound(error) && !isConflict(error) && !isStatus(error, "Invalid")) throw error;
  };
  const ready = ({ metadata }: Pod): void => {
    const { name = "", namespace = "", uid = "" } = metadata ?? {};
    const lastTransitionTime = formatTime(clock.now());
    const conditions = [{ type: "Ready", status: "True", lastTransitionTime }];
    const patch = { metadata: { uid }, status: { phase: "Running", startTime: lastTransitionTime, conditions } };
    void client.patch(pods, { namespace, name }, patch, { type: "strategic", subresource: "status" }).catch(quiet);
  };
  const look = (pod: Pod): void => {
    const { name = "", namespace = "", uid = "", deletionTimestamp } = pod.metadata ?? {};
    if (!pod.spec?.nodeName) return;
    if (deletionTimestamp) {
      const now = { gracePeriodSeconds: 0, preconditions: { uid } };
      void client.delete(pods, { namespace, name }, now).catch(quiet);
    } else if (!begun.has(uid) && !isReady(pod) && runs(pod)) {
      begun.add(uid);
      clock.after(startDelay, () => ready(pod));
    }
  };
  informers.informer(pods).addHandlers({ onAdd: look, onUpdate: look });
}
