import type { Value } from "./node-json.ts";

/** JSON as Go's encoder writes it: keys sorted, and what HTML minds escaped. */
export function goJson(value: Value | undefined): string {
  if (value === undefined || value === null) return "null";
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  if (typeof value === "object") {
    const fields = Object.keys(value).sort();
    return `{${fields.map((field) => `${goString(field)}:${goJson(value[field])}`).join(",")}}`;
  }
  return typeof value === "string" ? goString(value) : String(value);
}

const goString = (text: string): string =>
  JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
