import { createInterface } from "node:readline";
import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { kindText } from "../core/discovery.ts";
import { dryRunOf } from "../core/dry-run.ts";
import { allNamespacesFlag, dryRunFlag, fieldSelectorFlag, filenameFlags, selectorFlag } from "../core/shared-flags.ts";
import { findTargets, type Target } from "../core/targets.ts";
import { type DeletePlan, deleteTargets, forceWarning } from "./delete/delete-targets.ts";
import { deletionFlags, gracePeriodOf, propagationOf } from "./delete/flags.ts";
import { checkRaw, sendRaw } from "./raw.ts";

const bool = (name: string, usage: string, value = "false", short?: string) =>
  ({ name, type: "bool", default: value, usage, ...(short ? { short } : {}) }) as const;

export const deleteCommand: Command = {
  path: "delete",
  use: "delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
  short: "Delete resources by file names, stdin, resources and names, or by resources and label selector.",
  flags: [
    bool("all", "Delete all resources, in the namespace of the specified resource types."),
    allNamespacesFlag,
    ...deletionFlags("true"),
    dryRunFlag,
    fieldSelectorFlag,
    ...filenameFlags,
    bool("interactive", "If true, delete resource only when user confirms.", "false", "i"),
    bool("ignore-not-found", 'Treat "resource not found" as a successful delete. Defaults to "true" with --all.'),
    bool("now", "If true, resources are signaled for immediate shutdown (same as --grace-period=1)."),
    {
      name: "output",
      short: "o",
      type: "string",
      default: "",
      usage: 'Output mode. Use "-o name" for shorter output.',
    },
    { name: "raw", type: "string", default: "", usage: "Raw URI to DELETE to the server." },
    selectorFlag,
  ],
  run,
};

async function run(invocation: Invocation): Promise<undefined> {
  const { flags } = invocation;
  const plan = planOf(invocation);
  if (flags.string("raw")) {
    validate(invocation, plan);
    if (flags.bool("interactive")) throw new CommandError("--interactive can not be used with --raw");
    checkRaw(invocation, { needsFile: false });
    return sendRaw(invocation, "DELETE");
  }
  if (flags.bool("all") && (flags.string("selector") || flags.string("field-selector")))
    throw new CommandError("setting 'all' parameter but found a non empty selector. ");
  const session = await invocation.session();
  const { targets, errors } = await findTargets(invocation, session);
  validate(invocation, plan);
  if (flags.bool("interactive")) {
    if (errors.length > 0) throw new CommandErrors(errors);
    if (targets.length === 0) invocation.print("No resources found");
    else if (!(await confirmed(invocation, targets))) invocation.print("deletion is cancelled");
    else await deleteTargets(invocation, session, { targets, errors }, plan);
    return undefined;
  }
  await deleteTargets(invocation, session, { targets, errors }, plan);
  return undefined;
}

function planOf(invocation: Invocation): DeletePlan {
  const { flags } = invocation;
  const propagationPolicy = propagationOf(flags.string("cascade"));
  const picked = flags.bool("all") || flags.string("selector") !== "" || flags.string("field-selector") !== "";
  const force = flags.bool("force");
  if (flags.bool("now") && flags.int("grace-period") !== -1)
    throw new CommandError("--now and --grace-period cannot be specified together");
  return {
    gracePeriod: gracePeriodOf(flags.bool("now") ? 1 : flags.int("grace-period"), force),
    propagationPolicy,
    dryRun: dryRunOf(flags),
    force,
    ignoreNotFound: flags.changed("ignore-not-found") ? flags.bool("ignore-not-found") : picked,
    wait: flags.bool("wait"),
    timeout: flags.duration("timeout"),
    output: flags.string("output"),
    everywhere: flags.bool("all-namespaces"),
  };
}

function validate({ flags, warn }: Invocation, { force, gracePeriod }: DeletePlan): void {
  const output = flags.string("output");
  if (output !== "" && output !== "name")
    throw new CommandError(`unexpected -o output mode: ${output}. We only support '-o name'`);
  if (flags.bool("all") && flags.string("selector"))
    throw new CommandError("cannot set --all and --selector at the same time");
  if (flags.bool("all") && flags.string("field-selector"))
    throw new CommandError("cannot set --all and --field-selector at the same time");
  if (!force) return;
  if (gracePeriod > 0) throw new CommandError("--force and --grace-period greater than 0 cannot be specified together");
  warn(forceWarning);
}

/** Lists what would be deleted and reads a line. */
async function confirmed({ io, print }: Invocation, targets: readonly Target[]): Promise<boolean> {
  print(`You are about to delete the following ${targets.length} resource(s):`);
  for (const { resource, name } of targets) print(`${kindText(resource)}/${name}`);
  io.stdout.write("Do you want to continue? (y/N): ");
  const lines = createInterface({ input: io.stdin });
  try {
    for await (const line of lines) return line.trim().toLowerCase() === "y";
    return false;
  } finally {
    lines.close();
  }
}
