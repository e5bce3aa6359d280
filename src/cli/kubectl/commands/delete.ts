import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { kindText } from "../core/discovery.ts";
import { type DryRun, dryRunOf, dryRunQuery, dryRunSuffix } from "../core/dry-run.ts";
import { whileDoing } from "../core/failure.ts";
import { apiPath } from "../core/paths.ts";
import type { Session } from "../core/session.ts";
import { allNamespacesFlag, dryRunFlag, fieldSelectorFlag, filenameFlags, selectorFlag } from "../core/shared-flags.ts";
import { findTargets, type Target } from "../core/targets.ts";
import { type Deleted, waitUntilGone } from "./delete-wait.ts";

const bool = (name: string, usage: string, value = "false", short?: string) =>
  ({ name, type: "bool", default: value, usage, ...(short ? { short } : {}) }) as const;

export const deleteCommand: Command = {
  path: "delete",
  use: "delete ([-f FILENAME] | TYPE [(NAME | -l label | --all)])",
  short: "Delete resources by file names, stdin, resources and names, or by resources and label selector.",
  flags: [
    bool("all", "Delete all resources, in the namespace of the specified resource types."),
    allNamespacesFlag,
    {
      name: "cascade",
      type: "string",
      default: "background",
      noValue: "background",
      usage: 'Must be "background", "orphan", or "foreground". Selects what becomes of the dependents.',
    },
    dryRunFlag,
    fieldSelectorFlag,
    ...filenameFlags,
    bool("force", "If true, immediately remove resources from API and bypass graceful deletion."),
    {
      name: "grace-period",
      type: "int",
      default: "-1",
      usage: "Seconds given to the resource to terminate gracefully. Ignored if negative.",
    },
    bool("ignore-not-found", 'Treat "resource not found" as a successful delete. Defaults to "true" with --all.'),
    bool("now", "If true, resources are signaled for immediate shutdown (same as --grace-period=1)."),
    {
      name: "output",
      short: "o",
      type: "string",
      default: "",
      usage: 'Output mode. Use "-o name" for shorter output.',
    },
    selectorFlag,
    {
      name: "timeout",
      type: "duration",
      default: "0s",
      usage: "The length of time to wait before giving up on a delete, zero means wait on.",
    },
    bool("wait", "If true, wait for resources to be gone before returning. This waits for finalizers.", "true"),
  ],
  run,
};

interface Plan {
  /** Seconds; below zero: the object's own. */
  readonly gracePeriod: number;
  readonly propagationPolicy: string;
  readonly dryRun: DryRun;
  readonly force: boolean;
}

async function run(invocation: Invocation): Promise<undefined> {
  const { flags } = invocation;
  const propagationPolicy = propagationOf(flags.string("cascade"));
  const picked = flags.bool("all") || flags.string("selector") !== "" || flags.string("field-selector") !== "";
  const ignoreNotFound = flags.changed("ignore-not-found") ? flags.bool("ignore-not-found") : picked;
  const plan: Plan = { ...gracePeriodOf(invocation), propagationPolicy, dryRun: dryRunOf(flags) };
  if (flags.bool("all") && flags.string("selector"))
    throw new CommandError("setting 'all' parameter but found a non empty selector. ");
  const session = await invocation.session();
  const { targets, errors } = await findTargets(invocation, session);
  validate(invocation, plan);
  const deleted: Deleted[] = [];
  let warned = flags.bool("all-namespaces") || !session.namespaceGiven;
  for (const target of targets) {
    if (!warned && !target.resource.namespaced) {
      invocation.warn("Warning: deleting cluster-scoped resources, not scoped to the provided namespace");
      warned = true;
    }
    try {
      deleted.push(await deleteOne(invocation, session, target, plan));
    } catch (error) {
      if (!(ignoreNotFound && (error as { code?: number }).code === 404)) errors.push(error);
    }
  }
  if (errors.length > 0) throw new CommandErrors(errors);
  if (targets.length === 0) invocation.print("No resources found");
  if (flags.bool("wait") && plan.dryRun === "none") {
    await waitUntilGone(session, deleted, flags.duration("timeout"), invocation.io.signal);
  }
  return undefined;
}

/** @throws CommandError for another word than the three */
function propagationOf(cascade: string): string {
  const policies: Record<string, string> = { background: "Background", foreground: "Foreground", orphan: "Orphan" };
  const policy = policies[cascade];
  if (policy) return policy;
  throw new CommandError(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`);
}

function gracePeriodOf({ flags }: Invocation): { gracePeriod: number; force: boolean } {
  const force = flags.bool("force");
  let gracePeriod = flags.int("grace-period");
  if (flags.bool("now")) {
    if (gracePeriod !== -1) throw new CommandError("--now and --grace-period cannot be specified together");
    gracePeriod = 1;
  }
  // Zero without --force would lose data by accident.
  if (gracePeriod === 0 && !force) gracePeriod = 1;
  if (force && gracePeriod < 0) gracePeriod = 0;
  return { gracePeriod, force };
}

function validate({ flags, warn }: Invocation, { force, gracePeriod }: Plan): void {
  const output = flags.string("output");
  if (output !== "" && output !== "name")
    throw new CommandError(`unexpected -o output mode: ${output}. We only support '-o name'`);
  if (flags.bool("all") && flags.string("field-selector"))
    throw new CommandError("cannot set --all and --field-selector at the same time");
  if (!force) return;
  if (gracePeriod > 0) throw new CommandError("--force and --grace-period greater than 0 cannot be specified together");
  warn(
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.",
  );
}

async function deleteOne(invocation: Invocation, session: Session, target: Target, plan: Plan): Promise<Deleted> {
  const { resource, namespace, name, source } = target;
  let uid: string | undefined;
  if (plan.dryRun !== "client") {
    const body = {
      kind: "DeleteOptions",
      apiVersion: "v1",
      ...(plan.gracePeriod >= 0 ? { gracePeriodSeconds: plan.gracePeriod } : {}),
      propagationPolicy: plan.propagationPolicy,
      ...(plan.dryRun === "server" ? { dryRun: ["All"] } : {}),
    };
    const path = apiPath(resource, { namespace, name }, { dryRun: dryRunQuery(plan.dryRun) });
    const answer = await whileDoing("deleting", source, () => session.json<Answer>("DELETE", path, { body }));
    uid = answer.kind === "Status" ? answer.details?.uid : answer.metadata?.uid;
  }
  if (invocation.flags.string("output") === "name") invocation.print(`${kindText(resource)}/${name}`);
  else {
    const done = plan.gracePeriod === 0 ? "force deleted" : "deleted";
    const where = namespace ? ` from ${namespace} namespace` : "";
    invocation.print(`${kindText(resource)} "${name}" ${done}${where}${dryRunSuffix(plan.dryRun)}`);
  }
  return { resource, namespace, name, uid };
}

/** The Status of what is gone, or the object that goes. */
interface Answer {
  readonly kind?: string;
  readonly details?: { readonly uid?: string };
  readonly metadata?: { readonly uid?: string };
}
