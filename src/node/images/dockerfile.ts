/** One instruction of a Dockerfile, its words not yet expanded. */
export interface Instruction {
  /** First line of the file it stands on, from 1. */
  readonly line: number;
  readonly name: InstructionName;
  /** `--from=build` → `{ from: "build" }` */
  readonly flags: Readonly<Record<string, string>>;
  /** The text after name and flags. */
  readonly text: string;
  /** The words, when the text is a JSON array. */
  readonly json?: readonly string[];
}

const flagsOf = {
  FROM: [],
  COPY: ["from", "chown", "chmod"],
  ADD: ["chown", "chmod"],
  RUN: [],
  ENV: [],
  WORKDIR: [],
  USER: [],
  EXPOSE: [],
  ENTRYPOINT: [],
  CMD: [],
  LABEL: [],
  ARG: [],
} as const satisfies Record<string, readonly string[]>;

export type InstructionName = keyof typeof flagsOf;

/** A mistake in a Dockerfile, or something of it that is not supported; the message begins with file and line. */
export class DockerfileError extends Error {
  constructor(line: number, message: string) {
    super(`Dockerfile:${line}: ${message}`);
  }
}

/** @throws DockerfileError naming the first instruction that is unknown or malformed */
export function parseDockerfile(source: string): Instruction[] {
  const instructions: Instruction[] = [];
  for (const { line, text } of logicalLines(source)) instructions.push(parseInstruction(line, text));
  if (instructions.length === 0) throw new DockerfileError(1, "the file has no instructions");
  return instructions;
}

/** Lines with continuations joined, comments and empty lines left out. */
function logicalLines(source: string): { line: number; text: string }[] {
  const out: { line: number; text: string }[] = [];
  const lines = source.replace(/^\uFEFF/, "").split(/\r?\n/);
  const continuation = /^#\s*escape\s*=\s*`/im.test(lines.slice(0, 3).join("\n")) ? "`" : "\\";
  let open: { line: number; text: string } | undefined;
  for (const [i, raw] of lines.entries()) {
    if (/^\s*#/.test(raw) || (open && raw.trim() === "")) continue;
    const trimmed = raw.replace(/\s+$/, "");
    const continues = trimmed.endsWith(continuation);
    const part = continues ? trimmed.slice(0, -1) : raw;
    open = open ? { line: open.line, text: open.text + part } : { line: i + 1, text: part };
    if (continues) continue;
    if (open.text.trim() !== "") out.push({ line: open.line, text: open.text.trim() });
    open = undefined;
  }
  if (open && open.text.trim() !== "") out.push({ line: open.line, text: open.text.trim() });
  return out;
}

function parseInstruction(line: number, text: string): Instruction {
  const [word = ""] = text.split(/\s/, 1);
  const name = word.toUpperCase();
  if (!(name in flagsOf)) throw new DockerfileError(line, `the instruction ${name} is not supported`);
  const known: readonly string[] = flagsOf[name as InstructionName];
  let rest = text.slice(word.length).trim();
  const flags: Record<string, string> = {};
  for (
    let match = /^--([a-z-]+)(?:=(\S*))?(?:\s+|$)/.exec(rest);
    match;
    match = /^--([a-z-]+)(?:=(\S*))?(?:\s+|$)/.exec(rest)
  ) {
    const flag = match[1] as string;
    if (!known.includes(flag) || match[2] === undefined)
      throw new DockerfileError(line, `the flag --${flag} of ${name} is not supported`);
    flags[flag] = match[2];
    rest = rest.slice(match[0].length);
  }
  if (rest === "") throw new DockerfileError(line, `${name} needs an argument`);
  if (/<<-?["']?\w+/.test(rest) && ["RUN", "COPY", "ADD"].includes(name))
    throw new DockerfileError(line, `here-documents (${name} <<…) are not supported`);
  const json = parseJson(rest);
  return { line, name: name as InstructionName, flags, text: rest, ...(json ? { json } : {}) };
}

/** Docker takes anything that is not a JSON array of strings for a shell command. */
function parseJson(text: string): readonly string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Puts variables in: `$name`, `${name}`, `${name:-default}`, `${name:+alternative}`; a backslash keeps a dollar sign.
 * Quotes are left alone.
 */
export function expand(text: string, variables: ReadonlyMap<string, string>, line: number): string {
  return text.replace(
    /\\([\s\S])|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::([-+])([^}]*))?\}|\{([^}]*)\})/g,
    (whole, escaped, bare, braced, operator, word, bad) => {
      if (escaped !== undefined) return escaped === "$" ? "$" : whole;
      if (bad !== undefined) throw new DockerfileError(line, `the substitution ${whole} is not supported`);
      const value = variables.get(bare ?? braced);
      if (operator === "-") return value || expand(word, variables, line);
      if (operator === "+") return value ? expand(word, variables, line) : "";
      return value ?? "";
    },
  );
}

/** Splits into words as a shell would: quotes group and go away, a backslash takes the next character as it is. */
export function splitWords(text: string, line: number): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (c === "\\" && quote !== "'" && i + 1 < text.length) word = (word ?? "") + (text[++i] as string);
    else if (quote) {
      if (c === quote) quote = "";
      else word += c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= "";
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + c;
  }
  if (quote) throw new DockerfileError(line, `a quote (${quote}) is not closed`);
  if (word !== undefined) words.push(word);
  return words;
}
