/** Do the objects of a manifest have the fields and types of their kinds? Pure. */
import { namespaceKind } from "../../api/core/namespace.ts";
import { apiVersionOf } from "../../api/kind.ts";
import { type AnyKind, builtinKinds, kindByName } from "../../api/kinds.ts";
import { decodeTyped } from "../../api/schema/decode.ts";
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

/** Fields that the kind does not have, and values of the wrong type. Nothing is said of kinds that are not served. */
export function decodingProblems(item: Item): Problem[] {
  const { file, object, lineOf } = item;
  const kind = servedKind(object);
  if (!kind) return outdatedVersion(item);
  const { namespace } = object.metadata;
  if (kind.namespaced && namespace) {
    const [why] = namespaceKind.validateName(namespace);
    const field = "metadata.namespace";
    if (why)
      return [{ file, line: lineOf(field), field, message: `Invalid value: ${JSON.stringify(namespace)}: ${why}` }];
  }
  const wrong = mismatches(kind.schemaType, object);
  if (wrong.length > 0) return wrong.map(({ path, message }) => ({ file, line: lineOf(path), field: path, message }));
  return decodeTyped(kind.schemaType, object).unknownFields.map((path) => ({
    file,
    line: lineOf(path),
    field: path,
    message: `unknown field: ${kind.kind} in ${object.apiVersion} has none of this name`,
  }));
}

/** A kind that is served, under a version that is not: most likely one that Kubernetes has removed. */
function outdatedVersion({ file, object: { apiVersion, kind }, lineOf }: Item): Problem[] {
  const known = builtinKinds.find(
    (k) => k.kind === kind && (k.group === groupOf(apiVersion) || groupOf(apiVersion) === "extensions"),
  );
  if (!known) return [];
  const message = `no matches for kind "${kind}" in version "${apiVersion}"; it is in ${apiVersionOf(known)}`;
  return [{ file, line: lineOf("apiVersion"), field: "apiVersion", message }];
}

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
