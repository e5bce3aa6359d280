/** `explain -o plaintext`, out of the OpenAPI v3 document of a group and version. */
import { CommandError } from "../../core/command.ts";
import type { ServedResource } from "../../core/discovery.ts";
import { goText } from "../../print/go/format.ts";
import { indent, wrapWords } from "./wrap.ts";

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly "x-kubernetes-group-version-kind"?: readonly GroupVersionKind[];
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface Document {
  readonly paths?: Readonly<
    Record<string, Readonly<Record<string, { "x-kubernetes-group-version-kind"?: GroupVersionKind }>>>
  >;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/**
 * @param write receives what there is to say; of a field that does not exist still the head
 * @throws CommandError when the resource or the field is not described
 */
export function plaintext(
  document: Document,
  resource: ServedResource,
  fields: readonly string[],
  recursive: boolean,
  write: (text: string) => void,
): void {
  const { group, version, plural } = resource;
  const gvk = kindOf(document, resource);
  if (!gvk) throw new CommandError(`error: GVR (${group}/${version}, Resource=${plural}) not found in OpenAPI schema`);
  const isThis = (k: GroupVersionKind) => k.group === gvk.group && k.version === gvk.version && k.kind === gvk.kind;
  write(`${gvk.group ? `GROUP:      ${gvk.group}\n` : ""}KIND:       ${gvk.kind}\nVERSION:    ${gvk.version}\n\n`);
  const schema = inOrder(document.components?.schemas).find(([, s]) =>
    s["x-kubernetes-group-version-kind"]?.some(isThis),
  )?.[1];
  if (!schema) throw new CommandError(`error: GVK ${goText(gvk)} not found in OpenAPI schema`);
  const printer = new Printer(document, recursive);
  const body = printer.output(schema, fields, new Set());
  if (body === "") throw new CommandError(`error: field "${fields.at(-1)}" does not exist`);
  write(`${body}\n`);
}

function kindOf({ paths = {} }: Document, r: ServedResource): GroupVersionKind | undefined {
  const prefix = r.group ? `/apis/${r.group}` : "/api";
  const places = [
    `${prefix}/${r.version}/${r.plural}`,
    `${prefix}/${r.version}/${r.plural}/{name}`,
    `${prefix}/${r.version}/namespaces/{namespace}/${r.plural}`,
    `${prefix}/${r.version}/namespaces/{namespace}/${r.plural}/{name}`,
  ];
  let found: GroupVersionKind | undefined;
  for (const place of places) {
    const methods = ["get", "post", "put", "patch", "delete"];
    const gvk = methods.map((m) => paths[place]?.[m]?.["x-kubernetes-group-version-kind"]).find(Boolean);
    found = gvk ?? found;
  }
  return found;
}

const inOrder = <T>(map: Readonly<Record<string, T>> | undefined): [string, T][] =>
  Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

/** What values of a map are; a plain true or false says nothing of them. */
const valuesOf = ({ additionalProperties }: Schema): Schema | undefined =>
  typeof additionalProperties === "object" ? additionalProperties : undefined;

class Printer {
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #recursive: boolean;

  constructor(document: Document, recursive: boolean) {
    this.#schemas = document.components?.schemas ?? {};
    this.#recursive = recursive;
  }

  #resolve(schema: Schema): Schema {
    return this.#refOf(schema) ?? schema;
  }

  #refOf({ $ref }: Schema): Schema | undefined {
    return $ref === undefined ? undefined : this.#schemas[$ref.replace("#/components/schemas/", "")];
  }

  /** The description of what the path of fields leads to; empty when it leads nowhere. */
  output(schema: Schema, fields: readonly string[], seen: ReadonlySet<string>): string {
    const ref = schema.$ref ?? "";
    const resolved = this.#resolve(schema);
    const [field, ...rest] = fields;
    if (field === undefined) {
      const text = wrapWords(this.#descriptions(schema) || "<empty>", 76);
      const list = this.#fieldList(resolved, 1, new Set());
      return `DESCRIPTION:\n${indent(text, 4)}\n${list === "" ? "" : `FIELDS:\n${list}`}`;
    }
    if (ref !== "" && seen.has(ref)) return "";
    const next = new Set([...seen, ref]);
    const property = resolved.properties?.[field];
    if (property) {
      const head = rest.length === 0 ? `FIELD: ${field} <${this.#type(property)}>\n${longEnum(property)}\n\n` : "";
      return head + this.output(property, rest, new Set());
    }
    if (resolved.items) return this.output(resolved.items, fields, next);
    const values = valuesOf(resolved);
    if (values) return this.output(values, fields, next);
    for (const part of resolved.allOf ?? []) {
      const text = this.output(part, fields, next);
      if (text !== "") return text;
    }
    return "";
  }

  #descriptions(schema: Schema): string {
    const resolved = this.#resolve(schema);
    const values = valuesOf(resolved);
    return [
      resolved.description ? `${resolved.description}\n` : "",
      ...(resolved.allOf ?? []).map((part) => this.#descriptions(part)),
      resolved.items ? this.#descriptions(resolved.items) : "",
      values ? this.#descriptions(values) : "",
    ].join("");
  }

  #fieldList(schema: Schema, level: number, seen: ReadonlySet<string>): string {
    const ref = schema.$ref ?? "";
    if (ref !== "" && seen.has(ref)) return "";
    const next = new Set([...seen, ref]);
    const resolved = this.#resolve(schema);
    const values = valuesOf(resolved);
    return [
      ...inOrder(resolved.properties).map(
        ([name, field]) =>
          this.#detail(name, field, resolved, level) + (this.#recursive ? this.#fieldList(field, level + 1, next) : ""),
      ),
      ...(resolved.allOf ?? []).map((part) => this.#fieldList(part, level, next)),
      resolved.items ? this.#fieldList(resolved.items, level, next) : "",
      values ? this.#fieldList(values, level, next) : "",
    ].join("");
  }

  #detail(name: string, field: Schema, { required }: Schema, level: number): string {
    const amount = level * 2;
    const head = `${indent(name, amount)}\t<${this.#type(field)}>${required?.includes(name) ? " -required-" : ""}`;
    const choices = shortEnum(field, amount);
    if (this.#recursive) return `${head}${choices}\n`;
    const text = wrapWords(field.description || "<no description>", 78 - amount);
    return `${head}${choices}\n${indent(text, amount + 2)}\n\n`;
  }

  /** `string`, `PodSpec`, `[]Container`, `map[string]string`. */
  #type(schema: Schema): string {
    const values = valuesOf(schema);
    if (schema.items) return `[]${this.#type(schema.items)}`;
    if (values) return `map[string]${this.#type(values)}`;
    const [only, ...more] = schema.allOf ?? [];
    if (only && more.length === 0 && Object.keys(schema.properties ?? {}).length === 0) return this.#type(only);
    if (schema.$ref === undefined) return schema.type === "object" ? "Object" : schema.type || "Object";
    const target = this.#refOf(schema);
    if (target?.type && target.type !== "object") return target.type;
    return schema.$ref.split("/").at(-1)?.split(".").at(-1) || "Object";
  }
}

const choice = (value: unknown): string => (value === "" ? '""' : goText(value));

function shortEnum({ enum: values }: Schema, amount: number): string {
  if (!values || values.length === 0) return "";
  const shown = values.slice(0, 4).map(choice).join(", ");
  return `\n${" ".repeat(amount)}enum: ${shown}${values.length > 4 ? ", ...." : ""}`;
}

const longEnum = ({ enum: values }: Schema): string =>
  values && values.length > 0 ? `ENUM:${values.map((value) => `\n    ${choice(value)}`).join("")}` : "";
