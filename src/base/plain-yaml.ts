/**
 * Reads the plain part of YAML that programs write: block mappings and lists of words, without quotes, anchors or text over
 * several lines. For a file that every command reads, loading a YAML library takes longer than the rest of the reading.
 */

interface Line {
  readonly indent: number;
  readonly text: string;
}

const key = /^([a-z][\w./-]*):(?: (.*))?$/i;
/** Words that no reading of YAML takes for anything else than text. */
const word = /^[a-z/][\w+/=.@:-]*$/i;
const resolved = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const constants: ReadonlyMap<string, unknown> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

class NotPlain extends Error {}

/** @returns what a YAML library reads there, or undefined when it takes one to read it */
export function plainYaml(text: string): unknown {
  const lines = text.split("\n").flatMap((line): Line[] => {
    const content = line.trimStart();
    return content === "" || content.startsWith("#") ? [] : [{ indent: line.length - content.length, text: content }];
  });
  if (lines.length === 0 || /[^\n\x20-\x7e]/.test(text)) return undefined;
  try {
    const reader = new Reader(lines);
    const value = reader.block(0);
    return reader.isAtEnd ? value : undefined;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class Reader {
  readonly #lines: Line[];
  #at = 0;

  constructor(lines: Line[]) {
    this.#lines = lines;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#lines.length;
  }

  /** The mapping or list whose lines have this indent. */
  block(indent: number): unknown {
    return this.#isItem(indent) ? this.#list(indent) : this.#mapping(indent);
  }

  #isItem(indent: number): boolean {
    const line = this.#lines[this.#at];
    return line?.indent === indent && line.text.startsWith("- ");
  }

  #list(indent: number): unknown[] {
    const items: unknown[] = [];
    while (this.#isItem(indent)) {
      const content = (this.#lines[this.#at] as Line).text.slice(2);
      if (key.test(content)) {
        // The first line of a mapping, which begins behind the dash.
        this.#lines[this.#at] = { indent: indent + 2, text: content };
        items.push(this.#mapping(indent + 2));
      } else {
        this.#at++;
        items.push(scalar(content));
      }
    }
    return items;
  }

  #mapping(indent: number): Record<string, unknown> {
    const mapping: Record<string, unknown> = {};
    for (let line = this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      const [, name = "", text] = key.exec(line.text) ?? [];
      if (name === "" || resolved.test(name) || Object.hasOwn(mapping, name)) throw new NotPlain();
      this.#at++;
      mapping[name] = text === undefined ? this.#below(indent) : scalar(text);
    }
    return mapping;
  }

  /** The value of a key with nothing behind it. A list may stand as far left as its key. */
  #below(indent: number): unknown {
    const next = this.#lines[this.#at]?.indent ?? 0;
    if (next > indent) return this.block(next);
    return this.#isItem(indent) ? this.#list(indent) : null;
  }
}

/** @throws NotPlain */
function scalar(text: string): unknown {
  if (constants.has(text)) return constants.get(text);
  if (text === "{}") return {};
  if (text === "[]") return [];
  if (!word.test(text) || text.endsWith(":") || resolved.test(text)) throw new NotPlain();
  return text;
}
