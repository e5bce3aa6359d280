/** What config maps and secrets are made of: literals, files and environment files (api `kv`). */
import { isUtf8 } from "node:buffer";
import { basename } from "node:path/posix";
import { fail, quoted, within } from "./failure.ts";
import type { GeneratorArgs } from "./kustomization.ts";
import type { Loader } from "./loader.ts";

type Pair = readonly [key: string, value: Buffer];

const goList = (list: readonly string[]): string => `[${list.join(" ")}]`;

/** @throws KustomizeError for a key that comes twice */
export async function keyValues(args: GeneratorArgs, loader: Loader): Promise<Map<string, Buffer>> {
  const values = new Map<string, Buffer>();
  for (const [key, value] of await within("loading KV pairs", () => pairs(args, loader))) {
    if (values.has(key)) fail(`configmap ${args.name ?? ""} illegally repeats the key \`${key}\``);
    values.set(key, value);
  }
  return values;
}

async function pairs({ envs = [], literals = [], files = [] }: GeneratorArgs, loader: Loader): Promise<Pair[]> {
  return [
    ...(await within(`env source files: ${goList(envs)}`, () => each(envs, (path) => fromEnvFile(path, loader)))),
    ...(await within(`literal sources ${goList(literals)}`, () => literals.map(fromLiteral))),
    ...(await within(`file sources: ${goList(files)}`, () => each(files, (source) => fromFile(source, loader)))),
  ];
}

async function each(sources: readonly string[], read: (source: string) => Promise<Pair[]>): Promise<Pair[]> {
  const all: Pair[] = [];
  for (const source of sources) all.push(...(await read(source)));
  return all;
}

function fromLiteral(source: string): Pair {
  const equals = source.indexOf("=");
  if (equals < 1) fail(`invalid literal source ${source}, expected key=value`);
  return [source.slice(0, equals), Buffer.from(withoutQuotes(source.slice(equals + 1)))];
}

const withoutQuotes = (text: string): string => /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;

async function fromFile(source: string, loader: Loader): Promise<Pair[]> {
  const parts = source.split("=");
  const [key = "", path = ""] = parts.length === 1 ? [basename(source), source] : parts;
  if (parts.length > 2) fail(`source ${quoted(source)} key name or file path contains '='`);
  if (key === "") fail(`missing key name for file path ${quoted(path)} in source ${quoted(source)}`);
  if (path === "") fail(`missing file path for key name ${quoted(key)} in source ${quoted(source)}`);
  return [[key, await loader.bytes(path)]];
}

async function fromEnvFile(path: string, loader: Loader): Promise<Pair[]> {
  const bytes = await loader.bytes(path);
  const lines = bytes.toString("latin1").split("\n");
  return lines.flatMap((latin, i): Pair[] => {
    const raw = Buffer.from(latin.replace(/\r$/, ""), "latin1");
    if (!isUtf8(raw)) fail(`line ${i} has invalid utf8 bytes : ${raw.toString()}`);
    const line = (i === 0 ? raw.toString().replace(/^\ufeff/, "") : raw.toString()).trimStart();
    if (line === "" || line.startsWith("#")) return [];
    const equals = line.indexOf("=");
    return [equals < 0 ? [line, Buffer.alloc(0)] : [line.slice(0, equals), Buffer.from(line.slice(equals + 1))]];
  });
}
