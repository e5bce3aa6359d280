import { isDeepStrictEqual } from "node:util";
import { checkLabelValue } from "../../../api/names.ts";
import { type Command, CommandError, CommandErrors } from "../core/command.ts";
import type { LiveObject } from "../core/find-objects.ts";
import { printResult } from "../core/operations.ts";
import { type Pairs, splitPairs } from "../core/pairs.ts";
import { sortedJson } from "../print/output.ts";
import { changeMetadata, checkChanges, type MetadataMap, metadataFlags } from "./label/shared.ts";

export const labelCommand: Command = {
  path: "label",
  use: "label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
  short: "Update the labels on a resource.",
  flags: metadataFlags("labels", "kubectl-label"),
  async run(invocation) {
    const { resources, pairs } = splitPairs(invocation.args, "label");
    const changes = { resources, ...parseLabels(pairs) };
    if (invocation.flags.bool("list") && invocation.flags.string("output"))
      throw new CommandError("--list and --output may not be specified together");
    checkChanges(invocation, changes, "label", labels);
    return changeMetadata(invocation, changes, labels);
  },
};

/** @throws CommandError for a label that is malformed, or both set and removed */
function parseLabels(pairs: readonly string[]): Pairs {
  const set = new Map<string, string>();
  const remove: string[] = [];
  for (const pair of pairs) {
    if (!pair.includes("=")) {
      remove.push(pair.slice(0, -1));
      continue;
    }
    const [key = "", value = "", ...more] = pair.split("=");
    if (more.length > 0) throw new CommandError(`invalid label spec: ${pair}`);
    const problems = checkLabelValue(value);
    if (problems.length > 0)
      throw new CommandError(`invalid label value: ${JSON.stringify(pair)}: ${problems.join(";")}`);
    set.set(key, value);
  }
  if (remove.some((key) => set.has(key)))
    throw new CommandError("can not both modify and remove a label in the same command");
  return { set, remove };
}

const labels: MetadataMap = {
  field: "labels",
  example: "pod",
  refuseOverwrite(has, set) {
    const problems = [...set].flatMap(([key, value]) =>
      has[key] !== undefined && has[key] !== value
        ? [new CommandError(`'${key}' already has a value (${has[key]}), and --overwrite is false`)]
        : [],
    );
    if (problems.length > 0) throw new CommandErrors(problems);
  },
  beforeWrite({ print }, object, remove) {
    for (const key of remove)
      if (object.metadata.labels?.[key] === undefined) print(`label ${JSON.stringify(key)} not found.`);
  },
  async show(invocation, { resource }, { before, after }, dryRun) {
    const done = doneTo(before, after, invocation.flags.bool("overwrite"));
    await printResult(invocation, resource, after, done, dryRun);
  },
};

/** kubectl goes by the length of the object's JSON. */
function doneTo(before: LiveObject, after: LiveObject, overwrite: boolean): string {
  if (isDeepStrictEqual(before, after)) return "not labeled";
  const length = (object: LiveObject) => Buffer.byteLength(sortedJson(object));
  return !overwrite && length(after) < length(before) ? "unlabeled" : "labeled";
}
