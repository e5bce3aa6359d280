/** `-o`: how objects are printed. */
import { CommandError } from "../core/command.ts";
import { toYaml } from "./yaml.ts";

export type OutputFormat =
  | { readonly kind: "table"; readonly wide: boolean }
  | { readonly kind: "json" | "yaml" | "name" }
  | { readonly kind: "jsonpath"; readonly template: string };

const allowed =
  "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml";

/** @throws CommandError for a format that does not exist, or that wherry does not print yet */
export function outputFormat(text: string): OutputFormat {
  if (text === "" || text === "wide") return { kind: "table", wide: text === "wide" };
  if (text === "json" || text === "yaml" || text === "name") return { kind: text };
  const equals = text.indexOf("=");
  const format = equals < 0 ? text : text.slice(0, equals);
  if (format === "jsonpath" && equals >= 0) return { kind: "jsonpath", template: text.slice(equals + 1) };
  if (allowed.split(",").includes(format))
    throw new CommandError(`-o ${format} is not there yet; use json, yaml, name, wide or jsonpath`);
  throw new CommandError(
    `unable to match a printer suitable for the output format "${text}", allowed formats are: ${allowed}`,
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, sorted(object[key])]),
  );
}

/** JSON as Go's encoder writes it: `<`, `>` and `&` escaped. */
export const goJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The same, keys sorted. */
export const sortedJson = (value: unknown, indent?: number): string => goJson(sorted(value), indent);

/** The same for people: four spaces, a newline at the end. */
export const toJson = (value: unknown): string => `${sortedJson(value, 4)}\n`;

/** What kubectl leaves out of printed objects unless `--show-managed-fields` is given. */
export function withoutManagedFields<T>(object: T): T {
  const { metadata } = object as { metadata?: Record<string, unknown> };
  if (!metadata?.managedFields) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

export const objectText = (value: unknown, format: "json" | "yaml"): string =>
  format === "json" ? toJson(value) : toYaml(value);
