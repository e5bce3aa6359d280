/** What `-f` and `-k` name: files, directories, standard input, web addresses and kustomizations, as text. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import type { Readable } from "node:stream";
import { CommandError, CommandErrors, type Io } from "./command.ts";
import type { FlagValues } from "./flags.ts";
import { glob } from "./glob.ts";

export interface ManifestText {
  /** Where it came from, as errors name it. */
  readonly name: string;
  readonly text: string;
}

const extensions = new Set([".json", ".yaml", ".yml"]);

/** The values of `-f` and `-k`; none of a command that has no such flags. */
export const givenFiles = (flags: FlagValues): string[] =>
  flags.has("filename") ? [...flags.list("filename"), ...kustomizationOf(flags)] : [];

export const kustomizationOf = (flags: FlagValues): string[] => {
  const directory = flags.has("kustomize") ? flags.string("kustomize") : "";
  return directory === "" ? [] : [directory];
};

/** @throws CommandError naming what cannot be read */
export async function readGivenFiles(flags: FlagValues, io: Io): Promise<ManifestText[]> {
  const files = flags.list("filename");
  const recursive = flags.has("recursive") && flags.bool("recursive");
  const [kustomization] = kustomizationOf(flags);
  if (kustomization === undefined) return readFiles(files, recursive, io);
  const problems = [
    ...(files.length > 0 ? ["only one of -f or -k can be specified"] : []),
    ...(recursive ? ["the -k flag can't be used with -f or -R"] : []),
  ];
  if (problems.length > 0) throw new CommandErrors(problems.map((problem) => new CommandError(problem)));
  const { kustomizationText } = await import("./kustomizations.ts");
  return [{ name: kustomization, text: await kustomizationText(kustomization, io) }];
}

/** @throws CommandError naming what cannot be read */
export async function readFiles(
  files: readonly string[],
  recursive: boolean,
  io: Pick<Io, "stdin" | "env">,
): Promise<ManifestText[]> {
  const all: ManifestText[] = [];
  for (const file of files) {
    if (file === "-") all.push({ name: "STDIN", text: await readAll(io.stdin) });
    else if (/^https?:\/\//.test(file)) all.push({ name: file, text: await download(file, io.env) });
    else {
      for (const path of named(file).flatMap((one) => expand(one, recursive, true)))
        all.push({ name: path, text: decoded(readFileSync(path)) });
    }
  }
  return all;
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

async function download(url: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (!URL.canParse(url)) throw new CommandError(`the URL passed to filename ${JSON.stringify(url)} is not valid`);
  const { WebError, webGet } = await import("../../../client/http/web.ts");
  const { status, statusText, body } = await webGet(url, { env }).catch((error: unknown) => {
    if (!(error instanceof WebError)) throw error;
    if (error.answered) throw new CommandError(`error parsing ${url}: ${error.message}`);
    throw new CommandError(
      error.code === "ECONNREFUSED"
        ? `The connection to the server ${new URL(error.url).host} was refused - did you specify the right host or port?`
        : `Unable to connect to the server: ${error.message}`,
    );
  });
  if (status === 200) return body.toString();
  throw new CommandError(`unable to read URL "${url}", server reported ${status} ${statusText}, status code=${status}`);
}
