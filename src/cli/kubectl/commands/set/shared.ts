/** What the `set` commands share: a change to each object, the patch that makes it, and what is printed. */
import { CommandError, CommandErrors, type Invocation } from "../../core/command.ts";
import { kindText } from "../../core/discovery.ts";
import { type DryRun, dryRunOf, dryRunQuery } from "../../core/dry-run.ts";
import { type Found, findObjects, type LiveObject } from "../../core/find-objects.ts";
import type { Flag } from "../../core/flags.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import { recorded } from "../../core/record.ts";
import type { Session } from "../../core/session.ts";
import {
  allFlag,
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  filesWhenLocal,
  localFlag,
  recordFlag,
  selectorFlag,
} from "../../core/shared-flags.ts";
import { strategicPatchBetween } from "../../core/two-way.ts";
import { asGoWrites, builtinType } from "../../core/typed.ts";
import { printFlags } from "../../print/print-flags.ts";

export const setFlags: readonly Flag[] = [
  allFlag,
  dryRunFlag,
  fieldManagerFlag("kubectl-set"),
  ...filenameFlags,
  localFlag,
  ...printFlags,
  recordFlag,
  selectorFlag,
];

export const bothAllAndSelector = (): CommandError =>
  new CommandError("cannot set --all and --selector at the same time");
export const noResource = (): CommandError =>
  new CommandError("one or more resources must be specified as <resource> <name> or <resource>/<name>");

/** @throws CommandError for `--local` on a server */
export function refuseLocalOnServer({ flags }: Invocation): void {
  if (flags.bool("local") && dryRunOf(flags) === "server")
    throw new CommandError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
}

/** What is to be changed, from the server or from files. @throws CommandErrors when any of it cannot be read */
export async function findForSet(
  invocation: Invocation,
  session: Session,
  args: readonly string[],
): Promise<readonly Found[]> {
  const { flags } = invocation;
  const local = flags.bool("local");
  if (local && args.length > 0) {
    throw new CommandError(`error: ${filesWhenLocal}`);
  }
  const { found, errors } = await findObjects(invocation, session, {
    args,
    local,
    typeMeansAll: flags.bool("all"),
    typed: true,
  });
  if (errors.length > 0) throw new CommandErrors(errors);
  return found.map((one) => ({ ...one, object: asGoWrites(one.object) }));
}

export interface SetChange {
  /** What is printed behind the name. */
  readonly done: string;
  /** What stands before the server's refusal. */
  readonly failure: string;
  /** Is the object written and shown even when nothing differs? */
  readonly always?: boolean;
  /**
   * Changes the copy that it is given.
   * @param problems receives what does not keep the object from being changed
   * @returns false when the object is not to be written
   * @throws CommandError when this object cannot be changed
   */
  change(object: LiveObject, problems: unknown[]): boolean | Promise<boolean>;
}

/** Changes every object; one failure does not keep the rest from being tried. @throws CommandErrors */
export async function setOnAll(
  invocation: Invocation,
  session: Session,
  objects: readonly Found[],
  change: SetChange,
): Promise<undefined> {
  const dryRun = dryRunOf(invocation.flags);
  const problems: unknown[] = [];
  const planned: { found: Found; after: LiveObject }[] = [];
  const refused: unknown[] = [];
  for (const found of objects) {
    const { resource, object } = found;
    const after = structuredClone(object);
    try {
      if (await change.change(after, problems)) planned.push({ found, after: recorded(invocation, after) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const name = invocation.flags.bool("local") ? localName(found) : `${resource.plural}/${object.metadata.name}`;
      refused.push(new CommandError(`error: ${name} ${why}\n`));
    }
  }
  problems.push(...refused);
  for (const { found, after } of planned) {
    try {
      await write(invocation, session, found, after, change, dryRun);
    } catch (error) {
      problems.push(error);
    }
  }
  const [only] = problems;
  // Several refusals have an empty line behind each of them.
  if (problems.length === 1 && only instanceof CommandError) throw new CommandError(only.message.trimEnd());
  if (problems.length > 0) throw new CommandErrors(problems.map((problem) => spaced(problem, refused)));
  return undefined;
}

const spaced = (problem: unknown, refused: readonly unknown[]): unknown =>
  problem instanceof CommandError && refused.includes(problem) ? new CommandError(`${problem.message}\n`) : problem;

/** An object of no server is called by its kind; kubectl breaks the line behind it when the kind has a group. */
const localName = ({ resource, object }: Found): string =>
  `${kindText(resource)}/${object.metadata.name}${resource.group ? "\n" : ""}`;

async function write(
  invocation: Invocation,
  session: Session,
  { resource, object }: Found,
  after: LiveObject,
  { done, failure, always }: SetChange,
  dryRun: DryRun,
): Promise<void> {
  const { flags } = invocation;
  const patch = strategicPatchBetween(object, after, builtinType(object) ?? "");
  if (Object.keys(patch).length === 0 && !always) return;
  if (flags.bool("local") || dryRun === "client") {
    await printResult(invocation, resource, after, done, dryRun, { typed: true });
    return;
  }
  const { namespace, name } = object.metadata;
  const query = { dryRun: dryRunQuery(dryRun), fieldManager: flags.string("field-manager") };
  let next: LiveObject;
  try {
    next = await session.json<LiveObject>("PATCH", apiPath(resource, { namespace, name }, query), {
      body: patch,
      contentType: "application/strategic-merge-patch+json",
    });
  } catch (error) {
    if (failure === "") throw error;
    throw new CommandError(`${failure}${error instanceof Error ? error.message : error}`);
  }
  await printResult(invocation, resource, next, done, dryRun, { typed: true });
}
