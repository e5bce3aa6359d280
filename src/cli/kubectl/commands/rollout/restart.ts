import { systemClock } from "../../../../base/clock.ts";
import { localTime } from "../../describe/times.ts";
import { changeCommand } from "./shared.ts";

const annotation = "kubectl.kubernetes.io/restartedAt";

interface Workload {
  readonly spec?: {
    readonly paused?: boolean;
    readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } };
  };
}

export const restartCommand = changeCommand("restart", "Restart a resource.", {
  done: "restarted",
  unchanged: "restarted",
  doing: "restarting",
  kinds: ["Deployment", "DaemonSet", "StatefulSet"],
  patch({ object }) {
    const workload = object as Workload;
    if (workload.spec?.paused) return { problem: "can't restart paused deployment (run rollout resume first)" };
    const now = localTime(systemClock.now());
    if (workload.spec?.template?.metadata?.annotations?.[annotation] === now) {
      return {
        failure: `failed to create patch for ${object.metadata.name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
      };
    }
    return { patch: { spec: { template: { metadata: { annotations: { [annotation]: now } } } } } };
  },
});
