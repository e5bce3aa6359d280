/** Scalars as libyaml's emitter writes them (go.yaml.in/yaml, `emitterc.go`): which style, and where lines fold. */

export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded";

/** Lines fold at the first blank behind this column. */
const bestWidth = 80;

const isBreak = (char: string | undefined) => char !== undefined && /[\r\n\u0085\u2028\u2029]/.test(char);
/** Characters beyond the basic plane do not count as printable. */
const isPrintable = (char: string) => /[\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(char);

interface Analysis {
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
  readonly multiline: boolean;
}

function analyze(chars: readonly string[]): Analysis {
  const text = chars.join("");
  if (text === "") return { plain: true, single: true, block: false, multiline: false };
  const at = (pattern: RegExp) => pattern.test(text);
  const spaceThenBreak = at(/ [\r\n\u0085\u2028\u2029]/);
  const special = spaceThenBreak || chars.some((char) => !isPrintable(char));
  const breakThenSpace = at(/[\r\n\u0085\u2028\u2029] /);
  const indicators = at(
    /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \t]|$))|.:(?:[ \t]|$)|[ \t\r\n\u0085\u2028\u2029]#/s,
  );
  const multiline = chars.some(isBreak);
  const edges = at(/^[ \r\n\u0085\u2028\u2029]|[ \r\n\u0085\u2028\u2029]$/);
  return {
    plain: !(special || multiline || indicators || edges),
    single: !(special || breakThenSpace),
    block: !(special || text.endsWith(" ")),
    multiline,
  };
}

export interface ScalarPlace {
  /** Blanks in front of what continues the scalar on the next line. */
  readonly indent: number;
  /** Where it begins on its line. */
  readonly column: number;
  /** A key does not fold. */
  readonly key: boolean;
}

/** @param wanted the style; one that does not fit gives way to the next that does */
export function writeScalar(text: string, wanted: ScalarStyle, place: ScalarPlace): string {
  const chars = [...text];
  const fits = analyze(chars);
  let style = place.key && fits.multiline ? "double" : wanted;
  if (style === "plain" && (!fits.plain || (text === "" && place.key))) style = "single";
  if (style === "single" && !fits.single) style = "double";
  if ((style === "literal" || style === "folded") && (!fits.block || place.key)) style = "double";
  switch (style) {
    case "plain":
      return flow(chars, "plain", place);
    case "single":
      return `'${flow(chars, "single", { ...place, column: place.column + 1 })}'`;
    case "double":
      return `"${doubleQuoted(chars, { ...place, column: place.column + 1 })}"`;
    case "literal":
      return `|${hints(text)}\n${literalLines(text, place.indent)}`;
    default:
      return `>${hints(text)}\n${foldedLines(chars, place.indent)}`;
  }
}

const pad = (indent: number) => " ".repeat(indent);

function flow(chars: readonly string[], style: "plain" | "single", place: ScalarPlace): string {
  let out = "";
  let { column } = place;
  let spaces = false;
  let breaks = false;
  const write = (char: string) => {
    out += char;
    column += 1;
  };
  const indent = () => {
    if (!out.endsWith("\n")) out += "\n";
    out += pad(place.indent);
    column = place.indent;
  };
  chars.forEach((char, i) => {
    if (char === " ") {
      const inside = style === "plain" || (i > 0 && i < chars.length - 1);
      if (!place.key && !spaces && column > bestWidth && inside && chars[i + 1] !== " ") indent();
      else write(char);
      spaces = true;
    } else if (isBreak(char)) {
      if (!breaks && char === "\n") out += "\n";
      out += char;
      column = 0;
      breaks = true;
    } else {
      if (breaks) indent();
      if (style === "single" && char === "'") write("'");
      write(char);
      spaces = false;
      breaks = false;
    }
  });
  return breaks ? out + pad(place.indent) : out;
}

const escapes: Readonly<Record<string, string>> = {
  "\0": "0",
  "\u0007": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\u001b": "e",
  '"': '"',
  "\\": "\\",
  "\u0085": "N",
  "\u00a0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

function escaped(char: string): string {
  const short = escapes[char];
  if (short !== undefined) return `\\${short}`;
  const code = char.codePointAt(0) ?? 0;
  const [letter, digits] = code <= 0xff ? ["x", 2] : code <= 0xffff ? ["u", 4] : ["U", 8];
  return `\\${letter}${code
    .toString(16)
    .toUpperCase()
    .padStart(digits as number, "0")}`;
}

function doubleQuoted(chars: readonly string[], place: ScalarPlace): string {
  let out = "";
  let { column } = place;
  let spaces = false;
  const write = (text: string) => {
    out += text;
    column += text.length;
  };
  chars.forEach((char, i) => {
    if (!isPrintable(char) || isBreak(char) || char === '"' || char === "\\" || char === "\ufeff") {
      write(escaped(char));
      spaces = false;
    } else if (char === " ") {
      if (!place.key && !spaces && column > bestWidth && i > 0 && i < chars.length - 1) {
        out += `\n${pad(place.indent)}${chars[i + 1] === " " ? "\\" : ""}`;
        column = place.indent;
      } else write(char);
      spaces = true;
    } else {
      out += char;
      column += 1;
      spaces = false;
    }
  });
  return out;
}

/** Indentation and chomping. */
function hints(text: string): string {
  const trailing = /[\r\n\u0085\u2028\u2029]*$/.exec(text)?.[0].length ?? 0;
  const chomp = trailing === 0 ? "-" : trailing === 1 && text.length > 1 ? "" : "+";
  return `${/^[ \r\n\u0085\u2028\u2029]/.test(text) ? "2" : ""}${chomp}`;
}

const literalLines = (text: string, indent: number): string =>
  (text.endsWith("\n") ? text.slice(0, -1) : text)
    .split("\n")
    .map((line) => (line === "" ? "" : pad(indent) + line))
    .join("\n");

function foldedLines(chars: readonly string[], indent: number): string {
  let out = "";
  let column = 0;
  let breaks = true;
  let leading = true;
  chars.forEach((char, i) => {
    if (char === "\n") {
      if (!breaks && !leading) {
        const next = chars.slice(i).find((c) => c !== "\n");
        if (next !== undefined && next !== " " && next !== "\t") out += "\n";
      }
      out += "\n";
      column = 0;
      breaks = true;
      return;
    }
    if (breaks) {
      out += pad(indent);
      column = indent;
      leading = char === " " || char === "\t";
    }
    if (!breaks && char === " " && chars[i + 1] !== " " && column > bestWidth) {
      out += `\n${pad(indent)}`;
      column = indent;
    } else {
      out += char;
      column += 1;
    }
    breaks = false;
  });
  return out.endsWith("\n") ? out.slice(0, -1) : out;
}
