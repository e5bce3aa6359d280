/** The messages of the Kubernetes API: how each field is called and typed on the wire and in JSON. Parsed when first used. */
import { json } from "../../api/generated/protobuf.ts";
import { builtinResources } from "../../api/schema/resources.ts";

export interface WireField {
  readonly number: number;
  /** As in JSON. */
  readonly name: string;
  /** A scalar (`string`, `int32`, `bytes`, …) or the full name of a message. For maps, that of the values. */
  readonly type: string;
  readonly repeated: boolean;
  readonly map: boolean;
  /** In JSON, zero is written: Go has a pointer here, or no `omitempty`. */
  readonly keepsZero: boolean;
  /** An embedded struct: its fields are the message's own in JSON. */
  readonly embedded: boolean;
}

export interface WireMessage {
  readonly fields: readonly WireField[];
  readonly byNumber: ReadonlyMap<number, WireField>;
}

type Row = readonly [number: number, name: string, type: string, flags: string];

let rows: Record<string, Row[]> | undefined;
const messages = new Map<string, WireMessage>();

const allRows = () => {
  rows ??= JSON.parse(json) as Record<string, Row[]>;
  return rows;
};

/** A message by its full protobuf name; undefined when there is none. */
export const wireMessage = (name: string): WireMessage | undefined => {
  const known = messages.get(name);
  if (known) return known;
  const found = Object.hasOwn(allRows(), name) ? allRows()[name] : undefined;
  if (!found) return undefined;
  const fields = found.map(([number, field, type, flags]) => ({
    number,
    name: field,
    // Keys of maps are strings throughout the API.
    type: flags.includes("m") ? type.slice(type.indexOf(",") + 1) : type,
    repeated: flags.includes("r"),
    map: flags.includes("m"),
    keepsZero: flags.includes("p") || flags.includes("k"),
    embedded: flags.includes("i"),
  }));
  const message = { fields, byNumber: new Map(fields.map((field) => [field.number, field])) };
  messages.set(name, message);
  return message;
};

export const metaPackage = "k8s.io.apimachinery.pkg.apis.meta.v1";

let packages: Map<string, string> | undefined;

/** The name of the message of a kind, or undefined when it has none. Kinds of the meta package are in every version. */
export const messageNameOf = (apiVersion: string, kind: string): string | undefined => {
  packages ??= new Map(
    builtinResources().map(({ group, version, schemaType }) => [
      group ? `${group}/${version}` : version,
      schemaType.slice(0, schemaType.lastIndexOf(".")).replace(/^io\.k8s\./, "k8s.io."),
    ]),
  );
  const own = `${packages.get(apiVersion)}.${kind}`;
  if (Object.hasOwn(allRows(), own)) return own;
  const meta = `${metaPackage}.${kind}`;
  return Object.hasOwn(allRows(), meta) ? meta : undefined;
};
