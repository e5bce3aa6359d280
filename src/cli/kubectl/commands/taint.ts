import type { NodeSpec, Taint } from "../../../api/generated/types.ts";
import { BareError, type Command, CommandError, CommandErrors } from "../core/command.ts";
import type { Discovery } from "../core/discovery.ts";
import { dryRunOf, dryRunQuery, fieldValidationOf } from "../core/dry-run.ts";
import { findObjects } from "../core/find-objects.ts";
import { printResult } from "../core/operations.ts";
import { apiPath } from "../core/paths.ts";
import {
  allFlag,
  dryRunFlag,
  fieldManagerFlag,
  overwriteFlag,
  selectorFlag,
  validateFlag,
} from "../core/shared-flags.ts";
import { asGoWrites } from "../core/typed.ts";
import { printFlags } from "../print/print-flags.ts";
import { changeTaints, parseTaints, refuseBoth, type TaintChanges } from "./taint/taints.ts";

export const taintCommand: Command = {
  path: "taint",
  use: "taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
  short: "Update the taints on one or more nodes.",
  flags: [
    allFlag,
    dryRunFlag,
    fieldManagerFlag("kubectl-taint"),
    ...printFlags,
    overwriteFlag("taints"),
    selectorFlag,
    validateFlag,
  ],
  async run(invocation) {
    const { flags } = invocation;
    const dryRun = dryRunOf(flags);
    const fieldValidation = fieldValidationOf(flags);
    const { resources, changes } = split(invocation.args);
    const session = await invocation.session();
    await session.served((discovery) => requireNodes(discovery, resources));
    refuseBoth(changes);
    const [type = "", ...names] = resources;
    const selecting = flags.bool("all") || flags.string("selector") !== "";
    if (flags.bool("all") && flags.string("selector"))
      throw new CommandError("setting 'all' parameter with a non empty selector is prohibited");
    if (!selecting && names.length === 0)
      throw new CommandError("at least one resource name must be specified since 'all' parameter is not set");
    const { found, errors } = await findObjects(invocation, session, { args: selecting ? [type] : [type, ...names] });
    for (const { resource, object } of found) {
      try {
        const { name } = object.metadata;
        const spec = (object.spec ?? {}) as NodeSpec;
        const old = (spec.taints ?? []) as Taint[];
        const { taints, done } = changeTaints(name, old, changes, flags.bool("overwrite"));
        if (dryRun === "client") {
          const { taints: _, ...rest } = spec;
          const changed = { ...object, spec: taints.length > 0 ? { ...rest, taints } : rest };
          await printResult(invocation, resource, asGoWrites(changed), done, "none");
          continue;
        }
        const query = { dryRun: dryRunQuery(dryRun), fieldManager: flags.string("field-manager"), fieldValidation };
        const next = await session.json<typeof object>("PATCH", apiPath(resource, { name }, query), {
          body:
            JSON.stringify(taints) === JSON.stringify(old)
              ? {}
              : { spec: { taints: taints.length > 0 ? taints : null } },
          contentType: "application/strategic-merge-patch+json",
        });
        await printResult(invocation, resource, next, done, "none", { typed: true });
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new CommandErrors(errors);
    return undefined;
  },
};

const isTaint = (word: string): boolean => /[=:]|-$/.test(word);

function split(args: readonly string[]): { resources: readonly string[]; changes: TaintChanges } {
  const first = args.findIndex(isTaint);
  const resources = first < 0 ? args : args.slice(0, first);
  const specs = first < 0 ? [] : args.slice(first);
  const late = specs.find((word) => !isTaint(word));
  if (late !== undefined) throw new CommandError(`all resources must be specified before taint changes: ${late}`);
  if (resources.length === 0) throw new CommandError("one or more resources must be specified as <resource> <name>");
  if (specs.length === 0) throw new CommandError("at least one taint update is required");
  try {
    return { resources, changes: parseTaints(specs) };
  } catch (error) {
    throw new CommandError(`${(error as Error).message}\nSee 'kubectl taint -h' for help and examples`);
  }
}

function requireNodes(discovery: Discovery, [type = ""]: readonly string[]): void {
  const name = type.toLowerCase();
  let kind: string;
  try {
    ({ kind } = discovery.find(name));
  } catch (error) {
    throw new BareError((error as Error).message);
  }
  if (kind !== "Node") throw new CommandError(`invalid resource type ${name}, only node types are supported`);
}
