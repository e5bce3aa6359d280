/** What `label` and `annotate` share: both change one map of an object's metadata. */
import { CommandError, CommandErrors, type Invocation } from "../../core/command.ts";
import { type DryRun, dryRunOf, dryRunQuery } from "../../core/dry-run.ts";
import { type Found, findObjects, type LiveObject } from "../../core/find-objects.ts";
import type { Flag } from "../../core/flags.ts";
import { givenFiles } from "../../core/manifest-files.ts";
import type { Pairs } from "../../core/pairs.ts";
import { apiPath } from "../../core/paths.ts";
import { recorded } from "../../core/record.ts";
import type { Session } from "../../core/session.ts";
import {
  allFlag,
  allNamespacesFlag,
  dryRunFlag,
  fieldManagerFlag,
  fieldSelectorFlag,
  filenameFlags,
  localFlag,
  overwriteFlag,
  recordFlag,
  resourceVersionFlag,
  selectorFlag,
} from "../../core/shared-flags.ts";
import { mergePatchBetween } from "../../core/two-way.ts";
import { printFlags } from "../../print/print-flags.ts";

export interface Changes extends Pairs {
  readonly resources: readonly string[];
}

export interface MetadataMap {
  readonly field: "labels" | "annotations";
  /** The file that errors take as an example. */
  readonly example: string;
  /** @throws CommandError when a change would overwrite and must not */
  refuseOverwrite(has: Readonly<Record<string, string>>, set: ReadonlyMap<string, string>): void;
  /** Before an object is written: tells of keys that are not there. */
  beforeWrite?(invocation: Invocation, object: LiveObject, remove: readonly string[]): void;
  /** Shows what was done. @param written as the server answered; without one nothing was written */
  show(invocation: Invocation, found: Found, change: Change, dryRun: DryRun): Promise<void>;
}

export interface Change {
  readonly before: LiveObject;
  readonly after: LiveObject;
  /** As the server answered; what the command made of the object where it was not asked. */
  readonly written: LiveObject;
}

export const metadataFlags = (what: string, manager: string): readonly Flag[] => [
  allFlag,
  allNamespacesFlag,
  dryRunFlag,
  fieldManagerFlag(manager),
  fieldSelectorFlag,
  ...filenameFlags,
  { name: "list", type: "bool", default: "false", usage: `If true, display the ${what} for a given resource.` },
  localFlag,
  ...printFlags,
  overwriteFlag(what),
  recordFlag,
  resourceVersionFlag,
  selectorFlag,
];

/** @throws CommandError in kubectl's words, in its order */
export function checkChanges({ flags }: Invocation, changes: Changes, what: string, map: MetadataMap): void {
  const { example } = map;
  if (flags.bool("all") && flags.string("selector"))
    throw new CommandError("cannot set --all and --selector at the same time");
  if (flags.bool("all") && flags.string("field-selector"))
    throw new CommandError("cannot set --all and --field-selector at the same time");
  const noFiles = givenFiles(flags).length === 0;
  if (flags.bool("local")) {
    if (dryRunOf(flags) === "server")
      throw new CommandError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
    if (changes.resources.length > 0)
      throw new CommandError(
        `can only use local files by -f ${example}.yaml or --filename=${example}.json when --local=true is set`,
      );
    if (noFiles)
      throw new CommandError(`one or more files must be specified as -f ${example}.yaml or --filename=${example}.json`);
  } else if (changes.resources.length === 0 && noFiles) {
    throw new CommandError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  }
  if (changes.set.size + changes.remove.length === 0 && !flags.bool("list"))
    throw new CommandError(`at least one ${what} update is required`);
}

export async function changeMetadata(invocation: Invocation, changes: Changes, map: MetadataMap): Promise<undefined> {
  const { flags } = invocation;
  const dryRun = dryRunOf(flags);
  const session = await invocation.session();
  const options = { args: changes.resources, typeMeansAll: flags.bool("all"), local: flags.bool("local") };
  const { found, errors, single } = await findObjects(invocation, session, options);
  if (!single && flags.string("resource-version"))
    throw new CommandError("--resource-version may only be used with a single resource");
  for (const one of found) {
    try {
      const change = await changeOne(invocation, session, one, changes, map);
      if (flags.bool("list")) list(invocation, one, change.written, map, single);
      else await map.show(invocation, one, change, dryRun);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new CommandErrors(errors);
  return undefined;
}

async function changeOne(
  invocation: Invocation,
  session: Session,
  { resource, object }: Found,
  { set, remove }: Changes,
  map: MetadataMap,
): Promise<Change> {
  const { flags } = invocation;
  const dryRun = dryRunOf(flags);
  const stays = dryRun === "client" || flags.bool("local") || flags.bool("list");
  const version = flags.string("resource-version");
  // The version then is in the patch, whatever it is now.
  const { resourceVersion: _, ...unversioned } = object.metadata;
  const before = (version ? { ...object, metadata: unversioned } : object) as LiveObject;
  if (!stays) map.beforeWrite?.(invocation, object, remove);
  const has = object.metadata[map.field] ?? {};
  if (!flags.bool("overwrite")) map.refuseOverwrite(has, set);
  const values = Object.fromEntries([...Object.entries(has), ...set].filter(([key]) => !remove.includes(key)));
  const metadata = { ...before.metadata, [map.field]: values, ...(version ? { resourceVersion: version } : {}) };
  const changed = { ...before, metadata } as LiveObject;
  if (stays) return { before, after: changed, written: changed };
  const after = recorded(invocation, changed);
  const query = { dryRun: dryRunQuery(dryRun), fieldManager: flags.string("field-manager") };
  const written = await session.json<LiveObject>("PATCH", apiPath(resource, object.metadata, query), {
    body: mergePatchBetween(before, after),
    contentType: "application/merge-patch+json",
  });
  return { before, after, written };
}

function list({ print }: Invocation, { resource }: Found, object: LiveObject, map: MetadataMap, single: boolean) {
  if (!single) print(`Listing ${map.field} for ${resource.kind}.${resource.group}/${object.metadata.name}:`);
  const values = Object.entries(object.metadata[map.field] ?? {});
  for (const [key, value] of values) print(`${single ? "" : " "}${key}=${value}`);
}
