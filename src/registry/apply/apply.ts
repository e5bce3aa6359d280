/** Server-side apply (structured-merge-diff). */
import type { KubeObject } from "../../api/kind.ts";
import { copy, equal, isList, isObject, type Json, type JsonObject, put } from "../../api/patch/json.ts";
import type { SchemaLookup } from "../../api/schema/schema.ts";
import { badRequest, type StatusCause, StatusError } from "../../base/errors.ts";
import { compare } from "./compare.ts";
import { fieldSetOf, problems, removeFields, unionOf, withNamedFields } from "./field-set.ts";
import {
  difference,
  emptySet,
  type FieldSet,
  hasPath,
  intersection,
  isEmpty,
  paths,
  pathText,
  recursiveDifference,
  setOf,
  union,
} from "./fields-v1.ts";
import {
  disown,
  identity,
  type Managed,
  type Managers,
  readManagers,
  tracked,
  writeManagers,
} from "./managed-fields.ts";
import { merge } from "./merge.ts";
import { compareText } from "./path-element.ts";
import { type Shape, type Shapes, shapes } from "./typed.ts";

export interface ApplyInput<T extends KubeObject> {
  /** The object as it is; undefined when the apply creates it. */
  readonly live: T | undefined;
  /** The decoded configuration. */
  readonly applied: unknown;
  readonly manager: string;
  /** Take over fields that others own. */
  readonly force: boolean;
  /** Of the resource that the request names. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly subresource?: string;
  /** RFC 3339. */
  readonly time: string;
  /** Full schema name of the object's type. */
  readonly typeName: string;
  readonly schemaOf: SchemaLookup;
  /**
   * Fields that this endpoint does not write, as paths from the root. Default: `status` on the object itself, and
   * `spec` on its status subresource.
   */
  readonly resetFields?: readonly (readonly string[])[];
}

interface Merged {
  readonly object: JsonObject;
  readonly managers: Managers;
  /** Nothing changed but, perhaps, who owns what. */
  readonly same: boolean;
}

interface Conflict {
  readonly manager: Managed;
  readonly path: readonly string[];
}

