/** File patterns as Go's `filepath.Glob` reads them: `*`, `?` and `[a-z]` within one part of a path, `\` before a character. */
import { existsSync, readdirSync } from "node:fs";

/** @returns the paths that fit, sorted within each folder; undefined when the pattern is malformed */
export function glob(pattern: string): string[] | undefined {
  let found = [pattern.startsWith("/") ? "/" : ""];
  for (const part of pattern.split("/").filter(Boolean)) {
    const expression = expressionOf(part);
    if (expression === undefined) return undefined;
    found = found.flatMap((folder) => matches(folder, part, expression).map((name) => `${folder}${name}/`));
  }
  return found.map((path) => path.replace(/(?<=.)\/$/, "")).filter((path) => path !== "");
}

function matches(folder: string, part: string, expression: RegExp): string[] {
  if (!/[*?[\\]/.test(part)) return existsSync(folder + part) ? [part] : [];
  try {
    return readdirSync(folder || ".")
      .filter((name) => expression.test(name))
      .sort();
  } catch {
    return [];
  }
}

function expressionOf(part: string): RegExp | undefined {
  const text = part.replace(/\*|\?|\[[^\]]+\]|\\.|[.+^${}()|[\]\\]/g, (token) => {
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (/^\[.+\]$/s.test(token)) return token;
    return token.length === 2 ? `\\${token[1]}` : `\\${token}`;
  });
  try {
    return /(?<!\\)\[(?![^\]]*\])/.test(part) ? undefined : new RegExp(`^${text}$`, "su");
  } catch {
    return undefined;
  }
}
