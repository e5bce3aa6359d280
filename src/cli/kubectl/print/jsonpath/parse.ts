/** Reads kubectl's JSONPath dialect (client-go `util/jsonpath`): text with `{expressions}`. */
import { unicodePoint } from "../go/format.ts";
import { unescaped } from "../go/quote.ts";

export type Node =
  | { readonly type: "list"; readonly nodes: Node[] }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "identifier"; readonly name: string }
  | { readonly type: "number"; readonly value: number; readonly float: boolean }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "array"; readonly from: Bound; readonly to: Bound; readonly step: Bound }
  | { readonly type: "union"; readonly lists: readonly List[] }
  | { readonly type: "filter"; readonly left: List; readonly right: List; readonly operator: string }
  | { readonly type: "wildcard" }
  | { readonly type: "recursive" };

export type List = Extract<Node, { type: "list" }>;

/** A bound of a slice: absent, given, or (`derived`) the one after the index. */
export interface Bound {
  readonly value: number | undefined;
  readonly derived?: boolean;
}

export class MalformedPath extends Error {
  override readonly name = "MalformedPath";
}

/** @throws MalformedPath with client-go's words */
export function parseJsonPath(text: string): List {
  const root: List = { type: "list", nodes: [] };
  new Reader(text, root).text();
  return root;
}

const fail = (message: string): never => {
  throw new MalformedPath(message);
};

const isTerminator = (char: string): boolean => char === "" || " \t\r\n.,[]$@{}".includes(char);
const isAlphaNumeric = (char: string): boolean => /^[\p{L}\p{Nd}_]$/u.test(char);

/** The one expression that `text` is. */
function expression(text: string): List {
  return parseJsonPath(`{${text}}`).nodes[0] as List;
}

class Reader {
  readonly #input: string;
  readonly #root: List;
  #at = 0;
  #start = 0;

  constructor(input: string, root: List) {
    this.#input = input;
    this.#root = root;
  }

