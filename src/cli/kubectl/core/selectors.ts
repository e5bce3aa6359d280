import type { LabelSelector } from "../../../api/generated/types.ts";
import { parseLabelSelector, type Selector } from "../../../api/labels.ts";
import { CommandError } from "./command.ts";

const operatorNames: Readonly<Record<string, string>> = {
  in: "In",
  notin: "NotIn",
  exists: "Exists",
  "!": "DoesNotExist",
};

/** A label selector as text, as queries and tables write it (`metav1.FormatLabelSelector`). */
export function selectorText(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    const list = `(${[...values].sort().join(",")})`;
    switch (operator) {
      case "In":
        return `${key} in ${list}`;
      case "NotIn":
        return `${key} notin ${list}`;
      case "Exists":
        return key;
      default:
        return `!${key}`;
    }
  });
  return [...equal, ...expressions].sort().join(",");
}

/** A selector as text, as an object (`metav1.ParseToLabelSelector`). @throws CommandError */
export function toLabelSelector(text: string): LabelSelector {
  let requirements: Selector;
  try {
    requirements = parseLabelSelector(text);
  } catch (error) {
    throw new CommandError(`couldn't parse the selector string "${text}": ${(error as Error).message}`);
  }
  const matchLabels: Record<string, string> = {};
  const matchExpressions: NonNullable<LabelSelector["matchExpressions"]> = [];
  for (const { key, operator, values } of requirements) {
    if (operator === "=" || operator === "==") {
      matchLabels[key] = values[0] ?? "";
      continue;
    }
    const name = operatorNames[operator];
    if (operator === ">" || operator === "<")
      throw new CommandError(`"${operator === ">" ? "gt" : "lt"}" isn't supported in label selectors`);
    if (name === undefined) throw new CommandError(`"${operator}" is not a valid label selector operator`);
    matchExpressions.push({ key, operator: name, ...(values.length > 0 ? { values: [...values] } : {}) });
  }
  return {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
  };
}
