import { systemClock } from "../../../../base/clock.ts";
import type { Command } from "../../core/command.ts";
import { localTime } from "../../describe/times.ts";
import { changeFlags, changeObjects } from "./shared.ts";

const annotation = "kubectl.kubernetes.io/restartedAt";

interface Workload {
  readonly spec?: {
    readonly paused?: boolean;
    readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } };
  };
}

export const restartCommand: Command = {
  path: "rollout restart",
  use: "rollout restart RESOURCE",
  short: "Restart a resource.",
  flags: changeFlags,
  run: async (invocation) =>
    changeObjects(invocation, await invocation.session(), {
      done: "restarted",
      unchanged: "restarted",
      doing: "restarting",
      kinds: ["Deployment", "DaemonSet", "StatefulSet"],
      patch({ object, resource }) {
        const workload = object as Workload;
        if (workload.spec?.paused) return { problem: "can't restart paused deployment (run rollout resume first)" };
        const now = localTime(systemClock.now());
        if (workload.spec?.template?.metadata?.annotations?.[annotation] === now) {
          return {
            problem: `failed to create patch for ${resource.plural}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
          };
        }
        return { patch: { spec: { template: { metadata: { annotations: { [annotation]: now } } } } } };
      },
    }),
};