  /** The next character; empty at the end. */
  #next(): string {
    const code = this.#input.codePointAt(this.#at);
    if (code === undefined) return "";
    const char = String.fromCodePoint(code);
    this.#at += char.length;
    return char;
  }

  #take(): string {
    const taken = this.#input.slice(this.#start, this.#at);
    this.#start = this.#at;
    return taken;
  }

  text(): void {
    for (;;) {
      const open = this.#input.indexOf("{", this.#at);
      this.#at = open < 0 ? this.#input.length : open;
      const text = this.#take();
      if (text !== "") this.#root.nodes.push({ type: "text", text });
      if (open < 0) return;
      this.#at++;
      this.#take();
      const list: List = { type: "list", nodes: [] };
      this.#root.nodes.push(list);
      this.#action(list.nodes);
    }
  }

  /** Up to and with the closing brace. */
  #action(nodes: Node[]): void {
    for (;;) {
      if (this.#input.startsWith("[?(", this.#at)) {
        this.#filter(nodes);
        continue;
      }
      if (this.#input.startsWith("..", this.#at)) {
        this.#recursive(nodes);
        continue;
      }
      const before = this.#at;
      const char = this.#next();
      if (char === "}") {
        this.#take();
        return;
      }
      if (char === "" || char === "\n" || char === "\r") fail("unclosed action");
      else if (char === " " || char === "@" || char === "$") this.#take();
      else if (char === "[") this.#array(nodes);
      else if (char === '"' || char === "'") this.#quoted(nodes, char);
      else if (char === ".") this.#field(nodes);
      else if (/^[+\-\p{Nd}]$/u.test(char)) {
        this.#at = before;
        this.#number(nodes);
      } else if (isAlphaNumeric(char)) {
        this.#at = before;
        this.#identifier(nodes);
      } else fail(`unrecognized character in action: ${unicodePoint(char.codePointAt(0) ?? 0, true)}`);
    }
  }

  #identifier(nodes: Node[]): void {
    for (;;) {
      const before = this.#at;
      if (isTerminator(this.#next())) {
        this.#at = before;
        break;
      }
    }
    const name = this.#take();
    nodes.push(
      name === "true" || name === "false" ? { type: "bool", value: name === "true" } : { type: "identifier", name },
    );
  }

  #recursive(nodes: Node[]): void {
    if (nodes.at(-1)?.type === "recursive") fail("invalid multiple recursive descent");
    this.#at += 2;
    this.#take();
    nodes.push({ type: "recursive" });
    const before = this.#at;
    const char = this.#next();
    this.#at = before;
    if (isAlphaNumeric(char)) this.#field(nodes);
  }

  #number(nodes: Node[]): void {
    if ("+-".includes(this.#input[this.#at] ?? " ")) this.#at++;
    while (/^[.\d]$/.test(this.#input[this.#at] ?? "")) this.#at++;
    const text = this.#take();
    if (/^[+-]?\d+$/.test(text)) nodes.push({ type: "number", value: Number(text), float: false });
    else if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) nodes.push({ type: "number", value: Number(text), float: true });
    else fail(`cannot parse number ${text}`);
  }

  #array(nodes: Node[]): void {
    for (let char = this.#next(); char !== "]"; char = this.#next())
      if (char === "" || char === "\n") fail("unterminated array");
    const inner = this.#take().slice(1, -1);
    const text = inner === "*" ? ":" : inner;
    const parts = text.split(",");
    if (parts.length > 1) {
      const lists = parts.map((part) => expression(`[${part.replace(/^ +| +$/g, "")}]`));
      nodes.push({ type: "union", lists });
      return;
    }
    const key = /^'([^']*)'$/.exec(text);
    if (key) {
      nodes.push(...expression(`.${key[1]}`).nodes);
      return;
    }
    const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
    if (!slice) throw new MalformedPath(`invalid array index ${text}`);
    const bound = (part: string | undefined): Bound => {
      if (part === undefined || part === "") return { value: undefined };
      if (part === "-") return fail("array index - is not a number");
      return { value: Number(part) };
    };
    const from = bound(slice[1]);
    const to = slice[2] === undefined ? { value: (from.value ?? 0) + 1, derived: true } : bound(slice[2].slice(1));
    nodes.push({ type: "array", from, to, step: bound(slice[3]?.slice(1)) });
  }

  #filter(nodes: Node[]): void {
    this.#at += 3;
    this.#take();
    let begun = false;
    let ended = false;
    let pair = "";
    for (;;) {
      const char = this.#next();
      if (char === "" || char === "\n") fail("unterminated filter");
      if (char === '"' || char === "'") {
        if (!begun) {
          begun = true;
          pair = char;
        } else if (this.#input[this.#at - 2] !== "\\" && char === pair) ended = true;
      } else if (char === ")" && begun === ended) break;
    }
    if (this.#next() !== "]") fail("unclosed array expect ]");
    const text = this.#take().slice(0, -2);
    const parts = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text);
    nodes.push(
      parts
        ? {
            type: "filter",
            left: expression(parts[1] ?? ""),
            operator: parts[2] ?? "",
            right: expression(parts[3] ?? ""),
          }
        : { type: "filter", left: expression(text), operator: "exists", right: { type: "list", nodes: [] } },
    );
  }

  #quoted(nodes: Node[], mark: string): void {
    for (;;) {
      const char = this.#next();
      if (char === "" || char === "\n") fail("unterminated quoted string");
      if (char === mark && this.#input[this.#at - 2] !== "\\") break;
    }
    const text = this.#take();
    const inner = text.slice(1, -1);
    const value =
      text.length < 2 ? undefined : /[\\]/.test(inner) || inner.includes(mark) ? unescaped(inner, mark) : inner;
    if (value === undefined) fail(`unquote string ${text} error invalid syntax`);
    nodes.push({ type: "text", text: value as string });
  }

  #field(nodes: Node[]): void {
    this.#take();
    for (;;) {
      const before = this.#at;
      const char = this.#next();
      if (char === "\\") this.#next();
      else if (isTerminator(char)) {
        this.#at = before;
        break;
      }
    }
    const name = this.#take();
    nodes.push(name === "*" ? { type: "wildcard" } : { type: "field", name: name.replaceAll("\\", "") });
  }
}
