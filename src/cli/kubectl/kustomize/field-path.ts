/** Paths of fields with dots, as `replacements` and `vars` have them (kyaml `fns.go`, `match.go`). */
import { fail } from "./failure.ts";
import { splitPath } from "./field-spec.ts";
import { goRegExp } from "./go-regexp.ts";
import { demandKind, isMissingOrNull, Node, type NodeKind, newScalar, setField } from "./node.ts";
import { nodeText } from "./node-text.ts";

/** Splits at dots, but not within brackets: `[name=a.b]` is one part, and `[a.b]` is the key `a.b`. */
export function splitFieldPath(path: string): string[] {
  const parts = splitPath(path, ".");
  const out: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    let part = parts[i] as string;
    if (part.startsWith("[") && !part.endsWith("]")) {
      while (i < parts.length - 1) {
        const next = parts[++i] as string;
        part += `.${next}`;
        if (next.endsWith("]")) break;
      }
      out.push(part.includes("=") ? part : part.replace(/^[[\]]+|[[\]]+$/g, ""));
    } else out.push(part);
  }
  return out;
}

const isIndex = (part: string) => /^\+?\d+$/.test(part);
const isListKey = (part: string) => part.startsWith("[") && part.endsWith("]");

function splitListKey(part: string): [field: string, value: string] {
  const inner = part.slice(1, -1);
  const equals = inner.indexOf("=");
  if (equals < 0) fail("list path element must contain fieldName=fieldValue for element to match");
  return [inner.slice(0, equals), inner.slice(equals + 1)];
}

const clean = (path: readonly string[]) => path.map((part) => part.trim()).filter((part) => part !== "");

/** The node at a path; nothing where there is none. @throws KustomizeError for a path that cannot be there */
export function lookUp(from: Node, path: readonly string[]): Node | undefined {
  let node: Node | undefined = from;
  for (const part of clean(path)) {
    if (!node) return undefined;
    node = step(node, part);
  }
  return node;
}

function step(node: Node, part: string): Node | undefined {
  if (/^[-+]?\d+$/.test(part)) {
    if (Number(part) < 0) fail(`array index ${Number(part)} cannot be negative`);
    demandKind(node, "seq");
    return node.items[Number(part)];
  }
  if (part === "-") {
    demandKind(node, "seq");
    return node.items.at(-1);
  }
  if (part === "*") fail("wildcard is not supported in PathGetter");
  if (isListKey(part)) {
    const [field, value] = splitListKey(part);
    demandKind(node, "seq");
    return node.items.find((item) =>
      field === "" ? item.value === value : item.kind === "map" && item.get(field)?.value === value,
    );
  }
  if (isMissingOrNull(node)) return undefined;
  demandKind(node, "map");
  return node.get(part);
}

/**
 * All nodes that a path matches: it may go through all items of a list (`*`), or those that match (`[name=web.*]`).
 * @param create the kind of node to make at its end where it is missing
 */
export function matchPath(node: Node, path: readonly string[], create?: NodeKind): Node[] {
  const [part, ...rest] = path;
  if (part === undefined) return [node];
  if (isIndex(part)) return matchIndex(node, Number(part), rest, create);
  if (isListKey(part)) return matchItems(node, part, rest, create);
  if (part === "*") {
    demandKind(node, "seq");
    return node.items.flatMap((item) => matchPath(item, rest, create));
  }
  if (!isMissingOrNull(node)) demandKind(node, "map");
  let field = node.isNull ? undefined : node.get(part);
  if (!field) {
    if (!create) return [];
    field = new Node(kindFor(rest[0] ?? "", create));
    setField(node, part, field);
  }
  return matchPath(field, rest, create);
}

const kindFor = (next: string, last: NodeKind): NodeKind => {
  if (isListKey(next) || isIndex(next)) return "seq";
  return next === "" ? last : "map";
};

function matchIndex(node: Node, index: number, rest: readonly string[], create?: NodeKind): Node[] {
  demandKind(node, "seq");
  if (create && node.items.length === index) node.items.push(new Node(kindFor(rest[0] ?? "", create)));
  const item = node.items[index];
  if (!item) return fail(`index ${index} specified but only ${node.items.length} elements found`);
  return matchPath(item, rest, create);
}

function matchItems(node: Node, part: string, rest: readonly string[], create?: NodeKind): Node[] {
  const [field, value] = splitListKey(part);
  demandKind(node, "seq");
  const pattern = goRegExp(value);
  const textOf = (item: Node) => nodeText(item).trim();
  const matched = node.items.flatMap((item) => {
    if (field === "") return pattern.test(textOf(item)) ? [item] : [];
    const found = item.kind === "map" ? item.get(field) : undefined;
    return found && pattern.test(textOf(found)) ? matchPath(item, rest, create) : [];
  });
  if (matched.length > 0 || !create) return matched;
  const made = field === "" ? newScalar(value) : new Node("map");
  if (field !== "") setField(made, field, newScalar(value));
  node.items.push(made);
  return matchItems(node, part, rest, create);
}
