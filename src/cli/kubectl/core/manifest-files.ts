/** What `-f` and `-k` name: files, directories, standard input, web addresses and kustomizations, as text. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import type { Readable } from "node:stream";
import { CommandError, CommandErrors, ContentError, type Io } from "./command.ts";
import type { FlagValues } from "./flags.ts";
import { glob } from "./glob.ts";

export interface ManifestText {
  /** Where it came from, as errors name it. */
  readonly name: string;
  readonly text: string;
}

/** What a file has, or why that cannot be had. */
export type GivenFile = ManifestText | { readonly error: ContentError };

const extensions = new Set([".json", ".yaml", ".yml"]);

/** The values of `-f` and `-k`; none of a command that has no such flags. */
export const givenFiles = (flags: FlagValues): string[] =>
  flags.has("filename") ? [...flags.list("filename"), ...kustomizationOf(flags)] : [];

export const kustomizationOf = (flags: FlagValues): string[] => {
  const directory = flags.has("kustomize") ? flags.string("kustomize") : "";
  return directory === "" ? [] : [directory];
};

/** @throws CommandError naming a file that is not there */
export async function readGivenFiles(flags: FlagValues, io: Io): Promise<GivenFile[]> {
  const files = flags.list("filename");
  const recursive = flags.has("recursive") && flags.bool("recursive");
  const [kustomization] = kustomizationOf(flags);
  if (kustomization === undefined) return tryFiles(files, recursive, io);
  const problems = [
    ...(files.length > 0 ? ["only one of -f or -k can be specified"] : []),
    ...(recursive ? ["the -k flag can't be used with -f or -R"] : []),
  ];
  if (problems.length > 0) throw new CommandErrors(problems.map((problem) => new CommandError(problem)));
  const { kustomizationText } = await import("./kustomizations.ts");
  return [await tried(kustomization, () => kustomizationText(kustomization, io))];
}

type Streams = Pick<Io, "stdin" | "env">;

/** @throws CommandError naming what cannot be read */
export async function readFiles(files: readonly string[], recursive: boolean, io: Streams): Promise<ManifestText[]> {
  return (await tryFiles(files, recursive, io)).map((file) => {
    if ("error" in file) throw file.error;
    return file;
  });
}

/** Whether all files are there is known before one is read. */
async function tryFiles(files: readonly string[], recursive: boolean, io: Streams): Promise<GivenFile[]> {
  const readers = files.flatMap((file): (() => Promise<GivenFile>)[] => {
    if (file === "-") return [() => tried("STDIN", () => readAll(io.stdin))];
    if (isWebAddress(file)) return [() => tried(file, () => download(file, io.env))];
    const paths = named(file).flatMap((one) => expand(one, recursive, true));
    return paths.map((path) => () => tried(path, async () => decoded(readFileSync(path))));
  });
  const all: GivenFile[] = [];
  for (const read of readers) all.push(await read());
  return all;
}

async function tried(name: string, read: () => Promise<string>): Promise<GivenFile> {
  try {
    return { name, text: await read() };
  } catch (error) {
    if (error instanceof ContentError) return { error };
    throw error;
  }
}

/** @throws CommandError for what looks like an address and is none */
function isWebAddress(file: string): boolean {
  if (!/^https?:\/\//.test(file)) return false;
  if (!URL.canParse(file)) throw new CommandError(`the URL passed to filename ${JSON.stringify(file)} is not valid`);
  return true;
}

async function download(url: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { readWebFile } = await import("./web-file.ts");
  return readWebFile(url, env);
}

/** What is no path may be a pattern. @throws CommandError for one that nothing fits */
function named(path: string): string[] {
  if (existsSync(path)) return [path];
  const found = glob(path);
  if (found === undefined)
    throw new CommandError(`pattern ${JSON.stringify(path)} is not valid: syntax error in pattern`);
  if (found.length === 0) throw new CommandError(`the path "${path}" does not exist`);
  return found;
}

function expand(path: string, recursive: boolean, top: boolean): string[] {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch {
    throw new CommandError(`the path "${path}" does not exist`);
  }
  if (!isDirectory) return top || extensions.has(extname(path)) ? [path] : [];
  const found = readdirSync(path)
    .sort()
    .flatMap((name) => {
      const child = join(path, name);
      return statSync(child).isDirectory() && !recursive ? [] : expand(child, recursive, false);
    });
  if (top && found.length === 0) {
    throw new CommandError(`error reading [${path}]: recognized file extensions are [.json .yaml .yml]`);
  }
  return found;
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return decoded(Buffer.concat(chunks));
}

/** UTF-8, or the UTF-16 that Windows' tools write, whose first two bytes say so. */
const decoded = (bytes: Buffer): string => {
  const mark = bytes.length > 1 ? bytes.readUInt16BE() : 0;
  return new TextDecoder(mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8").decode(bytes);
};
