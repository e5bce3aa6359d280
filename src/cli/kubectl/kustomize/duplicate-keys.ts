import { fail } from "./failure.ts";
import type { Node } from "./node.ts";
import { nodeText } from "./node-text.ts";
import { duplicateKeysIn } from "./parse.ts";

const hasDuplicates = ({ entries, items }: Node): boolean =>
  new Set(entries.map(([key]) => key.value)).size < entries.length ||
  entries.some(([, value]) => hasDuplicates(value)) ||
  items.some(hasDuplicates);

/** Keys may come twice until an object is read as a whole. Lines are those of the object by itself. */
export function refuseDuplicateKeys(node: Node): void {
  if (!hasDuplicates(node)) return;
  const lines = duplicateKeysIn(nodeText(node)).map(
    ({ key, line, first }) => `\n  line ${line}: mapping key ${JSON.stringify(key)} already defined at line ${first}`,
  );
  fail(`yaml: unmarshal errors:${lines.join("")}`);
}
