import { CommandError } from "../../core/command.ts";
import { textFlag } from "../../core/flags.ts";
import { toLabelSelector } from "../../core/selectors.ts";
import { createCommand } from "./shared.ts";

const amount = (text: string): number | string => (text.endsWith("%") ? text : Number(text));

export const createPodDisruptionBudgetCommand = createCommand({
  name: "poddisruptionbudget",
  use: "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none] [flags]",
  short: "Create a pod disruption budget with the specified name.",
  flags: [
    textFlag("max-unavailable", "The maximum number or percentage of unavailable pods this budget requires."),
    textFlag("min-available", "The minimum number or percentage of available pods this budget requires."),
    textFlag("selector", "A label selector to use for this budget."),
  ],
  failure: "failed to create poddisruptionbudgets: ",
  build({ flags }, name) {
    const [least, most] = [flags.string("min-available"), flags.string("max-unavailable")];
    if (!flags.string("selector")) throw new CommandError("a selector must be specified");
    if (!least && !most) throw new CommandError("one of min-available or max-unavailable must be specified");
    if (least && most) throw new CommandError("min-available and max-unavailable cannot be both specified");
    if (!/^[0-9]+%?$/.test(least || most))
      throw new CommandError(`invalid format specified for ${least ? "min-available" : "max-unavailable"}`);
    return {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name },
      spec: {
        ...(least ? { minAvailable: amount(least) } : { maxUnavailable: amount(most) }),
        selector: toLabelSelector(flags.string("selector")),
      },
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    };
  },
});
