/** The tokens of a Go template (`text/template`), with its complaints about characters. */
import { unicodePoint } from "./format.ts";
import { quote } from "./quote.ts";

export type TokenType =
  | "error"
  | "bool"
  | "char"
  | "charConstant"
  | "complex"
  | "assign"
  | "declare"
  | "eof"
  | "field"
  | "identifier"
  | "leftDelim"
  | "leftParen"
  | "number"
  | "pipe"
  | "rawString"
  | "rightDelim"
  | "rightParen"
  | "space"
  | "string"
  | "text"
  | "variable"
  | "keyword";

export interface Token {
  readonly type: TokenType;
  /** Index into the template. */
  readonly pos: number;
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

const keywords = new Set([
  ...["block", "break", "continue", "define", "else", "end", "if", "range", "nil", "template", "with"],
]);

/** As error messages name it. */
export function tokenText({ type, text }: Token): string {
  if (type === "eof") return "EOF";
  if (type === "error") return text;
  if (type === "keyword") return `<${text}>`;
  const chars = [...text];
  return chars.length > 10 && Buffer.byteLength(text) > 10 ? `${quote(chars.slice(0, 10).join(""))}...` : quote(text);
}

const isSpace = (char: string | undefined): boolean => char !== undefined && " \t\r\n".includes(char);
const isAlphaNumeric = (char: string | undefined): boolean => char !== undefined && /^[\p{L}\p{Nd}_]$/u.test(char);

/** All tokens; the last is `eof` or `error`. */
export function lex(input: string): Token[] {
  const tokens: Token[] = [];
  let pos = 0;
  let start = 0;
  let parens = 0;
  const lineAt = (index: number) => input.slice(0, index).split("\n").length;
  const emit = (type: TokenType) => {
    tokens.push({ type, pos: start, text: input.slice(start, pos), line: lineAt(start) });
    start = pos;
  };
  const fail = (message: string): Token[] => {
    tokens.push({ type: "error", pos: start, text: message, line: lineAt(start) });
    return tokens;
  };
  const charAt = (index: number): string | undefined => {
    const code = input.codePointAt(index);
    return code === undefined ? undefined : String.fromCodePoint(code);
  };
  const next = (): string | undefined => {
    const char = charAt(pos);
    pos += char?.length ?? 0;
    return char;
  };
  const shown = (char: string | undefined) =>
    char === undefined ? "U+FFFFFFFFFFFFFFFF" : unicodePoint(char.codePointAt(0) ?? 0, true);
  const atTerminator = (): boolean => {
    const char = charAt(pos);
    return char === undefined || isSpace(char) || ".,|:)(".includes(char) || input.startsWith("}}", pos);
  };
  /** Is the end of the action here, with or without its trim mark? */
  const atRightDelim = (): "trim" | "plain" | undefined => {
    if (isSpace(input[pos]) && input.startsWith("-}}", pos + 1)) return "trim";
    return input.startsWith("}}", pos) ? "plain" : undefined;
  };

  for (;;) {
    // Text.
    const open = input.indexOf("{{", pos);
    if (open < 0) {
      pos = input.length;
      if (pos > start) emit("text");
      emit("eof");
      return tokens;
    }
    const trimsLeft = input[open + 2] === "-" && isSpace(input[open + 3]);
    const text = input.slice(start, open);
    const kept = trimsLeft ? text.replace(/[ \t\r\n]+$/, "") : text;
    pos = start + kept.length;
    if (kept !== "") emit("text");
    start = open;
    pos = open + 2;
    const afterMark = trimsLeft ? 2 : 0;
    if (input.startsWith("/*", pos + afterMark)) {
      pos += afterMark + 2;
      start = pos - 2;
      const close = input.indexOf("*/", pos);
      if (close < 0) return fail("unclosed comment");
      pos = close + 2;
      const end = atRightDelim();
      if (!end) return fail("comment ends before closing delimiter");
      pos += end === "trim" ? 4 : 2;
      if (end === "trim") while (isSpace(input[pos])) pos++;
      start = pos;
      continue;
    }
    emit("leftDelim");
    pos += afterMark;
    start = pos;
    parens = 0;
    const failure = insideAction();
    if (failure) return failure;
  }

  function insideAction(): Token[] | undefined {
    for (;;) {
      const end = atRightDelim();
      if (end) {
        if (parens > 0) return fail("unclosed left paren");
        if (end === "trim") {
          pos += 2;
          start = pos;
        }
        pos += 2;
        emit("rightDelim");
        if (end === "trim") while (isSpace(input[pos])) pos++;
        start = pos;
        return undefined;
      }
      const char = next();
      if (char === undefined) return fail("unclosed action");
      if (isSpace(char)) {
        while (isSpace(input[pos]) && !(isSpace(input[pos]) && input.startsWith("-}}", pos + 1))) pos++;
        // A run of blanks right before a trim mark belongs to the mark, but for the first.
        emit("space");
      } else if (char === "=") emit("assign");
      else if (char === ":") {
        if (next() !== "=") return fail("expected :=");
        emit("declare");
      } else if (char === "|") emit("pipe");
      else if (char === '"' || char === "'") {
        for (;;) {
          const inner = next();
          if (inner === char) break;
          const escaped = inner === "\\" ? next() : inner;
          if (escaped === undefined || escaped === "\n")
            return fail(char === '"' ? "unterminated quoted string" : "unterminated character constant");
        }
        emit(char === '"' ? "string" : "charConstant");
      } else if (char === "`") {
        const close = input.indexOf("`", pos);
        if (close < 0) return fail("unterminated raw quoted string");
        pos = close + 1;
        emit("rawString");
      } else if (char === "$" || (char === "." && !/\d/.test(input[pos] ?? ""))) {
        if (atTerminator()) {
          if (char === "$") emit("variable");
          else emit("keyword");
          continue;
        }
        while (isAlphaNumeric(charAt(pos))) next();
        if (!atTerminator()) return fail(`bad character ${shown(charAt(pos))}`);
        emit(char === "$" ? "variable" : "field");
      } else if (char === "." || /[+\-0-9]/.test(char)) {
        pos -= 1;
        if (!scanNumber()) return fail(`bad number syntax: ${quote(input.slice(start, pos))}`);
        if ("+-".includes(input[pos] ?? " ")) {
          if (!scanNumber() || input[pos - 1] !== "i")
            return fail(`bad number syntax: ${quote(input.slice(start, pos))}`);
          emit("complex");
        } else emit("number");
      } else if (isAlphaNumeric(char)) {
        while (isAlphaNumeric(charAt(pos))) next();
        const word = input.slice(start, pos);
        if (!atTerminator()) return fail(`bad character ${shown(charAt(pos))}`);
        emit(keywords.has(word) ? "keyword" : word === "true" || word === "false" ? "bool" : "identifier");
      } else if (char === "(") {
        emit("leftParen");
        parens++;
      } else if (char === ")") {
        parens--;
        if (parens < 0) return fail("unexpected right paren");
        emit("rightParen");
      } else if (/^[!-~]$/.test(char)) emit("char");
      else return fail(`unrecognized character in action: ${shown(char)}`);
    }
  }

  function scanNumber(): boolean {
    const accept = (set: string) => {
      const char = input[pos];
      if (char === undefined || !set.includes(char)) return false;
      pos++;
      return true;
    };
    accept("+-");
    let digits = "0123456789_";
    if (accept("0")) {
      if (accept("xX")) digits = "0123456789abcdefABCDEF_";
      else if (accept("oO")) digits = "01234567_";
      else if (accept("bB")) digits = "01_";
    }
    while (accept(digits));
    if (accept(".")) while (accept(digits));
    if (digits.length === 11 && accept("eE")) {
      accept("+-");
      while (accept("0123456789_"));
    }
    if (digits.length === 23 && accept("pP")) {
      accept("+-");
      while (accept("0123456789_"));
    }
    accept("i");
    if (isAlphaNumeric(charAt(pos))) {
      next();
      return false;
    }
    return true;
  }
}
