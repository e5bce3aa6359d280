/** The query parameters of the API: parsing and validation as upstream (`meta/v1` options and their validation). */

import { forbiddenField, invalidValue, notSupported, path, required, tooLong } from "../../api/field.ts";
import { badRequest, invalid, type StatusCause } from "../../base/errors.ts";
import type { DeleteOptions, ListOptions, Propagation, WatchOptions, WriteOptions } from "../../registry/registry.ts";

/** Query parameters; the first value of a name counts. */
export class Query {
  static readonly empty = new Query("");
  readonly #params: URLSearchParams;
  constructor(text: string) {
    this.#params = new URLSearchParams(text);
  }
  static parse(text: string): Query {
    return text === "" ? Query.empty : new Query(text);
  }
  /** Undefined when absent or empty. */
  text(name: string): string | undefined {
    return this.#params.get(name) || undefined;
  }
  has(name: string): boolean {
    return this.#params.has(name);
  }
  all(name: string): string[] {
    return this.values(name).filter(Boolean);
  }
  /** With those that are empty. */
  values(name: string): string[] {
    return this.#params.getAll(name);
  }
  /** Upstream's rule: present and neither `0` nor `false`. */
  flag(name: string): boolean {
    const value = this.#params.get(name);
    return value !== null && value !== "0" && value.toLowerCase() !== "false";
  }
  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^[+-]?\d+$/.test(value))
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
    if (BigInt.asIntN(64, BigInt(value)) !== BigInt(value))
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: value out of range`);
    return Number(value);
  }
  toString(): string {
    return this.#params.toString();
  }
}

/** `metadata.name` of a field selector that names it with `=` or `==`; else empty. */
export function nameOfFieldSelector(selector: string | undefined): string {
  if (!selector) return "";
  for (const term of selector.split(",")) {
    const match = /^metadata\.name==?([^!=]+)$/.exec(term.trim());
    if (match) return match[1] as string;
  }
  return "";
}

export function listOptions(query: Query): ListOptions {
  const limit = query.integer("limit");
  query.integer("timeoutSeconds"); // only checked: a list has no use for it
  return {
    labelSelector: query.text("labelSelector"),
    fieldSelector: query.text("fieldSelector"),
    ...(limit ? { limit } : {}),
    continue: query.text("continue"),
    resourceVersion: query.text("resourceVersion"),
    resourceVersionMatch: query.text("resourceVersionMatch"),
    ...(query.has("sendInitialEvents") ? { sendInitialEvents: query.flag("sendInitialEvents") } : {}),
  };
}

export function watchOptions(query: Query): WatchOptions & { readonly timeoutSeconds?: number } {
  return {
    labelSelector: query.text("labelSelector"),
    fieldSelector: query.text("fieldSelector"),
    resourceVersion: query.text("resourceVersion"),
    resourceVersionMatch: query.text("resourceVersionMatch"),
    allowWatchBookmarks: query.flag("allowWatchBookmarks"),
    ...(query.has("sendInitialEvents") ? { sendInitialEvents: query.flag("sendInitialEvents") } : {}),
    timeoutSeconds: query.integer("timeoutSeconds"),
  };
}

const fieldValidations = ["", "Ignore", "Strict", "Warn"];
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

const dryRunErrors = (values: readonly string[]): StatusCause[] =>
  values.some((v) => v !== "All")
    ? [notSupported(path("dryRun"), values.length === 1 ? values[0] : values, ["All"])]
    : [];

const managerErrors = (manager: string): StatusCause[] => {
  const at = path("fieldManager");
  const errors: StatusCause[] = [];
  if (Buffer.byteLength(manager) > 128) errors.push(tooLong(at, 128));
  const bad = unprintable.exec(manager);
  if (bad) {
    const code = (bad[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    errors.push(invalidValue(at, manager, `invalid character U+${code} (at position ${bad.index})`));
  }
  return errors;
};

/** The manager that a client names itself by its user agent: what stands before the first slash. */
export function managerOfUserAgent(userAgent: string | undefined): string {
  const prefix = (userAgent ?? "").split("/", 1)[0] as string;
  return (
    [...prefix]
      .filter((c) => !unprintable.test(c))
      .join("")
      .slice(0, 128) || "unknown"
  );
}

/**
 * @param optionsKind for messages: `CreateOptions`, `UpdateOptions`, `PatchOptions`
 * @param apply whether this is an apply patch, which must name its manager
 */
export function writeOptions(
  query: Query,
  userAgent: string | undefined,
  optionsKind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  apply = false,
): WriteOptions & { readonly force?: boolean } {
  const errors: StatusCause[] = [];
  const manager = query.text("fieldManager") ?? "";
  if (optionsKind === "PatchOptions") {
    if (!apply && query.has("force")) {
      errors.push(forbiddenField(path("force"), "may not be specified for non-apply patch"));
    }
    if (apply && !manager) errors.push(required(path("fieldManager"), "is required for apply patch"));
  }
  errors.push(...managerErrors(manager));
  const dryRun = query.all("dryRun");
  errors.push(...dryRunErrors(dryRun));
  const validation = query.text("fieldValidation");
  if (validation && !fieldValidations.includes(validation)) {
    errors.push(notSupported(path("fieldValidation"), validation, fieldValidations));
  }
  if (errors.length) throw invalid("meta.k8s.io", optionsKind, "", errors);
  return {
    dryRun: dryRun.length > 0,
    fieldManager: manager || managerOfUserAgent(userAgent),
    fieldValidation: (validation as WriteOptions["fieldValidation"]) ?? "Warn",
    ...(apply ? { force: query.flag("force") } : {}),
  };
}

const propagations = ["Foreground", "Background", "Orphan"];

/** Options of a DELETE: the body when there is one, else the query, as upstream. */
export function deleteOptions(query: Query, body: object | undefined): DeleteOptions {
  const fromQuery = (): Record<string, unknown> => ({
    dryRun: query.all("dryRun"),
    gracePeriodSeconds: query.integer("gracePeriodSeconds"),
    propagationPolicy: query.text("propagationPolicy"),
    ...(query.has("orphanDependents") ? { orphanDependents: query.flag("orphanDependents") } : {}),
  });
  const source: Record<string, unknown> = body ? { ...body } : fromQuery();
  const errors: StatusCause[] = [];
  const { propagationPolicy: policy, orphanDependents, gracePeriodSeconds } = source;
  if (policy && orphanDependents !== undefined && orphanDependents !== null) {
    errors.push(
      invalidValue(path("propagationPolicy"), policy, "orphanDependents and deletionPropagation cannot be both set"),
    );
  }
  if (policy && !propagations.includes(policy as string)) {
    errors.push(notSupported(path("propagationPolicy"), policy, [...propagations, "nil"]));
  }
  const dryRun = (source.dryRun as string[] | undefined) ?? [];
  errors.push(...dryRunErrors(dryRun));
  if (errors.length) throw invalid("meta.k8s.io", "DeleteOptions", "", errors);
  return {
    dryRun: dryRun.length > 0,
    ...(gracePeriodSeconds === undefined || gracePeriodSeconds === null
      ? {}
      : { gracePeriodSeconds: Number(gracePeriodSeconds) }),
    ...(policy ? { propagationPolicy: policy as Propagation } : {}),
    ...(typeof orphanDependents === "boolean" ? { orphanDependents } : {}),
    ...(source.preconditions ? { preconditions: source.preconditions as DeleteOptions["preconditions"] } : {}),
  };
}
