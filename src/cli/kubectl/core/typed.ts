/** Objects whose type kubectl knows: as Go writes them. */
import { schemaOf } from "../../../api/schema/lookup.ts";
import { builtinResources } from "../../../api/schema/resources.ts";
import type { FieldSchema, TypeSchema } from "../../../api/schema/schema.ts";
import { zeroValues } from "../../../api/schema/zero-values.ts";
import { CommandError } from "./command.ts";
import type { ServedResource } from "./discovery.ts";

type Fields = TypeSchema | FieldSchema | undefined;

/** The full name of the built-in type of an object; undefined when it is none. */
export function builtinType(object: { readonly apiVersion?: string; readonly kind?: string }): string | undefined {
  return builtinOf(object)?.schemaType;
}

/** Their types are no part of what kubectl is made with. */
const foreign = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);

/** @throws CommandError for an object whose type kubectl does not know, where it works with types only */
export function mustBeTyped({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): void {
  const [, group = ""] = apiVersion.split("/").reverse();
  if (builtinType({ apiVersion, kind: kind.replace(/List$/, "") }) && !foreign.has(group)) return;
  throw new CommandError(
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/scheme/scheme.go:28"`,
  );
}

function builtinOf({ apiVersion = "", kind }: { readonly apiVersion?: string; readonly kind?: string }) {
  const [version, group = ""] = apiVersion.split("/").reverse();
  const isKind = (r: ReturnType<typeof builtinResources>[number]) =>
    r.group === group && r.version === version && r.kind === kind;
  return builtinResources().find(isKind);
}

/** The resource of an object that no server is asked about. */
export function localResource(object: { readonly apiVersion: string; readonly kind: string }): ServedResource {
  const [version = "", group = ""] = object.apiVersion.split("/").reverse();
  const singular = object.kind.toLowerCase();
  const builtin = builtinOf(object);
  return {
    group,
    version,
    kind: object.kind,
    plural: builtin?.plural ?? `${singular}s`,
    singular,
    namespaced: builtin?.namespaced ?? true,
    shortNames: [],
    categories: [],
    verbs: [],
    subresources: [],
  };
}

/** With the structures that Go writes even when they are empty: `status: {}`. What is not built in stays as it is. */
export function asGoWrites<T extends { readonly apiVersion?: string; readonly kind?: string }>(object: T): T {
  const type = builtinType(object);
  return type === undefined ? object : (filled(object, schemaOf(type)) as T);
}

function filled(value: unknown, fields: Fields): unknown {
  if (typeof value !== "object" || value === null || !fields) return value;
  if (Array.isArray(value)) return value.map((item) => filled(item, itemsOf(fields)));
  const isType = !("type" in fields);
  const out: Record<string, unknown> = isType ? { ...emptyOf(fields), ...value } : { ...value };
  for (const [key, item] of Object.entries(out)) {
    const field = isType ? fields.fields[key] : fields.type === "map" ? fields.values : undefined;
    out[key] = filled(item, field?.type === "ref" ? schemaOf(field.ref) : field);
  }
  return out;
}

const zeros: Readonly<Record<string, unknown>> = { string: "", integer: 0, boolean: false };

/** What Go writes of a type of which nothing is set. */
function emptyOf(type: TypeSchema): Record<string, unknown> {
  const required = type.required.flatMap((name) => {
    const zero = zeros[type.fields[name]?.type ?? ""];
    return zero === undefined ? [] : [[name, zero]];
  });
  const divisor = type.name.endsWith(".ResourceFieldSelector") ? { divisor: "0" } : {};
  const metrics = type.name.endsWith(".autoscaling.v2.HorizontalPodAutoscalerStatus") ? { currentMetrics: null } : {};
  return { ...Object.fromEntries(required), ...divisor, ...metrics, ...zeroValues(type) };
}

function itemsOf(fields: NonNullable<Fields>): Fields {
  if (!("type" in fields) || fields.type !== "array") return undefined;
  return fields.items.type === "ref" ? schemaOf(fields.items.ref) : fields.items;
}
