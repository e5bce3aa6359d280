import { checkPercent } from "./names.ts";

/** A count or a percentage: `3`, `"25%"`. Ports use it too: a number or a name. */
export type IntOrString = number | string;

/** The number before the `%`; undefined when the value is not a percentage. */
export const percentOf = (value: IntOrString | undefined): number | undefined =>
  typeof value === "string" && checkPercent(value).length === 0 ? Number(value.slice(0, -1)) : undefined;

/**
 * The count that `value` stands for, a percentage being taken of `total`.
 * @throws RangeError when it is neither a number nor a percentage
 */
export function scaledValue(value: IntOrString, total: number, round: "up" | "down"): number {
  if (typeof value === "number") return value;
  const percent = percentOf(value);
  if (percent === undefined)
    throw new RangeError("invalid value for IntOrString: invalid type: string is not a percentage");
  return Math[round === "up" ? "ceil" : "floor"]((percent * total) / 100);
}
