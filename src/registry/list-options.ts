/** What a LIST or WATCH asks for: checking its options, its continue token and its selectors. Texts are upstream's. */
import { type FieldError, forbiddenField, notSupported, path } from "../api/field.ts";
import { matchesFields, parseFieldSelector } from "../api/fields.ts";
import type { Kind, KubeObject } from "../api/kind.ts";
import { matchesLabels, parseLabelSelector } from "../api/labels.ts";
import { badRequest, invalid, StatusError } from "../base/errors.ts";
import { scanJson } from "../base/json-scan.ts";
import { prefixOf } from "./keys.ts";
import type { ListOptions, SelectOptions, Stored, WatchOptions } from "./registry.ts";

/** Does an object belong to the selection? Undefined: everything does. */
export type Matcher<T extends KubeObject> = ((stored: Stored<T>) => boolean) | undefined;

/** @throws 400 */
export function matcherOf<T extends KubeObject>(kind: Kind<T>, options: SelectOptions): Matcher<T> {
  const labels = options.labelSelector ? parseLabelSelector(options.labelSelector) : [];
  const fields = options.fieldSelector ? parseFieldSelector(options.fieldSelector) : [];
  if (labels.length === 0 && fields.length === 0) return undefined;
  if (fields.length > 0) {
    const known = fieldsOf(kind, { metadata: {} } as T);
    for (const { field } of fields) {
      if (!Object.hasOwn(known, field)) throw badRequest(unknownField(field, Object.keys(known)));
    }
  }
  return ({ object }) =>
    (labels.length === 0 || matchesLabels(labels, object.metadata?.labels)) &&
    (fields.length === 0 || matchesFields(fields, fieldsOf(kind, object)));
}

/** Kinds with selectable fields of their own have upstream's other text. */
const unknownField = (field: string, known: readonly string[]): string =>
  known.every((name) => name.startsWith("metadata."))
    ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
    : `field label not supported: ${field}`;

const fieldsOf = <T extends KubeObject>(kind: Kind<T>, object: T): Record<string, string> => ({
  ...kind.selectableFields(object),
  "metadata.name": object.metadata?.name ?? "",
  ...(kind.namespaced ? { "metadata.namespace": object.metadata?.namespace ?? "" } : {}),
});

/** The keys among which the selection is: narrower than the kind's or the namespace's when one name is selected. */
export function prefixOfSelection<T extends KubeObject>(
  kind: Kind<T>,
  namespace: string,
  options: SelectOptions,
): string {
  const prefix = prefixOf(kind, namespace);
  if (!options.fieldSelector || (kind.namespaced && !namespace)) return prefix;
  const named = parseFieldSelector(options.fieldSelector).find(
    (r) => r.field === "metadata.name" && r.operator === "=",
  );
  return prefix + (named?.value ?? "");
}

/**
 * 0 when absent. One that is beyond what numbers tell apart is from the future in any case.
 * @param refused makes the error of one that is no 64-bit number
 */
export function parseRevision(text: string | undefined, refused: (why: string) => StatusError): number {
  if (!text) return 0;
  const isNumber = /^[0-9]+$/.test(text);
  if (isNumber && BigInt(text) < 2n ** 64n) return Number(text);
  const [quoted, why] = [JSON.stringify(text), isNumber ? "value out of range" : "invalid syntax"];
  throw refused(`resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`);
}

const invalidOptions = (errors: FieldError[]): void => {
  if (errors.length > 0) throw invalid("meta.k8s.io", "ListOptions", "", errors);
};

const matches = ["Exact", "NotOlderThan", ""];

export function checkListOptions(options: ListOptions): void {
  const at = path("resourceVersionMatch");
  const match = options.resourceVersionMatch;
  const errors: FieldError[] = [];
  if (match) {
    if (!options.resourceVersion)
      errors.push(forbiddenField(at, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    if (options.continue)
      errors.push(forbiddenField(at, "resourceVersionMatch is forbidden when continue is provided"));
    if (!matches.includes(match)) errors.push(notSupported(at, match, matches));
    if (match === "Exact" && options.resourceVersion === "0")
      errors.push(forbiddenField(at, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (options.sendInitialEvents !== undefined)
    errors.push(forbiddenField(path("sendInitialEvents"), "sendInitialEvents is forbidden for list"));
  invalidOptions(errors);
}

export function checkWatchOptions(options: WatchOptions): void {
  const at = path("resourceVersionMatch");
  const match = options.resourceVersionMatch;
  const errors: FieldError[] = [];
  if (options.sendInitialEvents !== undefined) {
    if (match !== "NotOlderThan")
      errors.push(forbiddenField(at, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  } else if (match) {
    errors.push(forbiddenField(at, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  }
  if (match && match !== "NotOlderThan") errors.push(notSupported(at, match, ["NotOlderThan"]));
  invalidOptions(errors);
}

/** Where the next page starts: at a revision, after a key below the list's prefix. */
export interface Continue {
  /** -1: at the newest revision, an inconsistent continuation. */
  readonly revision: number;
  /** Relative to the list's prefix. */
  readonly start: string;
}

export const encodeContinue = ({ revision, start }: Continue): string =>
  Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start })).toString("base64url");

/** @throws 400 */
export function decodeContinue(token: string): Continue {
  const bad = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const illegal = /[^\w-]/.exec(token)?.index ?? (token.length % 4 === 1 ? token.length - 1 : -1);
  if (illegal >= 0) throw bad(`illegal base64 data at input byte ${illegal}`);
  const text = Buffer.from(token, "base64url").toString("latin1");
  const { error } = scanJson(text);
  if (error) throw bad(error);
  const parsed = JSON.parse(Buffer.from(text, "latin1").toString()) as { v?: unknown; rv?: unknown; start?: unknown };
  if (parsed?.v !== "meta.k8s.io/v1") {
    throw bad(`server does not recognize this encoded version ${parsed?.v ?? ""}`);
  }
  if (!Number.isSafeInteger(parsed.rv) || parsed.rv === 0)
    throw bad("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (typeof parsed.start !== "string" || parsed.start === "")
    throw bad("encoded start key empty (version meta.k8s.io/v1)");
  // No way out of the list's own prefix.
  if (parsed.start.split("/").some((part, i, all) => part === "." || part === ".." || (!part && i < all.length - 1)))
    throw bad(parsed.start);
  return { revision: parsed.rv as number, start: parsed.start };
}

const inconsistentText =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
  "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
  "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
  "deleted between the time the first chunk was returned and now may show up in the list.";

/** 410 for a page whose revision is gone; carries a token that goes on at the newest revision. */
export const expiredContinue = (start: string) =>
  new StatusError(410, "Expired", inconsistentText, undefined, {
    continue: encodeContinue({ revision: -1, start }),
  });

/**
 * 504 for a revision from the future, as a client may hold after a restore.
 * @param retry whether to say when to ask again
 */
export const tooLargeRevision = (wanted: string | number, current: number, retry = true) =>
  new StatusError(504, "Timeout", `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    ...(retry ? { retryAfterSeconds: 1 } : {}),
  });
