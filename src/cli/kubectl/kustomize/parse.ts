/** YAML text as nodes: documents split as kyaml splits them, anchors and merge keys resolved. */
import type { Document, YAMLError, Node as YamlNode } from "yaml";
import { goYamlProblem } from "../../../base/yaml-problems.ts";
import { resolvePlain } from "../print/go-scalars.ts";
import type { ScalarStyle } from "../print/yaml-scalar.ts";
import { fail } from "./failure.ts";
import { Node } from "./node.ts";

type Yaml = typeof import("yaml");
let yaml: Yaml | undefined;

/** Loads the YAML library, which everything else here uses without waiting. */
export async function loadYaml(): Promise<void> {
  yaml ??= await import("yaml");
}

const library = (): Yaml => yaml ?? fail("the YAML library is not loaded");

/** @throws KustomizeError for text that is no YAML */
export function parseNodes(text: string): Node[] {
  const chunks = splitDocuments(text.replaceAll("\r\n", "\n"));
  const nodes = chunks.flatMap((chunk) => {
    const node = parseOne(chunk, "MalformedYAMLError: yaml: ");
    return node === undefined || node.isNull ? [] : [node];
  });
  const [only] = nodes;
  const isList = chunks.length === 1 && /^(?:Resource)?List$/.test(only?.text("kind") ?? "");
  return isList && only && (only.get("items") || only.get("functionConfig")) ? (only.get("items")?.items ?? []) : nodes;
}

/** The first document of a text. */
export function parseOne(text: string, prefix = "yaml: "): Node | undefined {
  // Go's reader knows no byte that is not UTF-8; the caller has decoded it.
  const documents = library().parseAllDocuments(text, {
    schema: "failsafe",
    version: "1.2",
    uniqueKeys: false,
    prettyErrors: true,
    logLevel: "silent",
  });
  const [document] = Array.isArray(documents) ? documents : [];
  if (!document) return undefined;
  const [problem, ...more] = document.errors as YAMLError[];
  if (problem) fail(`${prefix}${goYamlProblem([problem, ...more], text, 3)}`);
  const { contents } = document;
  return contents ? new Converter(document as Document, prefix).node(contents as YamlNode) : undefined;
}

interface DuplicateKey {
  readonly key: string;
  /** From 1. */
  readonly line: number;
  /** Where it stands for the first time. */
  readonly first: number;
}

/** The keys that come twice in a map, in order. */
export function duplicateKeysIn(text: string): DuplicateKey[] {
  const { LineCounter, parseDocument, visit } = library();
  const lines = new LineCounter();
  const found: DuplicateKey[] = [];
  visit(parseDocument(text, { schema: "failsafe", uniqueKeys: false, lineCounter: lines, logLevel: "silent" }), {
    Map(_, { items }) {
      const seen = new Map<string, number>();
      for (const { key } of items) {
        const { range } = key as YamlNode;
        const line = lines.linePos(range?.[0] ?? 0).line;
        const name = String(key);
        const first = seen.get(name);
        if (first === undefined) seen.set(name, line);
        else found.push({ key: name, line, first });
      }
    },
  });
  return found;
}

function splitDocuments(text: string): string[] {
  if (text === "") return [];
  const chunks: string[] = [];
  let from = 0;
  for (const { 0: separator, index } of text.matchAll(/\n---.*\n/g)) {
    const rest = separator.slice(4).trim();
    if (rest !== "" && !rest.startsWith("#")) fail(`invalid document separator: ${separator.trim()}`);
    // The newline before the separator belongs to the document: a literal scalar may end with it.
    chunks.push(`${text.slice(from, index)}\n`);
    from = index + separator.length;
  }
  return [...chunks, text.slice(from)];
}

const styles: Readonly<Record<string, ScalarStyle>> = {
  QUOTE_DOUBLE: "double",
  QUOTE_SINGLE: "single",
  BLOCK_LITERAL: "literal",
  BLOCK_FOLDED: "folded",
};

const shortTag = (tag: string | undefined): string => (tag ?? "").replace(/^tag:yaml\.org,2002:/, "!!");

class Converter {
  readonly #document: Document;
  readonly #prefix: string;
  constructor(document: Document, prefix: string) {
    this.#document = document;
    this.#prefix = prefix;
  }

  node(from: unknown): Node {
    const { isAlias, isMap, isScalar, isSeq } = library();
    if (isAlias(from)) {
      const target = from.resolve(this.#document);
      if (!target) return fail(`${this.#prefix}unknown anchor '${from.source}' referenced`);
      return this.node(target);
    }
    if (isMap(from)) return this.#map(from.items.map(({ key, value }) => [this.#key(key), this.node(value)]));
    if (isSeq(from)) {
      const seq = new Node("seq", "!!seq");
      seq.items = from.items.map((item) => this.node(item));
      return seq;
    }
    if (!isScalar(from)) return new Node("scalar", "!!null", "");
    const text = String(from.value ?? "");
    const style = styles[from.type ?? ""] ?? "plain";
    const tag = shortTag(from.tag) || (style === "plain" ? resolvePlain(text, "v3").tag : "!!str");
    return new Node("scalar", tag, text, style);
  }

  #key(from: unknown): Node {
    const key = this.node(from);
    // A key like `{a: b}` is an error only once something reads it, and then its text is empty.
    return key;
  }

  #map(entries: [Node, Node][]): Node {
    const map = new Node("map", "!!map");
    const merges = entries.filter(([key]) => key.value === "<<" && key.style === "plain");
    // Upstream takes away whatever is called so, quoted or not.
    map.entries = entries.filter(([key]) => key.value !== "<<");
    if (merges.length > 1) fail("duplicate merge key");
    const [merge] = merges;
    if (!merge) return map;
    const own = new Set(map.fields());
    const merged = new Map<string, [Node, Node]>();
    for (const source of mergeSources(merge[1]))
      for (const [key, value] of source.entries) merged.set(key.value, [key.copy(), value.copy()]);
    for (const [name, entry] of merged) if (!own.has(name)) map.entries.push(entry);
    return map;
  }
}

/** The maps to merge, the last one wins. */
function mergeSources(value: Node): Node[] {
  if (value.kind === "map") return [value];
  if (value.kind !== "seq") return fail("map merge requires map or sequence of maps as the value");
  if (value.items.some((item) => item.kind === "seq")) fail("invalid map merge: received a nested sequence");
  return value.items.flatMap(mergeSources).reverse();
}
