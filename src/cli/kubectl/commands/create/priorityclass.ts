import { switchFlag, textFlag } from "../../core/flags.ts";
import { createCommand } from "./shared.ts";

export const createPriorityClassCommand = createCommand({
  name: "priorityclass",
  use: "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none] [flags]",
  short: "Create a priority class with the specified name.",
  flags: [
    textFlag("description", "Says when this priority class should be used."),
    switchFlag("global-default", "Whether this is the class of pods that name none."),
    textFlag("preemption-policy", "The policy for preempting pods with lower priority.", "PreemptLowerPriority"),
    { name: "value", type: "int32", default: "0", usage: "The value of this priority class." },
  ],
  failure: "failed to create priorityclass: ",
  build({ flags }, name) {
    const description = flags.string("description");
    return {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name },
      value: flags.int("value"),
      ...(flags.bool("global-default") ? { globalDefault: true } : {}),
      ...(description ? { description } : {}),
      preemptionPolicy: flags.string("preemption-policy"),
    };
  },
});
