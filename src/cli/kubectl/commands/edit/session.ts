/**
 * An editing session: the editor opens until what is saved is written, nothing was changed, or what is wrong was left as it
 * is.
 */
import { existsSync, rmSync } from "node:fs";
import { StatusError } from "../../../../base/errors.ts";
import { CommandErrors, type Invocation } from "../../core/command.ts";
import { resourceText } from "../../core/discovery.ts";
import { fieldValidationOf } from "../../core/dry-run.ts";
import type { Found, LiveObject } from "../../core/find-objects.ts";
import { type ManifestObject, parseManifests, parseYaml } from "../../core/manifests.ts";
import type { Session } from "../../core/session.ts";
import { objectText, withoutManagedFields } from "../../print/output.ts";
import { editText } from "./editor.ts";
import { hasContent, headerText, type Reason, sayTheSame, withoutComments } from "./text.ts";

export interface EditMode {
  /** The comments on top of every file. */
  readonly notes: readonly string[];
  /** Is the editor opened again for what the server refuses? */
  readonly reopens: boolean;
  /** Writes one edited object. @throws StatusError when the server refuses it */
  write(found: Found): Promise<void>;
}

/** What became of a round. */
interface Round {
  readonly reasons: Reason[];
  /** Refused for reasons that another try may find gone. */
  retryable: number;
  /** Gone from the server. */
  lost: number;
}

/** @returns the exit code */
export async function editSession(
  invocation: Invocation,
  session: Session,
  objects: readonly Found[],
  mode: EditMode,
): Promise<number> {
  const { flags, io, warn } = invocation;
  const json = flags.has("output") && flags.string("output") === "json";
  const originals = objects.map(({ object }) => withoutManagedFields(object));
  const shown =
    originals.length === 1 ? originals[0] : { apiVersion: "v1", items: originals, kind: "List", metadata: {} };
  const original = objectText(shown, json ? "json" : "yaml");
  const lineEnd = (text: string) => (flags.bool("windows-line-endings") ? text.replaceAll("\n", "\r\n") : text);
  let body = lineEnd(original);
  let reasons: Reason[] = [];
  /** Of the round before: it is kept until the next one is saved. */
  let previous: { readonly path: string; readonly text: string } | undefined;
  for (let failed = false; ; ) {
    const header = json ? "" : lineEnd(headerText(mode.notes, reasons));
    const edited = await preserving(warn, previous?.path, () => editText(io, header + body, json ? ".json" : ".yaml"));
    if (failed && previous && (await sayTheSame(previous.text, edited.text))) {
      sayWhereKept(warn, edited.path);
      warn("error: Edit cancelled, no valid changes were saved.");
      return 1;
    }
    if (previous) rmSync(previous.path, { force: true });
    previous = edited;
    reasons = [];
    const problem = await malformed(invocation, session, withoutComments(edited.text), objects);
    if (problem !== undefined) {
      const [{ resource, object }] = objects as readonly [Found];
      const what = `${resourceText(resource)} ${JSON.stringify(object.metadata.name)}`;
      warn(`error: ${what} is invalid`);
      const cause = `<nil>: Invalid value: "The edited file failed validation": ${problem}`;
      reasons = [{ head: `${what} was not valid`, causes: [cause] }];
      failed = true;
      body = withoutComments(edited.text);
      continue;
    }
    if (await sayTheSame(original, edited.text)) return cancelled("no changes made.");
    if (!hasContent(edited.text)) return cancelled("saved file was empty.");
    let changed: Found[];
    try {
      changed = await readBack(session, edited.text);
    } catch (error) {
      const why = error instanceof CommandErrors ? (error.errors[0] as Error).message : (error as Error).message;
      reasons = [{ head: `The edited file had a syntax error: ${why}`, causes: [] }];
      failed = true;
      body = withoutComments(edited.text);
      continue;
    }
    failed = false;
    const round: Round = { reasons: [], retryable: 0, lost: 0 };
    await preserving(warn, edited.path, async () => {
      for (const found of changed) requireNamespace(session, found);
      for (const found of changed) await writeOne(invocation, withItsManagedFields(found, objects), mode, round);
    });
    if (round.retryable > 0) {
      warn(`You can run \`kubectl replace -f ${edited.path}\` to try this update again.`);
      return 1;
    }
    if (round.lost > 0) {
      warn(`The edits you made on deleted resources have been saved to ${JSON.stringify(edited.path)}`);
      return 1;
    }
    if (round.reasons.length === 0) {
      rmSync(edited.path, { force: true });
      return 0;
    }
    reasons = round.reasons;
    failed = true;
    body = withoutComments(edited.text);
  }

  function cancelled(why: string): number {
    if (previous) rmSync(previous.path, { force: true });
    warn(`Edit cancelled, ${why}`);
    return 0;
  }
}

