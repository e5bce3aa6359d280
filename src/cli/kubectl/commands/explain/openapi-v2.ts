/** `explain -o plaintext-openapiv2`, out of the OpenAPI v2 document: the format of older kubectls. */
import { CommandError } from "../../core/command.ts";

export interface Definition {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly required?: readonly string[];
  readonly items?: Definition;
  readonly additionalProperties?: Definition | boolean;
  readonly "x-kubernetes-group-version-kind"?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

type Definitions = Readonly<Record<string, Definition>>;

/** @throws CommandError when the kind or the field is not described */
export function plaintextV2(
  definitions: Definitions,
  gvk: Kind,
  fields: readonly string[],
  recursive: boolean,
): string {
  const found = Object.values(definitions).find((d) =>
    d["x-kubernetes-group-version-kind"]?.some(
      (k) => k.group === gvk.group && k.version === gvk.version && k.kind === gvk.kind,
    ),
  );
  if (!found) throw new CommandError(`couldn't find resource for "${gvk.group}/${gvk.version}, Kind=${gvk.kind}"`);
  const printer = new Printer(definitions, gvk, recursive);
  return printer.model(fields.at(-1) ?? "", printer.lookUp(found, fields));
}

type Shape = "reference" | "array" | "map" | "kind" | "primitive" | "arbitrary";

function shapeOf(d: Definition): Shape {
  if (d.$ref !== undefined) return "reference";
  if (d.type === "array") return "array";
  if (d.properties) return "kind";
  if (d.type === "object") return "map";
  return d.type === undefined ? "arbitrary" : "primitive";
}

const anything: Definition = {};
const insideOf = (d: Definition): Definition =>
  d.type === "array"
    ? (d.items ?? anything)
    : typeof d.additionalProperties === "object"
      ? d.additionalProperties
      : anything;

class Printer {
  readonly #definitions: Definitions;
  readonly #gvk: Kind;
  readonly #recursive: boolean;
  /** References that are being printed: a cycle ends there. */
  readonly #open = new Set<string>();

  constructor(definitions: Definitions, gvk: Kind, recursive: boolean) {
    this.#definitions = definitions;
    this.#gvk = gvk;
    this.#recursive = recursive;
  }

  #target({ $ref = "" }: Definition): Definition {
    return this.#definitions[$ref.replace("#/definitions/", "")] ?? anything;
  }

  lookUp(start: Definition, fields: readonly string[]): Definition {
    let at = start;
    const left = [...fields];
    for (;;) {
      const shape = shapeOf(at);
      if (left.length === 0 || shape === "primitive" || shape === "arbitrary") return at;
      if (shape === "reference") at = this.#target(at);
      else if (shape === "kind") {
        const field = left.shift() as string;
        const next = at.properties?.[field];
        if (!next) throw new CommandError(`field ${JSON.stringify(field)} does not exist`);
        at = next;
      } else at = insideOf(at);
    }
  }

  model(name: string, start: Definition): string {
    const descriptions: string[] = [];
    let type = "";
    let at = start;
    for (;;) {
      const shape = shapeOf(at);
      descriptions.push(at.description ?? "");
      if (shape === "reference") at = this.#target(at);
      else if (shape === "array" || shape === "map") {
        type ||= this.#type(at);
        at = insideOf(at);
      } else {
        const { group, version, kind } = this.#gvk;
        const head = `KIND:     ${kind}\nVERSION:  ${group ? `${group}/` : ""}${version}\n\n`;
        const text = description(descriptions);
        if (shape === "arbitrary") return head + text;
        type ||= this.#type(at);
        if (shape === "primitive") return `${head}FIELD:    ${name} <${type}>\n\n${text}`;
        const title = name === "" ? "" : `RESOURCE: ${name} <${type}>\n\n`;
        return `${head}${title}${text}\nFIELDS:\n${this.#recursive ? this.#tree(at, 3) : this.#fields(at)}`;
      }
    }
  }

  #fields({ properties = {}, required = [] }: Definition): string {
    return Object.keys(properties)
      .sort()
      .map((name) => {
        const field = properties[name] as Definition;
        const mark = required.includes(name) ? " -required-" : "";
        return `   ${name}\t<${this.#type(field)}>${mark}\n${wrapped(field.description ?? "", 5)}\n`;
      })
      .join("");
  }

  #tree(d: Definition, indent: number): string {
    switch (shapeOf(d)) {
      case "reference": {
        const ref = d.$ref as string;
        if (this.#open.has(ref)) return "";
        this.#open.add(ref);
        const text = this.#tree(this.#target(d), indent);
        this.#open.delete(ref);
        return text;
      }
      case "array":
      case "map":
        return this.#tree(insideOf(d), indent);
      case "kind": {
        const { properties = {} } = d;
        return Object.keys(properties)
          .sort()
          .map((name) => {
            const field = properties[name] as Definition;
            return `${" ".repeat(indent)}${name}\t<${this.#type(field)}>\n${this.#tree(field, indent + 3)}`;
          })
          .join("");
      }
      default:
        return "";
    }
  }

  #type(d: Definition): string {
    switch (shapeOf(d)) {
      case "reference":
        return this.#type(this.#target(d));
      case "array":
        return `[]${this.#type(insideOf(d))}`;
      case "map":
        return `map[string]${this.#type(insideOf(d))}`;
      case "kind":
        return "Object";
      case "primitive":
        return d.type ?? "";
      default:
        return "";
    }
  }
}

function description(all: readonly string[]): string {
  const parts = all.flatMap((text, i) => (text === "" ? [] : [(i > 0 ? "\n" : "") + wrapped(text, 5)]));
  return `DESCRIPTION:\n${parts.length > 0 ? parts.join("") : "     <empty>\n"}`;
}

const bullet = /^(\d+\.?|-|\*)\s/;

/** Indented lines of at most 80 columns; what looks like a list, code or a paragraph keeps its lines. */
function wrapped(text: string, indent: number): string {
  const width = 80 - indent;
  const lines: string[] = [];
  let words: string[] = [];
  let lastWord = "";
  const flush = () => {
    if (words.length === 0) return;
    lines.push(words.join(" "));
    words = [];
    lastWord = "";
  };
  for (const line of text.split("\n")) {
    if (line.startsWith("    ")) {
      flush();
      lines.push(line);
      continue;
    }
    const bare = line.trim();
    if (lines.length > 0 && bare === "") {
      flush();
      lines.push("");
      continue;
    }
    if (lastWord.endsWith(":") || bare === "" || bullet.test(bare)) flush();
    for (const word of bare.split(/\s+/).filter(Boolean)) {
      lastWord = word;
      if (words.length > 0 && Buffer.byteLength([...words, word].join(" ")) > width) flush();
      words.push(word);
    }
  }
  flush();
  return lines.map((line) => (line === "" ? "\n" : `${" ".repeat(indent)}${line}\n`)).join("");
}
