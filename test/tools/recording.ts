/**
 * What a server was asked and what it answered, as data: lines of JSON, compressed. Long bodies, such as discovery, which most
 * commands ask for, stand there once.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { Result } from "../kubectl/in-process.ts";

export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Those that the answer depends on. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Pieces of the body as they came: one for all but watches. */
  readonly chunks: readonly string[];
  /** False: the client went before the answer was complete. */
  readonly ended: boolean;
}

export interface Exchange {
  readonly asked: Asked;
  readonly answered: Answered;
}

export interface RecordedCommand {
  /** As it stands in the file of commands. */
  readonly text: string;
  /** What the real kubectl printed. */
  readonly real: Result;
  /** When ours was run, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** What ours asked, in order. */
  readonly exchanges: readonly Exchange[];
}

export interface RecordedSection {
  readonly title: string;
  readonly commands: readonly RecordedCommand[];
}

/** Shorter texts stand where they belong. */
const long = 200;

type Line = { readonly text: string } | { readonly section: RecordedSection };

/** Texts of the lines before are referred to by their number. */
type Reference = { readonly $: number };

export function writeRecording(path: string, sections: readonly RecordedSection[]): void {
  const numbers = new Map<string, number>();
  const lines: Line[] = [];
  for (const section of sections) {
    const compact = mapTexts(section, (text) => {
      if (text.length < long) return text;
      if (!numbers.has(text)) {
        numbers.set(text, numbers.size);
        lines.push({ text });
      }
      return { $: numbers.get(text) as number };
    });
    lines.push({ section: compact as RecordedSection });
  }
  const whole = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  // The largest window: what is alike may lie megabytes apart.
  const params = {
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: whole.length,
  };
  writeFileSync(path, brotliCompressSync(whole, { params }));
}

/** @throws Error when there is none */
export function readRecording(path: string): RecordedSection[] {
  const lines = brotliDecompressSync(readFileSync(path)).toString().trimEnd().split("\n");
  const texts: string[] = [];
  const sections: RecordedSection[] = [];
  for (const line of lines) {
    const parsed = JSON.parse(line) as Line;
    if ("text" in parsed) texts.push(parsed.text);
    else sections.push(resolved(parsed.section, texts) as RecordedSection);
  }
  return sections;
}

function mapTexts(value: unknown, map: (text: string) => string | Reference): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, map)]));
}

function resolved(value: unknown, texts: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, texts));
  if (typeof value !== "object" || value === null) return value;
  if ("$" in value) return texts[(value as Reference).$];
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, texts)]));
}

const depending = /^(?:accept|content-type|impersonate-.*)$/;

/** @param headers as Node.js has them, in lower case */
export function askedOf(
  method: string,
  path: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): Asked {
  const kept = Object.entries(headers).filter(([name, value]) => depending.test(name) && value !== undefined);
  return { method, path, headers: Object.fromEntries(kept.map(([n, v]) => [n, [v].flat().join(", ")])), body };
}

/** Equal for requests that ask the same, at whatever time. */
export function keyOf({ method, path, headers, body }: Asked): string {
  const [bare, query = ""] = path.split("?");
  const sorted = query.split("&").sort().join("&");
  const said = Object.keys(headers)
    .sort()
    .map((name) => `${name}: ${headers[name]}`);
  return [`${method} ${bare}${sorted ? `?${sorted}` : ""}`, ...said, canonical(body)].join("\n").replace(
    // Times of day that a client writes itself, such as that of a restart.
    /\d{4}-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g,
    "TIME",
  );
}

/** The order of fields is nobody's business. */
function canonical(body: string): string {
  try {
    return JSON.stringify(inOrder(JSON.parse(body)));
  } catch {
    return body;
  }
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, inOrder(item)]));
}
