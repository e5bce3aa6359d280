import { isDeepStrictEqual } from "node:util";
import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { fieldValidationOf } from "../core/dry-run.ts";
import { type Found, findObjects, type LiveObject } from "../core/find-objects.ts";
import { switchFlag } from "../core/flags.ts";
import { withLastApplied } from "../core/last-applied.ts";
import { printResult } from "../core/operations.ts";
import { apiPath } from "../core/paths.ts";
import { recorded } from "../core/record.ts";
import type { Session } from "../core/session.ts";
import {
  fieldManagerFlag,
  filenameFlags,
  recordFlag,
  saveConfigFlag,
  subresourceFlag,
  validateFlag,
} from "../core/shared-flags.ts";
import { mergePatchBetween, strategicPatchBetween } from "../core/two-way.ts";
import { builtinType } from "../core/typed.ts";
import { sortedJson } from "../print/output.ts";
import { printFlags } from "../print/print-flags.ts";
import { editSession } from "./edit/session.ts";
import { objectNotes } from "./edit/text.ts";

export const editFlags = [
  fieldManagerFlag("kubectl-edit"),
  ...filenameFlags,
  ...printFlags,
  recordFlag,
  validateFlag,
  switchFlag("windows-line-endings", "If true, lines end as they do on Windows."),
];

export const editCommand: Command = {
  path: "edit",
  use: "edit (RESOURCE/NAME | -f FILENAME)",
  short: "Edit a resource from the default editor.",
  flags: [
    ...editFlags,
    switchFlag("output-patch", "Output the patch if the resource is edited."),
    saveConfigFlag,
    subresourceFlag("edit"),
  ],
  async run(invocation) {
    const { flags } = invocation;
    const session = await invocation.session();
    const subresource = flags.string("subresource") || undefined;
    const { found, errors } = await findObjects(invocation, session, { typeMeansAll: true, subresource });
    fieldValidationOf(flags);
    if (errors.length > 0) throw new CommandErrors(errors);
    if (found.length === 0) throw new CommandError("edit cancelled, no objects found");
    return editSession(invocation, session, found, {
      notes: objectNotes,
      reopens: true,
      write: (edited) => write(invocation, session, edited, found),
    });
  },
};

/** @throws StatusError when the server refuses it, CommandError when it is another object now */
async function write(
  invocation: Invocation,
  session: Session,
  { resource, object }: Found,
  originals: readonly Found[],
): Promise<void> {
  const { flags } = invocation;
  const original = originals.find((o) => o.object.metadata.uid === object.metadata.uid)?.object;
  if (!original) throw new CommandError(`no original object found for ${resource.kind} ${object.metadata.name}`);
  const after = recorded(invocation, flags.bool("save-config") ? withLastApplied(object, true) : object);
  if (isDeepStrictEqual(original, after)) {
    await printResult(invocation, resource, after, "skipped", "none");
    return;
  }
  const type = builtinType(after);
  const patch = type ? strategicPatchBetween(original, after, type) : mergePatchBetween(original, after);
  const metadata = (patch.metadata ?? {}) as Record<string, unknown>;
  if ("apiVersion" in patch || "kind" in patch || "name" in metadata)
    throw new CommandError("At least one of apiVersion, kind and name was changed");
  if (flags.bool("output-patch")) invocation.print(`Patch: ${sortedJson(patch)}`);
  const { namespace, name } = object.metadata;
  const query = { fieldManager: flags.string("field-manager"), fieldValidation: fieldValidationOf(flags) };
  const place = { namespace, name, subresource: flags.string("subresource") || undefined };
  const next = await session.json<LiveObject>("PATCH", apiPath(resource, place, query), {
    body: sortedJson(patch),
    contentType: type ? "application/strategic-merge-patch+json" : "application/merge-patch+json",
  });
  await printResult(invocation, resource, next, "edited", "none");
}
