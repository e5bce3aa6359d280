/** Which fields an applied configuration speaks about, what is wrong with it, and taking fields out of an object. */

import { goSyntax, goText } from "../../api/patch/go-text.ts";
import { isList, isObject, type Json, type JsonObject, put } from "../../api/patch/json.ts";
import { below, emptySet, type FieldSet, hasElement, isEmpty, SetBuilder, union } from "./fields-v1.ts";
import { elementText, fieldElement } from "./path-element.ts";
import { elementOf, itemElement, type Shape, type Shapes } from "./typed.ts";

/** All fields that a value has: leaves, entries of maps and items of lists. */
export function fieldSetOf(value: Json, shape: Shape, shapes: Shapes): FieldSet {
  const set = new SetBuilder();
  const path: string[] = [];
  const visit = (at: Json, kind: Shape): void => {
    if (kind.type === "scalar" || kind.type === "atomic") set.add(path);
    else if (kind.type === "list") {
      if (isList(at)) visitItems(at, kind);
    } else if (isObject(at)) visitEntries(at, kind);
  };
  const visitEntries = (object: JsonObject, kind: Extract<Shape, { type: "struct" | "map" }>): void => {
    for (const [key, item] of Object.entries(object)) {
      const inner = shapes.at(kind, key);
      if (item === undefined || !inner) continue;
      path.push(fieldElement(key));
      visit(item, inner);
      if (item === null || kind.type === "map" || (isObject(item) && Object.keys(item).length === 0)) set.add(path);
      path.pop();
    }
  };
  const visitItems = (list: readonly Json[], kind: Extract<Shape, { type: "list" }>): void => {
    const elements = list.map((item) => elementOf(kind, item));
    elements.forEach((element, i) => {
      if (element === undefined) return;
      path.push(element);
      const alone = elements.indexOf(element) === i && elements.lastIndexOf(element) === i;
      if (alone) visit(list[i] as Json, shapes.items(kind));
      set.add(path);
      path.pop();
    });
  };
  visit(value, shape);
  return set.build();
}

/** Adds every named field of a structure that has something of the set below it. Entries of maps are not named. */
export function withNamedFields(set: FieldSet, shape: Shape, shapes: Shapes): FieldSet {
  const out: { [element: string]: FieldSet } = {};
  for (const element in set) {
    if (element === ".") {
      out[element] = emptySet;
      continue;
    }
    const inner = below(set, element);
    const kind = innerShape(shape, element, shapes);
    const children = kind ? withNamedFields(inner, kind, shapes) : inner;
    const named = shape.type === "struct" && element.startsWith("f:") && kind !== undefined;
    const member = hasElement(set, element) || (named && !isEmpty(inner));
    out[element] = !member ? children : isEmpty(children) ? emptySet : { ".": emptySet, ...children };
  }
  return out;
}

function innerShape(shape: Shape, element: string, shapes: Shapes): Shape | undefined {
  if (element.startsWith("f:")) return shapes.at(shape, element.slice(2));
  return shape.type === "list" && element.startsWith("k:") ? shapes.items(shape) : undefined;
}

/** The value without the fields of the set; undefined when nothing is left. The input is not changed. */
export function removeFields(value: Json, set: FieldSet, shape: Shape, shapes: Shapes): Json | undefined {
  if (shape.type === "scalar") return value;
  if (shape.type === "atomic") return shape.holds === "any" ? value : undefined;
  if (shape.type === "list") {
    if (!isList(value) || value.length === 0) return undefined;
    const items: Json[] = [];
    for (const item of value) {
      const element = elementOf(shape, item) ?? "";
      if (hasElement(set, element)) continue;
      const inner = below(set, element);
      const rest = isEmpty(inner) ? item : removeFields(item, inner, shapes.items(shape), shapes);
      if (rest !== undefined) items.push(rest);
    }
    return items.length > 0 ? items : undefined;
  }
  if (!isObject(value) || Object.keys(value).length === 0) return undefined;
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const element = fieldElement(key);
    if (item === undefined || hasElement(set, element)) continue;
    const inner = below(set, element);
    const kind = shapes.at(shape, key);
    const rest = isEmpty(inner) || !kind ? item : removeFields(item, inner, kind, shapes);
    if (rest !== undefined) put(out, key, rest);
  }
  return Object.keys(out).length > 0 ? out : undefined;
}

/** What keeps a configuration from being applied, in upstream's words; empty when nothing does. */
export function problems(value: Json, shape: Shape, shapes: Shapes, at = ""): string[] {
  const say = (text: string, where = at) => [where ? `${where}: ${text}` : text];
  if (value === null) return [];
  switch (shape.type) {
    case "scalar":
      return scalarProblem(value, shape.scalar).flatMap((text) => say(text));
    case "atomic":
      return shape.inside ? problems(value, shape.inside, shapes, at) : [];
    case "struct":
    case "map": {
      if (!isObject(value)) return say(`expected map, got ${shown(value)}`);
      return Object.entries(value).flatMap(([key, item]) => {
        if (item === undefined) return [];
        const inner = shapes.at(shape, key);
        const where = `${at}.${key}`;
        return inner ? problems(item, inner, shapes, where) : say("field not declared in schema", where);
      });
    }
    case "list":
      return isList(value) ? listProblems(value, shape, shapes, at) : say(`expected list, got ${shown(value)}`);
  }
}

const shown = (value: Json) => `&{${goText(value)}}`;

function scalarProblem(value: Json, scalar: "string" | "numeric" | "boolean" | "untyped"): string[] {
  const type = isList(value) ? "[]interface {}" : isObject(value) ? "map[string]interface {}" : typeof value;
  if (scalar === "numeric" && type !== "number")
    return [`expected numeric (int or float), got ${type === "boolean" ? "bool" : type}`];
  if (scalar === "string" && type !== "string")
    return [`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`];
  if (scalar === "boolean" && type !== "boolean") return [`expected boolean, got ${shown(value)}`];
  if (scalar === "untyped" && typeof value === "object") return [`expected any scalar, got ${shown(value)}`];
  return [];
}

function listProblems(
  list: readonly Json[],
  shape: Extract<Shape, { type: "list" }>,
  shapes: Shapes,
  at: string,
): string[] {
  // An atomic list has neither keys nor identities to check.
  const out: string[] = [];
  const seen = new Set<string>();
  for (const [i, item] of list.entries()) {
    let element = `i:${i}`;
    if (shape.associative) {
      const identity = itemElement(shape, item);
      if ("error" in identity) return [...out, `${at ? `${at}: ` : ""}element ${i}: ${identity.error}`];
      element = identity.element;
      if (seen.has(element)) out.push(`${at ? `${at}: ` : ""}duplicate entries for key ${elementText(element)}`);
      seen.add(element);
    }
    out.push(...problems(item, shapes.items(shape), shapes, `${at}${elementText(element)}`));
  }
  return out;
}

/** The union of several sets. */
export const unionOf = (sets: Iterable<FieldSet>): FieldSet => [...sets].reduce(union, emptySet);