/** Version and kind as Go prints them: `/v1, Kind=Pod`, `apps/v1, Kind=Deployment`. */
function kindText({ apiVersion, kind }: JsonObject): string {
  const parts = String(apiVersion ?? "").split("/");
  if (parts.length > 2) return "/, Kind=";
  return `${parts.length === 2 ? parts[0] : ""}/${parts.at(-1)}, Kind=${String(kind ?? "")}`;
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Upstream reports these without a reason. */
const failure = (message: string) => new StatusError(500, "", message);

/**
 * Merges the configuration into the live object and keeps the books of who owns what.
 * @returns a new object that shares nothing with its inputs; not defaulted, not validated
 * @throws 400 for a wrong version or given managedFields, 409 with one cause per conflict, upstream's 500 for a
 *   configuration that does not fit the schema
 */
export function serverSideApply<T extends KubeObject>(input: ApplyInput<T>): T {
  return new Apply(input).run() as unknown as T;
}

class Apply {
  readonly #input: ApplyInput<KubeObject>;
  readonly #shapes: Shapes;
  readonly #shape: Shape;
  readonly #live: JsonObject;
  readonly #applied: JsonObject;
  readonly #self: string;

  constructor(input: ApplyInput<KubeObject>) {
    if (!isObject(input.applied)) throw badRequest("error decoding YAML: the configuration is not an object");
    this.#input = input;
    this.#shapes = shapes(input.schemaOf);
    this.#shape = this.#shapes.named(input.typeName);
    this.#live = withoutManagedFields((input.live ?? {}) as JsonObject);
    this.#applied = input.applied;
    this.#self = identity({ ...this.#me, operation: "Apply" });
  }

  get #me() {
    const { manager, apiVersion, subresource = "" } = this.#input;
    return { manager, apiVersion, subresource };
  }

  run(): JsonObject {
    this.#check();
    const managers = this.#managersBefore();
    let result = this.#attempt(managers, this.#input.force);
    if ("conflicts" in result) {
      const left = this.#withoutOwnHistory(result.conflicts);
      if (left.length > 0) throw conflictError(left);
      result = this.#attempt(managers, true);
    }
    if ("conflicts" in result) throw conflictError(result.conflicts);
    return this.#finish(result);
  }

  #check(): void {
    const { apiVersion, kind } = this.#input;
    if (this.#applied.apiVersion !== apiVersion || this.#applied.kind !== kind)
      throw badRequest(`invalid object type: ${kindText(this.#applied)}`);
    const metadata = this.#applied.metadata;
    const fields = isObject(metadata) ? metadata.managedFields : undefined;
    if (fields !== undefined && fields !== null) throw badRequest("metadata.managedFields must be nil");
    const wrong = problems(this.#applied, this.#shape, this.#shapes);
    if (wrong.length === 0) return;
    const text = wrong.length === 1 ? wrong[0] : ["errors:", ...wrong.map((line) => `  ${line}`)].join("\n");
    throw failure(`failed to create typed patch object (${this.#describe()}): ${text}`);
  }

  #describe(): string {
    const metadata = isObject(this.#applied.metadata) ? this.#applied.metadata : {};
    return `${String(metadata.namespace ?? "")}/${String(metadata.name ?? "")}; ${kindText(this.#applied)}`;
  }

  /** Whatever nobody is recorded for belongs to whoever wrote it before the first apply. */
  #managersBefore(): Managers {
    const entries = this.#input.live?.metadata?.managedFields ?? [];
    const managers = readManagers(entries);
    if (!managers) throw failure("failed to decode managed fields");
    if (managers.size > 0 || !this.#input.live) return managers;
    const { changed } = compare({ metadata: {}, spec: {}, status: {} }, this.#live, this.#shape, this.#shapes);
    const fields = tracked(changed);
    if (isEmpty(fields)) return managers;
    const before = { ...this.#me, manager: "before-first-apply", operation: "Update" as const };
    managers.set(identity(before), { ...before, time: this.#input.time, fields });
    return managers;
  }

  #attempt(before: Managers, force: boolean): { readonly conflicts: readonly Conflict[] } | Merged {
    const managers: Managers = new Map(before);
    const last = managers.get(this.#self)?.fields ?? emptySet;
    const reset = this.#resetFields();
    const fields = recursiveDifference(fieldSetOf(this.#applied, this.#shape, this.#shapes), reset);
    const previousTime = managers.get(this.#self)?.time;
    managers.set(this.#self, { ...this.#me, operation: "Apply", time: previousTime, fields });
    const merged = (merge(this.#live, this.#applied, this.#shape, this.#shapes) ?? {}) as JsonObject;
    const object = this.#prune(merged, managers, last);
    const all = compare(this.#live, object, this.#shape, this.#shapes);
    const comparison = {
      changed: recursiveDifference(all.changed, reset),
      removed: recursiveDifference(all.removed, reset),
    };
    if (!force) {
      const conflicts = this.#conflicts(managers, comparison.changed);
      if (conflicts.length > 0) return { conflicts };
    }
    disown(managers, comparison, this.#self);
    return { object, managers, same: equal(object, this.#live) };
  }

  #resetFields(): FieldSet {
    const { resetFields, subresource } = this.#input;
    const paths = resetFields ?? (subresource === "status" ? [["spec"]] : subresource ? [] : [["status"]]);
    return setOf(...paths.map((path) => path.map((name) => `f:${name}`)));
  }

  #conflicts(managers: Managers, changed: FieldSet): Conflict[] {
    return [...managers]
      .filter(([id]) => id !== this.#self)
      .sort(([a], [b]) => compareText(a, b))
      .flatMap(([, manager]) => [...paths(intersection(manager.fields, changed))].map((path) => ({ manager, path })));
  }

  /** Removes what this manager applied last time and not now, unless someone else owns it too. */
  #prune(merged: JsonObject, managers: Managers, last: FieldSet): JsonObject {
    if (isEmpty(last)) return merged;
    const named = (set: FieldSet) => withNamedFields(set, this.#shape, this.#shapes);
    const remove = (set: FieldSet) => (removeFields(merged, set, this.#shape, this.#shapes) ?? {}) as JsonObject;
    const fieldsOf = (object: JsonObject) => named(fieldSetOf(object, this.#shape, this.#shapes));
    const all = fieldsOf(merged);
    const owned = named(unionOf([...managers.values()].map((m) => m.fields)));
    const lastNamed = named(last);
    const bare = remove(lastNamed);
    const withOwned = remove(difference(all, union(fieldsOf(bare), owned)));
    return remove(intersection(difference(all, fieldsOf(withOwned)), lastNamed));
  }

  /** Conflicts that are none: `kubectl` taking over what it had applied from the client's side. */
  #withoutOwnHistory(conflicts: readonly Conflict[]): readonly Conflict[] {
    if (this.#input.manager !== "kubectl") return conflicts;
    const text = this.#input.live?.metadata?.annotations?.[lastApplied];
    if (!text) return conflicts;
    const previous = parseObject(text);
    if (!previous || previous.apiVersion !== this.#input.apiVersion) return conflicts;
    if (problems(previous, this.#shape, this.#shapes).length > 0) return conflicts;
    const { changed, removed } = compare(previous, this.#live, this.#shape, this.#shapes);
    const allowed = difference(difference(fieldSetOf(previous, this.#shape, this.#shapes), changed), removed);
    return conflicts.filter(({ path }) => !hasPath(allowed, path));
  }

  #finish({ object, managers, same }: Merged): JsonObject {
    const out = copy(object);
    this.#syncLastApplied(out);
    const mine = managers.get(this.#self);
    const fields = tracked(mine?.fields ?? emptySet);
    if (!mine || isEmpty(fields)) managers.delete(this.#self);
    else managers.set(this.#self, { ...mine, fields });
    const owner = managers.get(this.#self);
    if (owner && !same) managers.set(this.#self, { ...owner, time: this.#input.time });
    const metadata: JsonObject = isObject(out.metadata) ? out.metadata : {};
    const entries = writeManagers(managers);
    if (entries.length > 0) metadata.managedFields = copy(entries as unknown as Json);
    out.metadata = metadata;
    return out;
  }

  /** A client-side `kubectl apply` after this one must start from what was applied here. */
  #syncLastApplied(object: JsonObject): void {
    if (this.#input.manager !== "kubectl" || this.#input.subresource) return;
    const metadata = object.metadata;
    const annotations = isObject(metadata) ? metadata.annotations : undefined;
    if (!isObject(annotations) || !annotations[lastApplied]) return;
    const applied = copy(this.#applied);
    const given = isObject(applied.metadata) ? applied.metadata.annotations : undefined;
    if (isObject(given)) delete given[lastApplied];
    annotations[lastApplied] = `${JSON.stringify(withSortedKeys(applied))}\n`;
  }
}

function withoutManagedFields(object: JsonObject): JsonObject {
  if (!isObject(object.metadata) || object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function withSortedKeys(value: Json): Json {
  if (isList(value)) return value.map(withSortedKeys);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value).sort()) put(out, key, withSortedKeys(value[key] as Json));
  return out;
}

function managerText({ manager, operation, apiVersion, subresource }: Managed): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : "");
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}

function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes: StatusCause[] = conflicts.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${managerText(manager)}`,
    field: pathText(path),
  }));
  const [only] = conflicts;
  if (conflicts.length === 1 && only)
    return new StatusError(
      409,
      "Conflict",
      `Apply failed with 1 conflict: conflict with ${managerText(only.manager)}: ${pathText(only.path)}`,
      { causes },
    );
  const lines: string[] = [];
  let last: Managed | undefined;
  for (const { manager, path } of conflicts) {
    if (manager !== last) lines.push(`conflicts with ${managerText(manager)}:`);
    last = manager;
    lines.push(`- ${pathText(path)}`);
  }
  const message = `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
  return new StatusError(409, "Conflict", message, { causes });
}
