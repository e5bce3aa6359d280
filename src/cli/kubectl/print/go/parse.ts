/** Reads a Go template (`text/template`) into nodes. */
import { lex, type Token, tokenText } from "./lex.ts";
import { type Argument, type Command, isEmpty, type List, nodeText, type Pipe, type TemplateNode } from "./nodes.ts";
import { quote, unescaped, unquote } from "./quote.ts";

/** With Go's text: `template: output:1: …`. */
export class TemplateSyntaxError extends Error {
  override readonly name = "TemplateSyntaxError";
}

/** Every template by its name; the main one is `output`. */
export type Templates = Map<string, List>;

export const mainTemplate = "output";

/** @param functions the names that may be called @throws TemplateSyntaxError */
export function parseTemplate(text: string, functions: ReadonlySet<string>): Templates {
  const templates: Templates = new Map();
  new Parser(text, functions, templates).parseMain();
  return templates;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #functions: ReadonlySet<string>;
  readonly #templates: Templates;
  #at = 0;
  /** The furthest token read: errors name its line. */
  #furthest = 0;
  #variables: string[] = ["$"];
  #rangeDepth = 0;
  #actionLine = 0;

  constructor(text: string, functions: ReadonlySet<string>, templates: Templates) {
    this.#tokens = lex(text);
    this.#functions = functions;
    this.#templates = templates;
  }

  parseMain(): void {
    const nodes: TemplateNode[] = [];
    const { pos } = this.#peek();
    while (this.#peek().type !== "eof") {
      if (this.#peek().type === "leftDelim") {
        const before = this.#at;
        this.#next();
        const word = this.#nextNonSpace();
        if (word.type === "keyword" && word.text === "define") {
          this.#definition();
          continue;
        }
        this.#at = before;
      }
      const node = this.#textOrAction();
      if (node.kind === "end" || node.kind === "else") this.#fail(`unexpected ${nodeText(node)}`);
      nodes.push(node);
    }
    this.#add(mainTemplate, { kind: "list", pos, nodes });
  }

  #fail(message: string): never {
    throw new TemplateSyntaxError(`template: ${mainTemplate}:${this.#tokens[this.#furthest]?.line ?? 1}: ${message}`);
  }

  #unexpected(token: Token, context: string): never {
    if (token.type !== "error") this.#fail(`unexpected ${tokenText(token)} in ${context}`);
    let extra = "";
    if (this.#actionLine !== 0 && this.#actionLine !== token.line) {
      extra = ` in action started at ${mainTemplate}:${this.#actionLine}`;
      if (token.text.endsWith(" action")) extra = extra.slice(" in action".length);
    }
    return this.#fail(tokenText(token) + extra);
  }

  #next(): Token {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
    this.#furthest = Math.max(this.#furthest, Math.min(this.#at, this.#tokens.length - 1));
    this.#at++;
    return token;
  }

  #peek(): Token {
    const token = this.#next();
    this.#at--;
    return token;
  }

  #nextNonSpace(): Token {
    let token = this.#next();
    while (token.type === "space") token = this.#next();
    return token;
  }

  #peekNonSpace(): Token {
    const token = this.#nextNonSpace();
    this.#at--;
    return token;
  }

  #expect(type: Token["type"], context: string): Token {
    const token = this.#nextNonSpace();
    if (token.type !== type) this.#unexpected(token, context);
    return token;
  }

  #add(name: string, list: List): void {
    const known = this.#templates.get(name);
    if (!known || isEmpty(known)) this.#templates.set(name, list);
    else if (!isEmpty(list)) this.#fail(`template: multiple definition of template ${quote(name)}`);
  }

  #definition(): void {
    const context = "define clause";
    const name = this.#nextNonSpace();
    if (name.type !== "string" && name.type !== "rawString") this.#unexpected(name, context);
    const text = unquote(name.text) ?? this.#fail("invalid syntax");
    this.#expect("rightDelim", context);
    this.#apart(() => {
      const { list, end } = this.#itemList();
      if (end.kind !== "end") this.#fail(`unexpected ${nodeText(end)} in ${context}`);
      this.#add(text, list);
    });
  }

  /** A template within another has variables of its own. */
  #apart(work: () => void): void {
    const [variables, depth] = [this.#variables, this.#rangeDepth];
    this.#variables = ["$"];
    this.#rangeDepth = 0;
    work();
    this.#variables = variables;
    this.#rangeDepth = depth;
  }

  #itemList(): { list: List; end: TemplateNode } {
    const nodes: TemplateNode[] = [];
    const { pos } = this.#peekNonSpace();
    while (this.#peekNonSpace().type !== "eof") {
      const node = this.#textOrAction();
      if (node.kind === "end" || node.kind === "else") return { list: { kind: "list", pos, nodes }, end: node };
      nodes.push(node);
    }
    return this.#fail("unexpected EOF");
  }

  #textOrAction(): TemplateNode {
    const token = this.#nextNonSpace();
    if (token.type === "text") return { kind: "text", pos: token.pos, text: token.text };
    if (token.type !== "leftDelim") return this.#unexpected(token, "input");
    this.#actionLine = token.line;
    try {
      return this.#action();
    } finally {
      this.#actionLine = 0;
    }
  }

  #action(): TemplateNode {
    const token = this.#nextNonSpace();
    if (token.type === "keyword") {
      switch (token.text) {
        case "block":
          return this.#block();
        case "break":
        case "continue":
          return this.#jump(token.pos, token.text);
        case "else": {
          const ahead = this.#peekNonSpace();
          if (ahead.type === "keyword" && (ahead.text === "if" || ahead.text === "with"))
            return { kind: "else", pos: ahead.pos };
          return { kind: "else", pos: this.#expect("rightDelim", "else").pos };
        }
        case "end":
          return { kind: "end", pos: this.#expect("rightDelim", "end").pos };
        case "if":
        case "range":
        case "with":
          return this.#control(token.text);
        case "template":
          return this.#template();
      }
    }
    this.#at--;
    const { pos } = this.#peek();
    return { kind: "action", pos, pipe: this.#pipeline("command", "rightDelim") };
  }

  #jump(pos: number, word: "break" | "continue"): TemplateNode {
    const token = this.#nextNonSpace();
    if (token.type !== "rightDelim") this.#unexpected(token, `{{${word}}}`);
    if (this.#rangeDepth === 0) this.#fail(`{{${word}}} outside {{range}}`);
    return { kind: word, pos };
  }

  #control(kind: "if" | "range" | "with"): TemplateNode {
    const known = this.#variables.length;
    const pipe = this.#pipeline(kind, "rightDelim");
    if (kind === "range") this.#rangeDepth++;
    const { list, end } = this.#itemList();
    if (kind === "range") this.#rangeDepth--;
    let otherwise: List | undefined;
    if (end.kind === "else") {
      const ahead = this.#peek();
      if (kind !== "range" && ahead.type === "keyword" && ahead.text === kind) {
        this.#next();
        otherwise = { kind: "list", pos: end.pos, nodes: [this.#control(kind)] };
      } else {
        const rest = this.#itemList();
        if (rest.end.kind !== "end") this.#fail(`expected end; found ${nodeText(rest.end)}`);
        otherwise = rest.list;
      }
    }
    this.#variables.length = known;
    return { kind, pos: pipe.pos, pipe, list, otherwise };
  }

  #templateName(token: Token, context: string): string {
    if (token.type !== "string" && token.type !== "rawString") this.#unexpected(token, context);
    return unquote(token.text) ?? this.#fail("invalid syntax");
  }

  #template(): TemplateNode {
    const context = "template clause";
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, context);
    let pipe: Pipe | undefined;
    if (this.#nextNonSpace().type !== "rightDelim") {
      this.#at--;
      pipe = this.#pipeline(context, "rightDelim");
    }
    return { kind: "template", pos: token.pos, name, pipe };
  }

  #block(): TemplateNode {
    const context = "block clause";
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, context);
    const pipe = this.#pipeline(context, "rightDelim");
    this.#apart(() => {
      const { list, end } = this.#itemList();
      if (end.kind !== "end") this.#fail(`unexpected ${nodeText(end)} in ${context}`);
      this.#add(name, list);
    });
    return { kind: "template", pos: token.pos, name, pipe };
  }

  #pipeline(context: string, end: "rightDelim" | "rightParen"): Pipe {
    const { pos } = this.#peekNonSpace();
    const declared: string[] = [];
    let assigns = false;
    for (let again = true; again; ) {
      again = false;
      if (this.#peekNonSpace().type !== "variable") break;
      const before = this.#at;
      const variable = this.#next();
      const ahead = this.#peekNonSpace();
      if (ahead.type === "assign" || ahead.type === "declare") {
        assigns = ahead.type === "assign";
        this.#nextNonSpace();
        declared.push(variable.text);
        this.#variables.push(variable.text);
      } else if (ahead.type === "char" && ahead.text === ",") {
        this.#nextNonSpace();
        declared.push(variable.text);
        this.#variables.push(variable.text);
        if (context === "range" && declared.length < 2) {
          const { type } = this.#peekNonSpace();
          if (type === "variable" || type === "rightDelim" || type === "rightParen") again = true;
          else this.#fail("range can only initialize variables");
        } else this.#fail(`too many declarations in ${context}`);
      } else this.#at = before;
    }
    const commands: Command[] = [];
    for (;;) {
      const token = this.#nextNonSpace();
      if (token.type === end) {
        if (commands.length === 0) this.#fail(`missing value for ${context}`);
        commands.slice(1).forEach(({ args }, i) => {
          if (["bool", "dot", "nil", "number", "string"].includes(args[0]?.kind ?? ""))
            this.#fail(`non executable command in pipeline stage ${i + 2}`);
        });
        return { kind: "pipe", pos, declared, assigns, commands };
      }
      if (!startsOperand(token)) this.#unexpected(token, context);
      this.#at--;
      commands.push(this.#command());
    }
  }

  #command(): Command {
    const { pos } = this.#peekNonSpace();
    const args: Argument[] = [];
    for (;;) {
      this.#peekNonSpace();
      const operand = this.#operand();
      if (operand) args.push(operand);
      const token = this.#next();
      if (token.type === "space") continue;
      if (token.type === "rightDelim" || token.type === "rightParen") this.#at--;
      else if (token.type !== "pipe") this.#unexpected(token, "operand");
      break;
    }
    if (args.length === 0) this.#fail("empty command");
    return { kind: "command", pos, args };
  }

  #operand(): Argument | undefined {
    const node = this.#term();
    if (!node || this.#peek().type !== "field") return node;
    const { pos } = this.#peek();
    const fields: string[] = [];
    while (this.#peek().type === "field") fields.push(this.#next().text.slice(1));
    switch (node.kind) {
      case "field":
      case "variable":
        return { ...node, pos, ident: [...node.ident, ...fields] };
      case "bool":
      case "string":
      case "number":
      case "nil":
      case "dot":
        return this.#fail(`unexpected . after term ${quote(nodeText(node))}`);
      default:
        return { kind: "chain", pos, node, fields };
    }
  }

  #term(): Argument | undefined {
    const token = this.#nextNonSpace();
    const { pos, text } = token;
    switch (token.type) {
      case "identifier":
        if (!this.#functions.has(text)) this.#fail(`function ${quote(text)} not defined`);
        return { kind: "identifier", pos, name: text };
      case "keyword":
        if (text === ".") return { kind: "dot", pos };
        if (text === "nil") return { kind: "nil", pos };
        break;
      case "variable":
        if (!this.#variables.includes(text)) this.#fail(`undefined variable ${quote(text)}`);
        return { kind: "variable", pos, ident: [text] };
      case "field":
        return { kind: "field", pos, ident: [text.slice(1)] };
      case "bool":
        return { kind: "bool", pos, value: text === "true" };
      case "charConstant":
      case "complex":
      case "number":
        return this.#number(token);
      case "leftParen":
        return this.#pipeline("parenthesized pipeline", "rightParen");
      case "string":
      case "rawString":
        return { kind: "string", pos, quoted: text, text: unquote(text) ?? this.#fail("invalid syntax") };
    }
    this.#at--;
    return undefined;
  }

  #number({ type, pos, text }: Token): Argument {
    if (type === "charConstant") {
      const chars = [...(unescaped(text.slice(1, -1), "'") ?? "")];
      if (chars.length !== 1) return this.#fail(`malformed character constant: ${text}`);
      return { kind: "number", pos, text, type: "int", value: (chars[0] as string).codePointAt(0) ?? 0 };
    }
    if (type === "complex" || text.endsWith("i")) return this.#fail(`complex numbers are not supported: ${text}`);
    const plain = text.replace(/(?<=[\da-fA-FxXoObB])_(?=[\da-fA-F])/g, "");
    const [, sign = "", digits = ""] = /^([+-]?)(.*)$/.exec(plain) ?? [];
    const whole = /^(0[xX][\da-fA-F]+|0[oO]?[0-7]*|0[bB][01]+|[1-9]\d*)$/.test(digits);
    if (whole) {
      const spelled = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
      const size = BigInt(spelled);
      const value = sign === "-" ? -size : size;
      if (value >= 1n << 64n || value < -(1n << 63n)) return this.#fail(`integer overflow: ${quote(text)}`);
      return { kind: "number", pos, text, type: "int", value: Number(value), overflow: value >= 1n << 63n };
    }
    if (!/^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(digits)) return this.#fail(`bad number syntax: ${quote(text)}`);
    return { kind: "number", pos, text, type: "float64", value: Number(plain) };
  }
}

const startsOperand = ({ type, text }: Token): boolean =>
  [
    ...["bool", "charConstant", "complex", "field", "identifier", "number", "rawString", "string", "variable"],
    "leftParen",
  ].includes(type) ||
  (type === "keyword" && (text === "." || text === "nil"));
