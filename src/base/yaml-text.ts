/** YAML as Go's reader reads it: the first document of a text, and its words for what it cannot read. */
import type { Document, DocumentOptions, LineCounter, ParseOptions, SchemaOptions, ToJSOptions, YAMLError } from "yaml";
import { tooDeep } from "./json-scan.ts";
import { closingBracket, goYamlProblem } from "./yaml-problems.ts";

/** The message begins with `yaml: `. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  constructor(problem: string) {
    super(`yaml: ${problem}`);
  }
}

export interface YamlText {
  /** Absent where the text has no document. */
  readonly document?: Document;
  readonly lines: LineCounter;
}

type Options = ParseOptions & DocumentOptions & SchemaOptions;

/** @throws YamlError */
export async function firstDocument(text: string, options: Options): Promise<YamlText> {
  const { isCollection, LineCounter, parseAllDocuments, visit } = await import("yaml");
  const read = (part: string) => {
    const lines = new LineCounter();
    const [document] = parseAllDocuments(part, { ...options, lineCounter: lines }) as Document[];
    const problems = document?.errors ?? [];
    return { document, lines, problems };
  };
  const whole = read(text);
  // What comes behind the outermost bracket Go never reads.
  const end = whole.problems.length > 0 ? closingBracket(text) : undefined;
  const { problems, document, lines } = end === undefined ? whole : read(text.slice(0, end));
  if (problems.length > 0) throw new YamlError(problemText(whole.problems, text));
  if (!document) {
    // Directives, of a document that is not there.
    if (text.startsWith("%"))
      throw new YamlError(`line ${text.trimEnd().split("\n").length}: did not find expected <document start>`);
    return { lines };
  }
  visit(document, {
    Pair(_, { key }) {
      if (isCollection(key)) throw new YamlError(`invalid map key: ${goValue(key.toJS(document))}`);
    },
  });
  return { document, lines };
}

/** As Go's `%#v` shows what its YAML reader made of a value: of a template's `{{ x }}` for example. */
function goValue(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goValue).join(", ")}}`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[interface {}]interface {}{${entries.map(([k, v]) => `${JSON.stringify(k)}:${goValue(v)}`).join(", ")}}`;
}

/** The parser recurses: what is nested too deep for it ends in an exhausted stack. */
const isTooDeep = (message: string) => message.includes("call stack");
const depthText = `${tooDeep} of 10000`;

function problemText([first, ...more]: readonly YAMLError[], text: string): string {
  if (!first) return "";
  if (!isTooDeep(first.message)) return goYamlProblem([first, ...more], text);
  const line = first.linePos?.[0].line;
  return `${line ? `line ${line}: ` : ""}${depthText}`;
}

/** @throws YamlError */
export function documentValue(document: Document, options?: ToJSOptions): unknown {
  try {
    return document.toJS(options);
  } catch (error) {
    const why = (error as Error).message;
    const [, anchor] = /^Unresolved alias \(the anchor must be set before the alias\): (.*)/.exec(why) ?? [];
    throw new YamlError(isTooDeep(why) ? depthText : anchor ? `unknown anchor '${anchor}' referenced` : why);
  }
}
