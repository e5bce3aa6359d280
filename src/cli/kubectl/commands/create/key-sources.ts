/** Where the keys of a ConfigMap or a Secret come from: `--from-literal`, `--from-file`, `--from-env-file`. */
import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import { checkEnvVarName } from "../../../../api/names.ts";
import { CommandError, type Invocation } from "../../core/command.ts";
import { type Flag, listFlag, switchFlag } from "../../core/flags.ts";

type Add = (key: string, data: Buffer) => void;

export const keySourceFlags = (what: string): readonly Flag[] => [
  switchFlag("append-hash", `Append a hash of the ${what} to its name.`),
  listFlag("from-env-file", "A file with lines of key=val pairs.", "stringSlice"),
  listFlag("from-file", "A file, key=file, or a directory whose files are taken by their names.", "stringSlice"),
  listFlag("from-literal", "A key and its value: mykey=somevalue."),
];

/** @throws CommandError for sources that exclude each other */
export function checkSources({ flags }: Invocation): void {
  const other = flags.list("from-file").length + flags.list("from-literal").length;
  if (flags.list("from-env-file").length > 0 && other > 0)
    throw new CommandError("from-env-file cannot be combined with from-file or from-literal");
}

export function addLiterals(literals: readonly string[], add: Add): void {
  for (const literal of literals) {
    const equals = literal.indexOf("=");
    if (equals <= 0) throw new CommandError(`invalid literal source ${literal}, expected key=value`);
    add(literal.slice(0, equals), Buffer.from(literal.slice(equals + 1)));
  }
}

export function addFiles(sources: readonly string[], add: Add): void {
  for (const source of sources) {
    const { key, path } = keyAndPath(source);
    if (!statOf(path).isDirectory()) {
      add(key, readFileSync(path));
      continue;
    }
    if (source.includes("=")) throw new CommandError("cannot give a key name for a directory path");
    const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { name } of files.sort((a, b) => (a.name < b.name ? -1 : 1))) add(name, readFileSync(join(path, name)));
  }
}

function keyAndPath(source: string): { key: string; path: string } {
  const parts = source.split("=");
  const [first = "", second = ""] = parts;
  if (parts.length === 1) return { key: basename(source), path: source };
  if (parts.length > 2) throw new CommandError("key names or file paths cannot contain '='");
  if (first === "") throw new CommandError(`key name for file path ${second} missing`);
  if (second === "") throw new CommandError(`file path for key name ${first} missing`);
  return { key: first, path: second };
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "no such file or directory" : code === "EACCES" ? "permission denied" : String(code);
    throw new CommandError(`error reading ${path}: ${why}`);
  }
}

/** @param what as the error for a directory names it: `config`, `secret` */
export function addEnvFiles(paths: readonly string[], what: string, { io }: Invocation, add: Add): void {
  for (const path of paths) {
    if (statOf(path).isDirectory()) throw new CommandError(`env ${what} file cannot be a directory`);
    const lines = readFileSync(path, "utf8")
      .replace(/^\uFEFF/, "")
      .split(/\r?\n/);
    for (const line of lines.map((l) => l.trimStart())) {
      if (line === "" || line.startsWith("#")) continue;
      const [key = "", value] = line.split(/=(.*)/s);
      const problems = checkEnvVarName(key);
      if (problems.length > 0)
        throw new CommandError(`${JSON.stringify(key)} is not a valid key name: ${problems.join(";")}`);
      // A name alone takes its value from the environment.
      add(key, Buffer.from(value ?? io.env[key] ?? ""));
    }
  }
}
