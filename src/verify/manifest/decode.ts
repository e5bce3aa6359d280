/** Do the objects of a manifest have the fields and types of their kinds? Pure. */
import { namespaceKind } from "../../api/core/namespace.ts";
import { apiVersionOf } from "../../api/kind.ts";
import { type AnyKind, kindByName } from "../../api/kinds.ts";
import { decodeTyped } from "../../api/schema/decode.ts";
import { type BuiltinResource, builtinResources } from "../../api/schema/resources.ts";
import type { Problem } from "./problems.ts";
import type { Item, ManifestObject } from "./read.ts";

export const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";

/** The kind as wherry serves it; undefined when it does not. */
export function servedKind({ apiVersion, kind }: Pick<ManifestObject, "apiVersion" | "kind">): AnyKind | undefined {
  const version = apiVersion.split("/").at(-1) ?? "";
  const served = kindByName(groupOf(apiVersion), version, kind);
  return served?.alternate ? undefined : served?.kind;
}

/** The resource of Kubernetes, whether wherry serves it or not; undefined for custom resources. */
const builtinOf = ({ apiVersion, kind }: Pick<ManifestObject, "apiVersion" | "kind">): BuiltinResource | undefined =>
  builtinResources().find((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion);

/** Fields that the kind does not have, and values of the wrong type. Nothing is said of custom resources. */
export function decodingProblems(item: Item): Problem[] {
  const { file, object, lineOf } = item;
  const builtin = builtinOf(object);
  if (!builtin) return outdatedVersion(item);
  const at = (field: string, message: string): Problem => ({ file, line: lineOf(field), field, message });
  const { namespace } = object.metadata;
  const [why] = builtin.namespaced && namespace ? namespaceKind.validateName(namespace) : [];
  if (why) return [at("metadata.namespace", `Invalid value: ${JSON.stringify(namespace)}: ${why}`)];
  const wrong = mismatches(builtin.schemaType, object);
  if (wrong.length > 0) return wrong.map(({ path, message }) => at(path, message));
  const { unknownFields } = decodeTyped(builtin.schemaType, object);
  return unknownFields.map((path) =>
    at(path, `unknown field: ${object.kind} in ${object.apiVersion} has none of this name`),
  );
}

/** A kind of Kubernetes under a version that it does not have: most likely one that was removed. */
function outdatedVersion({ file, object: { apiVersion, kind }, lineOf }: Item): Problem[] {
  const group = groupOf(apiVersion);
  const known = builtinResources().find((r) => r.kind === kind && (r.group === group || group === "extensions"));
  if (!known) return [];
  const message = `no matches for kind "${kind}" in version "${apiVersion}"; it is in ${apiVersionOf(known)}`;
  return [{ file, line: lineOf("apiVersion"), field: "apiVersion", message }];
}

/** The object as Kubernetes reads it: no nulls, canonical quantities, and the defaults of kinds that wherry serves. */
export function typed(item: Item): Item {
  const { object } = item;
  const builtin = builtinOf(object);
  if (!builtin) return item;
  const kind = servedKind(object);
  const decoded = decodeTyped(builtin.schemaType, kind ? placed(kind, object) : object).object;
  kind?.applyDefaults(decoded);
  return { ...item, object: decoded as ManifestObject };
}

/** The object with the namespace in which kubectl would create it. */
export const placed = <T extends ManifestObject>(kind: AnyKind, object: T): T => {
  const { namespace = "default", ...metadata } = object.metadata;
  return { ...object, metadata: kind.namespaced ? { ...metadata, namespace } : metadata };
};

/** A value in its place, and nothing else of the object. */
type Place = (value: unknown) => unknown;

/** The innermost values that make the decoder fail, each alone in an object that is otherwise empty. */
function mismatches(schemaType: string, object: object): { path: string; message: string }[] {
  const failure = (value: unknown): Error | undefined => {
    try {
      decodeTyped(schemaType, value);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  };
  const search = (value: unknown, path: string, place: Place): { path: string; message: string }[] => {
    const error = failure(place(value));
    if (!error) return [];
    const empty = Array.isArray(value) ? [] : {};
    if (typeof value !== "object" || value === null || failure(place(empty)))
      return [{ path, message: wordsOf(error, value) }];
    const children: [string, unknown, Place][] = Array.isArray(value)
      ? value.map((item, i) => [`${path}[${i}]`, item, (v) => place([v])])
      : Object.entries(value).map(([key, item]) => [path ? `${path}.${key}` : key, item, (v) => place({ [key]: v })]);
    const inner = children.flatMap(([at, item, into]) => search(item, at, into));
    return inner.length > 0 ? inner : [{ path, message: wordsOf(error, value) }];
  };
  return search(object, "", (value) => value);
}

function wordsOf({ message }: Error, value: unknown): string {
  const type = /^json: cannot unmarshal .* of type (\S+)$/.exec(message)?.[1];
  const why = type === undefined ? message : `expected ${typeNames[type] ?? type.replace(/^.*\./, "")}`;
  const text = JSON.stringify(value);
  return `Invalid value: ${text.length > 60 ? `${text.slice(0, 57)}...` : text}: ${why}`;
}

const typeNames: Readonly<Record<string, string>> = {
  int32: "a whole number",
  int64: "a whole number",
  string: "a string",
  bool: "true or false",
};
