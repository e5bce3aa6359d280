import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { isStatus } from "../../../base/errors.ts";
import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { type DryRun, dryRunOf, dryRunQuery } from "../core/dry-run.ts";
import { type Found, findObjects, type LiveObject } from "../core/find-objects.ts";
import { parseYaml } from "../core/manifests.ts";
import { printResult } from "../core/operations.ts";
import { apiPath, apiVersionText } from "../core/paths.ts";
import { recorded } from "../core/record.ts";
import type { Session } from "../core/session.ts";
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  localFlag,
  recordFlag,
  subresourceFlag,
} from "../core/shared-flags.ts";
import { mergePatchBetween } from "../core/two-way.ts";
import { builtinType } from "../core/typed.ts";
import { printFlags } from "../print/print-flags.ts";

const contentTypes: Readonly<Record<string, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

export const patchCommand: Command = {
  path: "patch",
  use: "patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
  short: "Update fields of a resource.",
  flags: [
    dryRunFlag,
    fieldManagerFlag("kubectl-patch"),
    ...filenameFlags,
    localFlag,
    ...printFlags,
    {
      name: "patch",
      short: "p",
      type: "string",
      default: "",
      usage: "The patch to be applied to the resource JSON file.",
    },
    {
      name: "patch-file",
      type: "string",
      default: "",
      usage: "A file containing a patch to be applied to the resource.",
    },
    recordFlag,
    subresourceFlag("patch"),
    {
      name: "type",
      type: "string",
      default: "strategic",
      usage: "The type of patch being provided; one of [json merge strategic]",
    },
  ],
  async run(invocation) {
    const { flags, args } = invocation;
    const dryRun = dryRunOf(flags);
    const type = patchType(invocation, dryRun);
    const local = flags.bool("local");
    const subresource = flags.string("subresource") || undefined;
    const patch = await readPatch(invocation);
    const session = await invocation.session();
    const { found, errors } = await findObjects(invocation, session, {
      args,
      local,
      fileIsObject: true,
      subresource,
    });
    const failures: unknown[] = [];
    for (const one of found) {
      try {
        const after =
          local || dryRun === "client"
            ? await patchedHere(one, patch.value(), type)
            : await patchedThere(invocation, session, one, { patch, type, dryRun, subresource });
        const done = isDeepStrictEqual(one.object, after) ? "patched (no change)" : "patched";
        await printResult(invocation, one.resource, after, done, "none");
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length + errors.length > 0) throw new CommandErrors([...failures, ...errors]);
    if (found.length === 0) throw new CommandError("no objects passed to patch");
    return undefined;
  },
};

/** @throws CommandError in kubectl's words, in its order */
function patchType({ flags, args }: Invocation, dryRun: DryRun): string {
  if (flags.string("patch") && flags.string("patch-file"))
    throw new CommandError("cannot specify --patch and --patch-file together");
  if (!flags.string("patch") && !flags.string("patch-file"))
    throw new CommandError("must specify --patch or --patch-file containing the contents of the patch");
  if (flags.bool("local") && args.length > 0) throw new CommandError("cannot specify --local and server resources");
  if (flags.bool("local") && dryRun === "server")
    throw new CommandError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
  const type = flags.string("type").toLowerCase() || "strategic";
  if (contentTypes[type] === undefined)
    throw new CommandError(`--type must be one of [json merge strategic], not ${JSON.stringify(flags.string("type"))}`);
  return type;
}

/** YAML or JSON. @throws CommandError for a file that cannot be read, and for what is neither */
async function readPatch({ flags }: Invocation): Promise<PatchText> {
  const file = flags.string("patch-file");
  let text = flags.string("patch");
  if (file) {
    try {
      text = readFileSync(file, "utf8");
    } catch {
      throw new CommandError(`unable to read patch file: open ${file}: no such file or directory`);
    }
  }
  // kubectl passes on as JSON what begins like JSON.
  if (/^\s*\{/.test(text)) return { text, value: () => JSON.parse(text) as unknown };
  try {
    const value = await parseYaml(text);
    return { text: JSON.stringify(value), value: () => value };
  } catch (error) {
    throw new CommandError(`unable to parse ${JSON.stringify(flags.string("patch"))}: ${(error as Error).message}`);
  }
}

interface PatchText {
  readonly text: string;
  /** @throws SyntaxError */
  value(): unknown;
}

interface Asked {
  readonly patch: PatchText;
  readonly type: string;
  readonly dryRun: DryRun;
  readonly subresource: string | undefined;
}

async function patchedThere(
  invocation: Invocation,
  session: Session,
  { resource, object }: Found,
  { patch, type, dryRun, subresource }: Asked,
): Promise<LiveObject> {
  const { namespace, name } = object.metadata;
  const query = { dryRun: dryRunQuery(dryRun), fieldManager: invocation.flags.string("field-manager") };
  const path = apiPath(resource, { namespace, name, subresource }, query);
  const write = (body: unknown, contentType: string | undefined) =>
    session.json<LiveObject>("PATCH", path, { body, ...(contentType ? { contentType } : {}) });
  let next: LiveObject;
  try {
    next = await write(patch.text, contentTypes[type]);
  } catch (error) {
    if (!isStatus(error, "UnsupportedMediaType")) throw error;
    const what = `${apiVersionText(resource).includes("/") ? apiVersionText(resource) : `/${resource.version}`}, Kind=${resource.kind}`;
    throw new CommandError(`${contentTypes[type]} is not supported by ${what}: ${error.message}`);
  }
  const withCause = recorded(invocation, next);
  return withCause === next ? next : write(mergePatchBetween(next, withCause), contentTypes.merge);
}

/** @throws CommandError for a strategic patch of what is not built in */
async function patchedHere({ object }: Found, patch: unknown, type: string): Promise<LiveObject> {
  if (type === "json") return (await import("../../../api/patch/json-patch.ts")).applyJsonPatch(object, patch);
  if (type === "merge") return (await import("../../../api/patch/merge-patch.ts")).applyMergePatch(object, patch);
  const schemaType = builtinType(object);
  if (schemaType === undefined) {
    const [version, group = ""] = object.apiVersion.split("/").reverse();
    throw new CommandError(
      `strategic merge patch is not supported for ${group}/${version}, Kind=${object.kind} locally, try --type merge`,
    );
  }
  const { applyStrategicPatch } = await import("../../../api/patch/strategic-patch.ts");
  const { schemaOf } = await import("../../../api/schema/lookup.ts");
  return applyStrategicPatch(object, patch, schemaType, schemaOf);
}
