/**
 * Reads the descriptions of types and fields from the declarations of `cdk8s-plus-34`, where each carries its full
 * name. The models of `@kubernetes/client-node` have none for fields that hold another type.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { commentText } from "./models.mjs";

const require = createRequire(import.meta.url);

/** @returns {Map<string, string>} by full name of a type, or `full name#field` */
export const readDescriptions = () => {
  const packageJson = require.resolve("cdk8s-plus-34/package.json");
  const source = readFileSync(join(dirname(packageJson), "lib", "imports", "k8s.d.ts"), "utf8");
  const texts = new Map();
  for (const [, comment] of source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\//g)) {
    const lines = commentText(comment).split("\n");
    const name = lines.find((line) => line.startsWith("@schema "))?.slice("@schema ".length);
    if (!name) continue;
    // Tags end a comment, though a description may mention an address.
    const end = lines.findIndex((line) => /^@(default|schema)\b/.test(line));
    const text = lines.slice(0, end).join("\n").trim();
    if (text && !texts.has(name)) texts.set(name, text);
  }
  if (texts.size === 0) throw new Error("cdk8s-plus-34 has no descriptions where they were");
  return texts;
};
