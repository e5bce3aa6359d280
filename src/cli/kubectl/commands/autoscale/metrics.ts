/** What `--cpu` and `--memory` ask for. */
import type { MetricSpec, MetricTarget } from "../../../../api/generated/types.ts";
import { canonicalQuantity, isQuantity } from "../../../../api/quantity.ts";
import { CommandError } from "../../core/command.ts";

const units = { cpu: "m", memory: "Mi" };

export type Measured = keyof typeof units;

export const metricOf = (name: Measured, target: MetricTarget): MetricSpec => ({
  type: "Resource",
  resource: { name, target },
});

/** `70%`, `500m`, or a number in the unit that goes without saying. @throws CommandError in kubectl's words */
export function targetOf(name: Measured, text: string): MetricTarget {
  const input = text.trim();
  if (input === "") throw new CommandError("empty input");
  if (input.endsWith("%")) {
    const number = input.slice(0, -1);
    const percent = Number(number);
    if (!/^\+?\d+$/.test(number) || percent >= 2 ** 31) throw new CommandError(`invalid percentage value: ${number}`);
    return { type: "Utilization", averageUtilization: percent };
  }
  const plain = Number(input);
  if (Number.isFinite(plain))
    return { type: "AverageValue", averageValue: canonicalQuantity(`${plain}${units[name]}`) };
  if (!isQuantity(input)) throw new CommandError(`invalid resource ${name} value: ${input}`);
  return { type: "AverageValue", averageValue: canonicalQuantity(input) };
}
