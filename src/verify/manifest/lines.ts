/** Where in a YAML text a field of an object stands. */
import { type Document, isAlias, isMap, isScalar, isSeq } from "yaml";

/** `spec.ports[0].name`, `data[a.b]`: names and indices, in order. */
const segmentsOf = (path: string): string[] =>
  [...path.matchAll(/\[([^\]]*)\]|\{([^}]*)\}|([^.[\]{}]+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? "");

/**
 * The line of the field, from 1; of a field that is not there, the line of the nearest one around it that is.
 * @param lineAt the line of an offset in the document
 * @param base where the object begins in the document: empty, or `items[2]` in a List
 */
export function lineOf(document: Document, lineAt: (offset: number) => number, base: string, path: string): number {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? document.range?.[0] ?? 0;
  for (const segment of [...segmentsOf(base), ...segmentsOf(path)]) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === segment);
      if (!pair) break;
      offset = offsetOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(segment)];
      if (item === undefined) break;
      offset = offsetOf(item) ?? offset;
      node = item;
    } else break;
  }
  return lineAt(offset);
}

const offsetOf = (node: unknown): number | undefined =>
  (node as { range?: [number, number, number] } | null)?.range?.[0];
