/** Values as JSON and YAML, the way kubectl writes them. */
import { writeJson } from "../core/exact-json.ts";
import { toYaml } from "./yaml.ts";

/** JSON as Go's encoder writes it: `<`, `>` and `&` escaped. */
export const goJson = (value: unknown, indent?: number): string =>
  writeJson(value, indent).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The same, keys sorted. */
export const sortedJson = (value: unknown, indent?: number): string => sortedText(value, indent ?? 0, "\n");

function sortedText(value: unknown, indent: number, before: string): string {
  if (typeof value !== "object" || value === null) return goJson(value ?? null);
  const inner = before + " ".repeat(indent);
  const join = (parts: readonly string[], open: string, close: string) => {
    if (parts.length === 0) return open + close;
    return indent === 0 ? open + parts.join(",") + close : `${open}${inner}${parts.join(`,${inner}`)}${before}${close}`;
  };
  if (Array.isArray(value))
    return join(
      value.map((item) => sortedText(item, indent, inner)),
      "[",
      "]",
    );
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  const colon = indent === 0 ? ":" : ": ";
  return join(
    keys.sort().map((key) => goJson(key) + colon + sortedText(object[key], indent, inner)),
    "{",
    "}",
  );
}

/** The same for people: four spaces, a newline at the end. */
export const toJson = (value: unknown): string => `${sortedJson(value, 4)}\n`;

/** What kubectl leaves out of printed objects unless `--show-managed-fields` is given. */
export function withoutManagedFields<T>(object: T): T {
  const { metadata, items } = object as { metadata?: Record<string, unknown>; items?: unknown };
  if (Array.isArray(items)) return { ...object, items: items.map(withoutManagedFields) };
  if (!metadata?.managedFields) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

export const objectText = (value: unknown, format: "json" | "yaml"): string =>
  format === "json" ? toJson(value) : toYaml(value);
