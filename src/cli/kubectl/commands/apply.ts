import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { type DryRun, dryRunOf, fieldValidationOf } from "../core/dry-run.ts";
import { together } from "../core/failure.ts";
import { listFlag, switchFlag } from "../core/flags.ts";
import { givenFiles } from "../core/manifest-files.ts";
import type { ManifestObject } from "../core/manifests.ts";
import { printResult } from "../core/operations.ts";
import { recorded } from "../core/record.ts";
import {
  allFlag,
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  recordFlag,
  selectorFlag,
  subresourceFlag,
  validateFlag,
} from "../core/shared-flags.ts";
import { findTargets, type Target } from "../core/targets.ts";
import { withoutManagedFields } from "../print/output.ts";
import { printFlags } from "../print/print-flags.ts";
import { objectPrinter } from "../print/printer.ts";
import { type Applied, type ApplyOptions, applyClientSide, refuseGeneratedName } from "./apply/client-side.ts";
import { prune, pruneResources } from "./apply/prune.ts";
import { applyServerSide, serverSideManager } from "./apply/server-side.ts";
import { deletionFlags, propagationOf } from "./delete/flags.ts";

const clientSideManager = "kubectl-client-side-apply";

export const applyCommand: Command = {
  path: "apply",
  use: "apply (-f FILENAME | -k DIRECTORY)",
  short: "Apply a configuration to a resource by file name or stdin.",
  flags: [
    allFlag,
    ...deletionFlags("false"),
    dryRunFlag,
    fieldManagerFlag(clientSideManager),
    ...filenameFlags,
    {
      name: "force-conflicts",
      type: "bool",
      default: "false",
      usage: "If true, server-side apply will force the changes against conflicts.",
    },
    { ...switchFlag("openapi-patch", "If true, the server's description of the types is used."), default: "true" },
    ...printFlags,
    { ...switchFlag("overwrite", "Take the manifest's value where both it and others changed it."), default: "true" },
    switchFlag("prune", "Delete what was applied earlier and is in these files no more. Needs -l or --all."),
    listFlag("prune-allowlist", "What to prune, as <group/version/kind>, instead of the usual kinds."),
    recordFlag,
    selectorFlag,
    {
      name: "server-side",
      type: "bool",
      default: "false",
      usage: "If true, apply runs in the server instead of the client.",
    },
    subresourceFlag("apply"),
    validateFlag,
  ],
  run,
};

async function run(invocation: Invocation): Promise<undefined> {
  const { flags, args, warn } = invocation;
  const serverSide = flags.bool("server-side");
  if (args.length > 0) {
    throw new CommandError(`Unexpected args: [${args.join(" ")}]\nSee 'kubectl apply -h' for help and examples`);
  }
  const dryRun = dryRunOf(flags);
  if (givenFiles(flags).length === 0) throw new CommandError("must specify one of -f and -k");
  const propagationPolicy = propagationOf(flags.string("cascade"));
  const fieldValidation = fieldValidationOf(flags);
  check(invocation, dryRun);
  const output = flags.string("output");
  const gracePeriod = flags.int("grace-period");
  const options: ApplyOptions = {
    dryRun,
    fieldManager: serverSide && !flags.changed("field-manager") ? serverSideManager : flags.string("field-manager"),
    fieldValidation,
    forceConflicts: flags.bool("force-conflicts"),
    keepsOthers: !flags.bool("overwrite"),
    openapiPatch: flags.bool("openapi-patch"),
    printsObject: output !== "" && output !== "name",
    subresource: flags.string("subresource") || undefined,
    ...(flags.bool("force")
      ? { recreate: { propagationPolicy, gracePeriod, timeout: flags.duration("timeout") } }
      : {}),
    warn,
  };
  const session = await invocation.session();
  const pruned = flags.bool("prune")
    ? await session.served((d) => pruneResources(d, flags.list("prune-allowlist")))
    : [];
  const { targets, errors } = await findTargets(invocation, session);
  const failures: unknown[] = [];
  if (targets.length === 0 && errors.length === 0) throw new CommandError("no objects passed to apply");
  const applied: Applied["object"][] = [];
  for (const target of targets) {
    try {
      refuseGeneratedName(target.object as unknown as ManifestObject);
      const placed = withCause(invocation, inNamespace(target));
      const result = await (serverSide ? applyServerSide : applyClientSide)(session, placed, options);
      if (result.object.metadata.deletionTimestamp) {
        warn(`Warning: Detected changes to resource ${target.name} which is currently being deleted.`);
      }
      applied.push(result.object);
      if (!options.printsObject)
        await printResult(invocation, target.resource, result.object, result.operation, dryRun);
    } catch (error) {
      failures.push(error);
    }
  }
  if (errors.length > 0) throw new CommandErrors([...together(errors, failures), ...failures]);
  if (failures.length > 0) throw new CommandErrors(failures);
  if (options.printsObject) await printObjects(invocation, applied);
  if (flags.bool("prune")) {
    const namespaces = new Set(session.namespaceGiven ? [session.namespace] : []);
    for (const { namespace } of targets) if (namespace !== undefined) namespaces.add(namespace);
    const uids = new Set(applied.map(({ metadata }) => metadata.uid));
    const scope = { resources: pruned, namespaces, uids, labelSelector: flags.string("selector") };
    await prune(invocation, session, { ...scope, propagationPolicy, gracePeriod, dryRun });
  }
  return undefined;
}

/** @throws CommandError in kubectl's words, in its order */
function check({ flags }: Invocation, dryRun: DryRun): void {
  const [serverSide, force] = [flags.bool("server-side"), flags.bool("force")];
  if (flags.bool("force-conflicts") && !serverSide)
    throw new CommandError("--force-conflicts only works with --server-side");
  if (dryRun === "client" && serverSide) {
    throw new CommandError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  }
  if (serverSide && force) throw new CommandError("--force cannot be used with --server-side");
  if (dryRun === "server" && force) throw new CommandError("--dry-run=server cannot be used with --force");
  if (flags.bool("all") && flags.string("selector"))
    throw new CommandError("cannot set --all and --selector at the same time");
  if (flags.bool("prune")) {
    if (force) throw new CommandError("--force cannot be used with --prune");
    if (!flags.bool("all") && !flags.string("selector")) {
      throw new CommandError(
        "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
      );
    }
    if (serverSide) {
      throw new CommandError("--prune is in alpha and doesn't currently work on objects created by server-side apply");
    }
  }
  if (flags.string("subresource") && !serverSide)
    throw new CommandError("--subresource can only be specified for --server-side");
}

const withCause = (invocation: Invocation, target: Target): Target =>
  target.object ? { ...target, object: recorded(invocation, target.object) } : target;

/** The manifest says the namespace that it is applied to, as does the annotation that keeps it. */
function inNamespace(target: Target): Target {
  const { namespace, object } = target;
  if (namespace === undefined || !object) return target;
  return { ...target, object: { ...object, metadata: { ...object.metadata, namespace } } };
}

async function printObjects({ flags, io }: Invocation, objects: readonly Applied["object"][]): Promise<void> {
  const printer = await objectPrinter(flags);
  const shown = flags.bool("show-managed-fields") ? objects : objects.map(withoutManagedFields);
  const [only] = shown;
  const value = only && shown.length === 1 ? only : { apiVersion: "v1", items: shown, kind: "List", metadata: {} };
  printer?.print(value, (text) => io.stdout.write(text));
}
