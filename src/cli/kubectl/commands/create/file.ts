import { type Command, CommandError, CommandErrors, type Invocation } from "../../core/command.ts";
import { dryRunOf, dryRunQuery, fieldValidationOf } from "../../core/dry-run.ts";
import { together, whileDoing } from "../../core/failure.ts";
import type { LiveObject } from "../../core/find-objects.ts";
import { switchFlag } from "../../core/flags.ts";
import { withLastApplied } from "../../core/last-applied.ts";
import { givenFiles } from "../../core/manifest-files.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import { recorded } from "../../core/record.ts";
import type { Session } from "../../core/session.ts";
import { filenameFlags, recordFlag, selectorFlag } from "../../core/shared-flags.ts";
import { findTargets, placed, type Target } from "../../core/targets.ts";
import { checkRaw, sendRaw } from "../raw.ts";
import { createFlags } from "./shared.ts";

export const createFileCommand: Command = {
  path: "create",
  use: "create -f FILENAME",
  short: "Create a resource from a file or from stdin.",
  flags: [
    ...createFlags,
    { name: "edit", type: "bool", default: "false", usage: "Edit the API resource before creating." },
    ...filenameFlags,
    { name: "raw", type: "string", default: "", usage: "Raw URI to POST to the server." },
    recordFlag,
    selectorFlag,
    switchFlag("windows-line-endings", "With --edit: if true, lines end as they do on Windows."),
  ],
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
    if (flags.string("raw")) {
      if (flags.bool("edit")) throw new CommandError("--raw and --edit are mutually exclusive");
      checkRaw(invocation, { needsFile: true });
      return sendRaw(invocation, "POST");
    }
    const session = await invocation.session();
    const { targets, errors } = await findTargets(invocation, session);
    if (flags.bool("edit")) {
      if (errors.length > 0) throw new CommandErrors(errors);
      return editAndCreate(invocation, session, targets, query);
    }
    const failures: unknown[] = [];
    for (const target of targets) {
      const body = recorded(invocation, withLastApplied(placed(target), flags.bool("save-config")));
      try {
        const created = dryRun === "client" ? body : await create(session, target, body, query);
        await printResult(invocation, target.resource, created, "created", dryRun);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length + errors.length > 0) throw new CommandErrors([...failures, ...together(errors, failures)]);
    if (targets.length === 0) throw new CommandError("no objects passed to create");
    return undefined;
  },
};

const create = (
  session: Session,
  { resource, namespace, source }: Target,
  body: LiveObject,
  query: Record<string, string | undefined>,
): Promise<LiveObject> =>
  whileDoing("creating", source, () => session.json("POST", apiPath(resource, { namespace }, query), { body }));

/** Each is shown in the editor and created as it was saved. What is not changed is not created. */
async function editAndCreate(
  invocation: Invocation,
  session: Session,
  targets: readonly Target[],
  query: Record<string, string | undefined>,
): Promise<number> {
  const { editSession } = await import("../edit/session.ts");
  const { objectNotes } = await import("../edit/text.ts");
  let worst = 0;
  for (const target of targets) {
    const code = await editSession(invocation, session, [{ resource: target.resource, object: placed(target) }], {
      notes: objectNotes,
      reopens: false,
      async write({ resource, object }) {
        const body = recorded(invocation, withLastApplied(object, invocation.flags.bool("save-config")));
        const namespace = object.metadata.namespace ?? target.namespace;
        const created = await session.json<LiveObject>("POST", apiPath(resource, { namespace }, query), { body });
        await printResult(invocation, resource, created, "created", "none");
      },
    });
    worst = Math.max(worst, code);
  }
  return worst;
}
