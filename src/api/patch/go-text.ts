/** JSON values as Go prints them, which upstream's errors show. */
import { isList, isObject, type Json, type JsonObject } from "./json.ts";

const entries = (value: JsonObject, item: (value: Json) => string, key: (name: string) => string) =>
  Object.keys(value)
    .sort()
    .map((name) => `${key(name)}:${item(value[name] as Json)}`);

/** `%v`: `map[name:c ports:[80 81]]`. */
export function goText(value: Json | undefined): string {
  if (value === null || value === undefined) return "<nil>";
  if (isList(value)) return `[${value.map(goText).join(" ")}]`;
  return isObject(value) ? `map[${entries(value, goText, String).join(" ")}]` : String(value);
}

/** `%#v`: `map[string]interface {}{"name":"c", "ports":[]interface {}{80, 81}}`. */
export function goSyntax(value: Json): string {
  if (value === null) return "interface {}(nil)";
  if (isList(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (isObject(value)) return `map[string]interface {}{${entries(value, goSyntax, JSON.stringify).join(", ")}}`;
  return JSON.stringify(value);
}

/** A value's type as Go names it after decoding JSON. */
export function goType(value: Json | undefined): string {
  if (value === null || value === undefined) return "<nil>";
  if (isList(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}
