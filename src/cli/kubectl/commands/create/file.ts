import { type Command, CommandError, CommandErrors } from "../../core/command.ts";
import { dryRunOf, dryRunQuery, fieldValidationOf } from "../../core/dry-run.ts";
import { whileDoing } from "../../core/failure.ts";
import type { LiveObject } from "../../core/find-objects.ts";
import { lastAppliedAnnotation, lastAppliedText } from "../../core/last-applied.ts";
import { givenFiles } from "../../core/manifest-files.ts";
import type { ManifestObject } from "../../core/manifests.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import { filenameFlags, selectorFlag } from "../../core/shared-flags.ts";
import { findTargets, type Target } from "../../core/targets.ts";
import { createFlags } from "./shared.ts";

export const createFileCommand: Command = {
  path: "create",
  use: "create -f FILENAME",
  short: "Create a resource from a file or from stdin.",
  flags: [...createFlags, ...filenameFlags, selectorFlag],
  async run(invocation) {
    const { flags, args } = invocation;
    if (args.length > 0)
      throw new CommandError(`Unexpected args: [${args.join(" ")}]\nSee 'kubectl create -h' for help and examples`);
    if (givenFiles(flags).length === 0) throw new CommandError("must specify one of -f and -k");
    const dryRun = dryRunOf(flags);
    const query = {
      dryRun: dryRunQuery(dryRun),
      fieldManager: flags.string("field-manager"),
      fieldValidation: fieldValidationOf(flags),
    };
    const session = await invocation.session();
    const { targets, errors } = await findTargets(invocation, session);
    const failures: unknown[] = [];
    for (const target of targets) {
      const body = bodyOf(target, flags.bool("save-config"));
      try {
        const created = dryRun === "client" ? body : await create(session, target, body, query);
        await printResult(invocation, target.resource, created, "created", dryRun);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length + errors.length > 0) throw new CommandErrors([...failures, ...errors]);
    if (targets.length === 0) throw new CommandError("no objects passed to create");
    return undefined;
  },
};

function bodyOf({ namespace, object }: Target, saveConfig: boolean): ManifestObject {
  const manifest = object as unknown as ManifestObject;
  const metadata = { ...manifest.metadata, ...(namespace ? { namespace } : {}) };
  if (saveConfig || metadata.annotations?.[lastAppliedAnnotation] !== undefined) {
    const text = lastAppliedText({ ...manifest, metadata });
    metadata.annotations = { ...metadata.annotations, [lastAppliedAnnotation]: text };
  }
  return { ...manifest, metadata };
}

const create = (
  session: Session,
  { resource, namespace, source }: Target,
  body: ManifestObject,
  query: Record<string, string | undefined>,
): Promise<LiveObject> =>
  whileDoing("creating", source, () => session.json("POST", apiPath(resource, { namespace }, query), { body }));
