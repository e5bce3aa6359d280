/** Going to the field that a field spec names, through every list on the way (api `filters/fieldspec`). */
import { fail, withinSync } from "./failure.ts";
import type { FieldSpec } from "./kustomization.ts";
import { getOrAdd, Node, type NodeKind, setField } from "./node.ts";
import { idText, splitApiVersion } from "./resid.ts";
import type { Resource } from "./resource.ts";

export interface FieldEdit {
  set(node: Node): void;
  /** What to make where the field is missing and the spec says to make it. */
  readonly make?: { readonly kind: NodeKind; readonly tag: string };
}

/** Edits the field in a resource that the specs are for. */
export function editFields(resource: Resource, specs: readonly FieldSpec[], edit: FieldEdit): void {
  for (const spec of specs) editField(resource, spec, edit);
}

export function editField({ node }: Resource, spec: FieldSpec, edit: FieldEdit): void {
  const [group, version] = splitApiVersion(node.text("apiVersion"));
  const kind = node.text("kind");
  const differs = (wanted: string | undefined, is: string) => wanted !== undefined && wanted !== "" && wanted !== is;
  if (differs(spec.kind, kind) || differs(spec.group, group) || differs(spec.version, version)) return;
  const metadata = node.get("metadata");
  const id = { group, version, kind, name: metadata?.text("name") ?? "", namespace: metadata?.text("namespace") ?? "" };
  withinSync(`considering field '${spec.path}' of object ${idText(id)}`, () =>
    visit(node, splitPath(spec.path, "/"), spec, edit),
  );
}

/** Splits at the delimiter, unless a backslash stands before it. A delimiter in front does not count. */
export function splitPath(path: string, delimiter: string): string[] {
  const parts = path.split(delimiter);
  if (parts.length > 1 && parts[0] === "") parts.shift();
  const out = [parts[0] ?? ""];
  for (const part of parts.slice(1)) {
    const before = out.at(-1) as string;
    if (before.endsWith("\\")) out[out.length - 1] = before.slice(0, -1) + delimiter + part;
    else out.push(part);
  }
  return out;
}

function visit(node: Node, path: readonly string[], spec: FieldSpec, edit: FieldEdit): void {
  const [part, ...rest] = path;
  if (part === undefined) {
    edit.set(node);
    return;
  }
  if (node.isNull) return;
  if (node.kind === "seq") {
    withinSync(`visit traversal on path: [${path.join(" ")}]`, () => {
      for (const item of node.items) visit(item, path, spec, edit);
    });
  } else if (node.kind === "map") visitMap(node, part, rest, spec, edit);
  else fail("expected sequence or mapping node");
}

function visitMap(node: Node, part: string, rest: readonly string[], spec: FieldSpec, edit: FieldEdit): void {
  const isList = part.endsWith("[]");
  const name = isList ? part.slice(0, -2) : part;
  if (name === "") fail("cannot set or create an empty field name");
  const makes = spec.create && edit.make && !isList;
  let made: { kind: NodeKind; tag: string } | undefined;
  if (makes) made = rest.length === 0 ? edit.make : { kind: "map", tag: "!!map" };
  else if (isList) made = { kind: "seq", tag: "" };
  const field = makes && made ? getOrAdd(node, name, made.kind) : node.get(name);
  if (!field) return;
  if (field.isNull && made) {
    field.kind = made.kind;
    field.tag = made.tag;
  }
  visit(field, rest, spec, edit);
}

/** Sets an entry of the map at the field. */
export const setEntry = (key: string, value: string) => (node: Node) =>
  setField(node, key, new Node("scalar", "!!str", value));
