/** What `taint` makes of its arguments and of a node's taints. */
import type { Taint } from "../../../../api/generated/types.ts";
import { checkLabelValue, checkQualifiedName } from "../../../../api/names.ts";
import { CommandError, CommandErrors } from "../../core/command.ts";

export interface TaintChanges {
  readonly add: readonly Taint[];
  /** Without an effect: all taints with that key. */
  readonly remove: readonly (Pick<Taint, "key"> & { readonly effect: string })[];
}

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** @throws CommandError for the first that is malformed */
export function parseTaints(specs: readonly string[]): TaintChanges {
  const add: Taint[] = [];
  const remove: { key: string; effect: string }[] = [];
  for (const spec of specs) {
    if (spec.endsWith("-")) {
      const { key, effect } = parseTaint(spec.slice(0, -1));
      remove.push({ key, effect });
      continue;
    }
    const taint = parseTaint(spec);
    if (taint.effect === "") throw new CommandError(`invalid taint spec: ${spec}`);
    if (add.some((other) => sameTaint(other, taint))) {
      const { key, value = "", effect } = taint;
      throw new CommandError(`duplicated taints with the same key and effect: {${key} ${value} ${effect} <nil>}`);
    }
    add.push(taint);
  }
  return { add, remove };
}

/** `key=value:effect`, `key:effect` or `key`. */
function parseTaint(text: string): Taint {
  const [first = "", effect, ...more] = text.split(":");
  if (more.length > 0) throw new CommandError(`invalid taint spec: ${text}`);
  if (effect !== undefined && !effects.includes(effect))
    throw new CommandError(`invalid taint effect: ${effect}, unsupported taint effect`);
  const [key = "", value, ...surplus] = effect === undefined ? [first] : first.split("=");
  if (surplus.length > 0) throw new CommandError(`invalid taint spec: ${text}`);
  for (const problems of [value === undefined ? [] : checkLabelValue(value), checkQualifiedName(key)])
    if (problems.length > 0) throw new CommandError(`invalid taint spec: ${text}, ${problems.join("; ")}`);
  return { key, ...(value ? { value } : {}), effect: effect ?? "" };
}

type Marked = Pick<Taint, "key"> & { readonly effect: string };

const sameTaint = (a: Marked, b: Marked): boolean => a.key === b.key && a.effect === b.effect;

/** @throws CommandError for taints that are both added and removed */
export function refuseBoth({ add, remove }: TaintChanges): void {
  const both = add.flatMap((taint) =>
    remove
      .filter(({ key, effect }) => key === taint.key && (effect === "" || effect === taint.effect))
      .map(({ key, effect }) => `${key}=${effect}`),
  );
  if (both.length === 0) return;
  throw new CommandError(
    `can not both modify and remove the following taint(s) in the same command: ${both.join(", ")}`,
  );
}

/**
 * @returns the node's taints, and what was done
 * @throws CommandError when a taint is there already and must not be overwritten, CommandErrors for taints that are not there
 */
export function changeTaints(
  node: string,
  old: readonly Taint[],
  { add, remove }: TaintChanges,
  overwrite: boolean,
): { taints: Taint[]; done: "modified" | "tainted" | "untainted" } {
  const clash = add.flatMap((taint) => (old.some((o) => sameTaint(o, taint)) ? [taint.key] : []));
  if (!overwrite && clash.length > 0) {
    throw new CommandError(
      `node ${node} already has ${clash.join(",")} taint(s) with same effect(s) and --overwrite is false`,
    );
  }
  let taints = [...add, ...old.filter((o) => !add.some((taint) => sameTaint(o, taint)))];
  const added = taints.length !== old.length;
  let deleted = false;
  const problems: CommandError[] = [];
  for (const gone of remove) {
    const kept = taints.filter((t) => (gone.effect ? !sameTaint(t, gone) : t.key !== gone.key));
    deleted = kept.length !== taints.length;
    if (!deleted) {
      const text = gone.effect ? `${gone.key}:${gone.effect}` : gone.key;
      problems.push(new CommandError(`taint ${JSON.stringify(text)} not found`));
    }
    taints = kept;
  }
  if (problems.length > 0) throw new CommandErrors(problems);
  return { taints, done: (added && deleted) || overwrite ? "modified" : added ? "tainted" : "untainted" };
}
