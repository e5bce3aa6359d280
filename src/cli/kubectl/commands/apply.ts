import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { dryRunOf, fieldValidationOf } from "../core/dry-run.ts";
import { givenFiles } from "../core/manifest-files.ts";
import type { ManifestObject } from "../core/manifests.ts";
import { printResult } from "../core/operations.ts";
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  outputFlag,
  selectorFlag,
  showManagedFieldsFlag,
  validateFlag,
} from "../core/shared-flags.ts";
import { findTargets, type Target } from "../core/targets.ts";
import { objectText, withoutManagedFields } from "../print/output.ts";
import { type Applied, type ApplyOptions, applyClientSide, refuseGeneratedName } from "./apply/client-side.ts";
import { applyServerSide, serverSideManager } from "./apply/server-side.ts";

const clientSideManager = "kubectl-client-side-apply";

export const applyCommand: Command = {
  path: "apply",
  use: "apply (-f FILENAME | -k DIRECTORY)",
  short: "Apply a configuration to a resource by file name or stdin.",
  flags: [
    dryRunFlag,
    fieldManagerFlag(clientSideManager),
    ...filenameFlags,
    {
      name: "force-conflicts",
      type: "bool",
      default: "false",
      usage: "If true, server-side apply will force the changes against conflicts.",
    },
    outputFlag,
    selectorFlag,
    {
      name: "server-side",
      type: "bool",
      default: "false",
      usage: "If true, apply runs in the server instead of the client.",
    },
    showManagedFieldsFlag,
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
  const fieldValidation = fieldValidationOf(flags);
  if (flags.bool("force-conflicts") && !serverSide)
    throw new CommandError("--force-conflicts only works with --server-side");
  if (dryRun === "client" && serverSide) {
    throw new CommandError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  }
  const output = flags.string("output");
  const options: ApplyOptions = {
    dryRun,
    fieldManager: serverSide && !flags.changed("field-manager") ? serverSideManager : flags.string("field-manager"),
    fieldValidation,
    forceConflicts: flags.bool("force-conflicts"),
    printsObject: output !== "" && output !== "name",
    warn,
  };
  const session = await invocation.session();
  const { targets, errors } = await findTargets(invocation, session);
  if (targets.length === 0 && errors.length === 0) throw new CommandError("no objects passed to apply");
  const applied: Applied["object"][] = [];
  for (const target of targets) {
    try {
      refuseGeneratedName(target.object as unknown as ManifestObject);
      const placed = inNamespace(target);
      const result = await (serverSide ? applyServerSide : applyClientSide)(session, placed, options);
      if (result.object.metadata.deletionTimestamp) {
        warn(`Warning: Detected changes to resource ${target.name} which is currently being deleted.`);
      }
      applied.push(result.object);
      if (!options.printsObject)
        await printResult(invocation, target.resource, result.object, result.operation, dryRun);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new CommandErrors(errors);
  if (options.printsObject) printObjects(invocation, applied);
  return undefined;
}

/** The manifest says the namespace that it is applied to, as does the annotation that keeps it. */
function inNamespace(target: Target): Target {
  const { namespace, object } = target;
  if (namespace === undefined || !object) return target;
  return { ...target, object: { ...object, metadata: { ...object.metadata, namespace } } };
}

function printObjects({ flags, io }: Invocation, objects: readonly Applied["object"][]): void {
  const output = flags.string("output");
  if (output !== "json" && output !== "yaml")
    throw new CommandError(`-o ${output} is not supported here; use json, yaml or name`);
  const shown = flags.bool("show-managed-fields") ? objects : objects.map(withoutManagedFields);
  const value = shown.length === 1 ? shown[0] : { apiVersion: "v1", items: shown, kind: "List", metadata: {} };
  io.stdout.write(objectText(value, output));
}
