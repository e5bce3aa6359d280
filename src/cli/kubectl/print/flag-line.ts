import type { Flag } from "../core/flags.ts";

const lists: ReadonlySet<string> = new Set(["stringArray", "stringSlice"]);

/** A flag as help shows it: names and default, and below what it is for. */
export function flagLine(flag: Flag): string {
  const names = `${flag.short ? `-${flag.short}, ` : ""}--${flag.name}`;
  const value =
    flag.type === "bool"
      ? flag.default === "true"
        ? "=true"
        : "=false"
      : `=${lists.has(flag.type) ? `[${flag.default}]` : flag.type === "string" ? `'${flag.default}'` : flag.default}`;
  return `    ${names}${value}:\n\t${flag.usage}`;
}
