import { createHash } from "node:crypto";
import { sortedJson } from "../../print/output.ts";

const letters: Readonly<Record<string, string>> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };

/** What `--append-hash` puts behind a name: ten characters of the content's hash, without vowels. */
export const nameHash = (content: object): string =>
  createHash("sha256")
    .update(sortedJson(content))
    .digest("hex")
    .slice(0, 10)
    .replace(/[013ae]/g, (c) => letters[c] ?? c);