/** Says where the user's work is when `work` fails. */
async function preserving<T>(
  warn: (line: string) => void,
  path: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (path !== undefined) sayWhereKept(warn, path);
    throw error;
  }
}

function sayWhereKept(warn: (line: string) => void, path: string): void {
  if (existsSync(path)) warn(`A copy of your changes has been stored to ${JSON.stringify(path)}`);
}

/** What keeps the text from being an object, in the words of kubectl's validation. */
async function malformed(
  { flags }: Invocation,
  session: Session,
  text: string,
  objects: readonly Found[],
): Promise<string | undefined> {
  if (fieldValidationOf(flags) === "Ignore") return undefined;
  let value: unknown;
  try {
    value = await parseYaml(text);
  } catch (error) {
    return (error as Error).message;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "invalid object to validate";
  const { apiVersion, kind } = value as Partial<Record<string, unknown>>;
  const missing = [...(apiVersion ? [] : ["apiVersion not set"]), ...(kind ? [] : ["kind not set"])];
  if (missing.length === 0)
    return isKnown(value as ManifestObject, objects) ? undefined : unknownKind(session, value as ManifestObject);
  return missing.length === 1 ? missing[0] : `[${missing.join(", ")}]`;
}

/** The kind of a subresource is served, but not as a resource. */
const isKnown = ({ apiVersion, kind }: ManifestObject, objects: readonly Found[]): boolean =>
  kind === "List" || objects.some(({ object }) => object.kind === kind && object.apiVersion === apiVersion);

/** Of a kind that is not served kubectl asks for its definition. */
async function unknownKind(session: Session, object: ManifestObject): Promise<string | undefined> {
  try {
    await session.served((d) => d.forKind({ ...object, metadata: object.metadata ?? {} }, "edited-file"));
    return undefined;
  } catch {
    // Not served: there may be a definition.
  }
  try {
    await session.json("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
    return undefined;
  } catch (error) {
    const why = (error as Error).message.replace(/ \(get [^)]*\)$/, "");
    return `failed to check CRD: failed to list CRDs: ${why}`;
  }
}

/** @throws CommandError for a kind that is not served */
async function readBack(session: Session, text: string): Promise<Found[]> {
  const source = "edited-file";
  const manifests = await parseManifests(text, source);
  return session.served((discovery) =>
    manifests.map(({ object }) => ({
      resource: discovery.forKind(object, source),
      object: object as unknown as LiveObject,
    })),
  );
}

/** @throws CommandError when the object was moved to another namespace */
function requireNamespace(session: Session, { resource, object }: Found): void {
  const own = object.metadata.namespace;
  if (!resource.namespaced || !own || own === session.namespace) return;
  throw new Error(
    `the namespace from the provided object "${own}" does not match the namespace "${session.namespace}". You must pass '--namespace=${own}' to perform this operation.`,
  );
}

/** They were not shown, and are not to change. */
function withItsManagedFields({ resource, object }: Found, objects: readonly Found[]): Found {
  const own = objects.find((o) => o.object.metadata.uid === object.metadata.uid);
  const managedFields = own?.object.metadata.managedFields;
  if (managedFields === undefined) return { resource, object };
  return { resource, object: { ...object, metadata: { ...object.metadata, managedFields } } };
}

async function writeOne({ warn }: Invocation, found: Found, mode: EditMode, round: Round): Promise<void> {
  try {
    await mode.write(found);
  } catch (error) {
    if (!mode.reopens || !(error instanceof StatusError)) throw error;
    const what = `${resourceText(found.resource)} ${JSON.stringify(found.object.metadata.name)}`;
    if (error.reason === "Invalid") {
      const causes = (error.status.details?.causes ?? []).map((c) => `${c.field}: ${c.message}`);
      round.reasons.push({ head: `${what} was not valid`, causes });
      warn(`error: ${what} is invalid`);
    } else if (error.reason === "NotFound") {
      round.lost++;
      warn(`error: ${what} could not be found on the server`);
    } else {
      round.retryable++;
      warn(`error: ${what} could not be patched: ${error.message}`);
    }
  }
}
