import { type Command, CommandError } from "../core/command.ts";
import { printResult } from "../core/operations.ts";
import { parsePairs, splitPairs } from "../core/pairs.ts";
import { changeCauseAnnotation } from "../core/record.ts";
import { changeMetadata, checkChanges, type MetadataMap, metadataFlags } from "./label/shared.ts";

export const annotateCommand: Command = {
  path: "annotate",
  use: "annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
  short: "Update the annotations on a resource.",
  flags: metadataFlags("annotations", "kubectl-annotate"),
  async run(invocation) {
    const { resources, pairs } = splitPairs(invocation.args, "annotation");
    const changes = { resources, ...parsePairs(pairs, "annotation", true) };
    checkChanges(invocation, changes, "annotation", annotations);
    const both = changes.remove.filter((key) => changes.set.has(key));
    if (both.length > 0) {
      const what = "can not both modify and remove the following annotation(s) in the same command";
      throw new CommandError(`${what}: ${both.join(", ")}`);
    }
    return changeMetadata(invocation, changes, annotations);
  },
};

const annotations: MetadataMap = {
  field: "annotations",
  example: "rsrc",
  refuseOverwrite(has, set) {
    const problems = [...set].flatMap(([key, value]) =>
      key !== changeCauseAnnotation && has[key] !== undefined && has[key] !== value
        ? [`'${key}' already has a value (${has[key]})`]
        : [],
    );
    if (problems.length === 0) return;
    const what = "--overwrite is false but found the following declared annotation(s)";
    throw new CommandError(`${what}: ${problems.join("; ")}`);
  },
  show: (invocation, { resource }, { written }, dryRun) =>
    printResult(invocation, resource, written, "annotated", dryRun),
};
