/** `vars`: `$(NAME)` in known fields becomes the value of a field of some resource (api `filters/refvar`). */

import { goFloat } from "../print/go-scalars.ts";
import { fail } from "./failure.ts";
import { lookUp, splitFieldPath } from "./field-path.ts";
import { editField } from "./field-spec.ts";
import type { FieldSpec, Variable } from "./kustomization.ts";
import { isMissingOrNull, type Node } from "./node.ts";
import { toValue, type Value } from "./node-json.ts";
import type { ResMap } from "./res-map.ts";
import { effectiveNamespace, gvkText, sameGvk, splitApiVersion } from "./resid.ts";
import type { Resource } from "./resource.ts";

const gvkOf = ({ apiVersion = "", group = "", version = "", kind = "" }: Variable["objref"]) => {
  const parts = apiVersion.split("/");
  if (apiVersion === "" || parts.length > 2) return { group, version, kind };
  const [fromGroup, fromVersion] = splitApiVersion(apiVersion);
  return { group: fromGroup || group, version: fromVersion, kind };
};

/** A variable as it stands in the file. */
export const variableText = ({ name, objref, fieldref }: Variable): string =>
  `{${name} ${gvkText(objref)} {${fieldref?.fieldPath ?? ""}}}`;

const text = (variable: Variable, path = variable.fieldref?.fieldPath || "metadata.name"): string =>
  `{${variable.name} ${gvkText(gvkOf(variable.objref))} {${path}}}`;

/** Marks the resources that variables take their value from. */
export function bindVariables(map: ResMap, variables: readonly Variable[]): void {
  for (const variable of variables) {
    const { name = "", namespace = "" } = variable.objref;
    const gvk = gvkOf(variable.objref);
    const found = map.byAnyId(
      (id) => id.name === name && sameGvk(id, gvk) && (namespace === "" || effectiveNamespace(id) === namespace),
    );
    if (found.length > 1)
      fail(
        `found ${found.length} resId matches for var ${text(variable, variable.fieldref?.fieldPath ?? "")} (unable to disambiguate)`,
      );
    found[0]?.variables.push(variable.name);
  }
}

/** @throws KustomizeError for a name that was there before */
export function addVariables(variables: Map<string, Variable>, more: Iterable<Variable>): void {
  for (const variable of more) {
    if (variables.has(variable.name)) fail(`var '${variable.name}' already encountered`);
    variables.set(variable.name, variable);
  }
}

/** @returns the names of variables that nothing used */
export function resolveVariables(
  map: ResMap,
  variables: ReadonlyMap<string, Variable>,
  specs: readonly FieldSpec[],
): string[] {
  if (variables.size === 0) return [];
  const values = new Map(
    [...variables.keys()].sort().map((name) => [name, variableValue(map, variables.get(name) as Variable)]),
  );
  const used = new Set<string>();
  const expand = (input: string) => expanded(input, values, used);
  for (const resource of map.list)
    for (const spec of specs) editField(resource, spec, { set: (node) => setExpanded(node, expand) });
  return [...values.keys()].filter((name) => !used.has(name));
}

function variableValue(map: ResMap, variable: Variable): Value {
  const resource = map.list.find((one) => one.variables.includes(variable.name));
  if (!resource) return fail(`var '${text(variable)}' cannot be mapped to a field in the set of known resources`);
  const node = fieldOf(resource, variable.fieldref?.fieldPath || "metadata.name");
  if (!node) return fail(`field specified in var '${text(variable)}' not found in corresponding resource`);
  if (node.kind !== "scalar") return toValue(node);
  if (node.tag === "!!int" || node.tag === "!!float" || node.tag === "!!bool") return toValue(node);
  return node.value;
}

function fieldOf(resource: Resource, path: string): Node | undefined {
  const parts = splitFieldPath(path).flatMap((part) => {
    const [, name = "", index] = /^(.*)\[(\d+)\]$/.exec(part) ?? [];
    if (index === undefined) return [part];
    return name === "" ? [index] : [name, index];
  });
  try {
    return lookUp(resource.node, parts);
  } catch {
    return undefined;
  }
}

function setExpanded(node: Node, expand: (text: string) => Value): void {
  if (isMissingOrNull(node)) return;
  if (node.kind === "scalar") {
    if (node.isString) setValue(node, expand(node.value));
  } else if (node.kind === "map") {
    for (const [key, value] of node.entries) {
      if (!key.isString) fail(`invalid map key: value='${key.value}', tag='${key.tag}'`);
      if (value.isString) setValue(value, expand(value.value));
    }
  } else {
    for (const item of node.items) {
      if (!item.isString) fail("invalid value type expect a string");
      setValue(item, expand(item.value));
    }
  }
}

function setValue(node: Node, value: Value): void {
  node.value = shown(value);
  node.style = "plain";
  node.tag = "!!str";
  if (typeof value === "boolean") node.tag = "!!bool";
  if (typeof value === "number" || typeof value === "bigint") node.tag = Number.isInteger(value) ? "!!int" : "!!float";
  if (node.tag === "!!str" && node.value.includes("\n")) node.style = "literal";
}

const shown = (value: Value): string =>
  typeof value === "number" && !Number.isInteger(value) ? goFloat(value) : String(value);

/** `$(NAME)` is the variable, `$$` a dollar sign. A variable that is the whole text keeps its type. */
function expanded(input: string, values: ReadonlyMap<string, Value>, used: Set<string>): Value {
  const mapped = (name: string): Value => {
    const value = values.get(name);
    if (value === undefined || value === null || typeof value === "object") return `$(${name})`;
    used.add(name);
    return value;
  };
  const whole = /^\$\(([^)]*)\)$/.exec(input);
  if (whole) return mapped(whole[1] as string);
  return input.replace(/\$(?:\$|\(([^)]*)\))/g, (match, name?: string) =>
    name === undefined ? (match === "$$" ? "$" : match) : shown(mapped(name)),
  );
}
