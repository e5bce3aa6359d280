/** Go's quoting of strings (`strconv`). */

const simple: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** Letters, marks, numbers, punctuation, symbols and the plain blank (`unicode.IsPrint`). */
export const isPrint = (char: string): boolean => char === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);

/** `strconv.Quote`, or with `'` for a rune. */
export function quote(text: string, mark = '"', asciiOnly = false): string {
  let out = mark;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === mark) out += `\\${char}`;
    else if (simple[char]) out += simple[char];
    else if (isPrint(char) && (!asciiOnly || code < 128)) out += char;
    else if (code < 128) out += `\\x${hex(code, 2)}`;
    else out += code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
  }
  return out + mark;
}

const hex = (code: number, width: number): string => code.toString(16).padStart(width, "0");

const letters: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/**
 * What the text between two quotes stands for; undefined when Go would call it invalid syntax.
 * @param mark the quote around it: only that one may be escaped
 */
export function unescaped(body: string, mark: string): string | undefined {
  const pattern =
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([abfnrtv\\'"]))|\\|([^\\])/gsu;
  const bytes: Buffer[] = [];
  for (const [, x, u, long, octal, letter, plain] of body.matchAll(pattern)) {
    if (plain !== undefined) {
      if (plain === mark || plain === "\n") return undefined;
      bytes.push(Buffer.from(plain));
    } else if (x !== undefined || octal !== undefined) {
      const code = x === undefined ? Number.parseInt(octal as string, 8) : Number.parseInt(x, 16);
      if (code > 255) return undefined;
      bytes.push(Buffer.from([code]));
    } else if (u !== undefined || long !== undefined) {
      const code = Number.parseInt((u ?? long) as string, 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
      bytes.push(Buffer.from(String.fromCodePoint(code)));
    } else if (letter !== undefined) {
      if ((letter === "'" || letter === '"') && letter !== mark) return undefined;
      bytes.push(Buffer.from(letters[letter] as string));
    } else return undefined;
  }
  return Buffer.concat(bytes).toString();
}

/** `strconv.Unquote` of a string in double quotes or backquotes; undefined for invalid syntax. */
export function unquote(text: string): string | undefined {
  const mark = text[0];
  if (text.length < 2 || text.at(-1) !== mark) return undefined;
  const body = text.slice(1, -1);
  if (mark === "`") return body.includes("`") ? undefined : body.replaceAll("\r", "");
  return mark === '"' ? unescaped(body, '"') : undefined;
}
