/** `KEY=VALUE` and `KEY-` behind the resources of a command. */
import { CommandError } from "./command.ts";

const isPair = (word: string): boolean => word.indexOf("=") > 0 || (word.endsWith("-") && word !== "-");

/**
 * Parts the resources from the changes that follow them.
 * @param what is changed, as errors say it: `label`
 * @throws CommandError when a resource comes after a change
 */
export function splitPairs(args: readonly string[], what: string): { resources: string[]; pairs: string[] } {
  const first = args.findIndex(isPair);
  if (first < 0) return { resources: [...args], pairs: [] };
  const pairs = args.slice(first);
  const late = pairs.find((word) => !isPair(word));
  if (late !== undefined) throw new CommandError(`all resources must be specified before ${what} changes: ${late}`);
  return { resources: args.slice(0, first), pairs };
}

export interface Pairs {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

/** @throws CommandError naming every pair that is malformed */
export function parsePairs(pairs: readonly string[], what: string, canRemove: boolean): Pairs {
  const set = new Map<string, string>();
  const remove: string[] = [];
  const malformed: string[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals > 0) set.set(pair.slice(0, equals), pair.slice(equals + 1));
    else if (canRemove && pair.endsWith("-") && pair !== "-") remove.push(pair.slice(0, -1));
    else malformed.push(pair);
  }
  if (malformed.length > 0) throw new CommandError(`invalid ${what} format: ${malformed.join(", ")}`);
  return { set, remove };
}
