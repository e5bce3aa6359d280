import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { type Command, CommandError } from "../core/command.ts";
import { kubectlCommands } from "../core/unknown-command.ts";

export const pluginListCommand: Command = {
  path: "plugin list",
  use: "plugin list [flags]",
  short: "List all visible plugin executables on a user's PATH.",
  flags: [
    {
      name: "name-only",
      type: "bool",
      default: "false",
      usage: "If true, display only the binary name of each plugin, rather than its full path",
    },
  ],
  async run({ flags, io, print, warn }) {
    const plugins = [...new Set((io.env.PATH ?? "").split(":"))].flatMap((folder) => pluginsIn(folder, warn));
    const errors: string[] = [];
    if (plugins.length > 0) print("The following compatible plugins are available:\n");
    else errors.push("error: unable to find any kubectl plugins in your PATH");
    const seen = new Map<string, string>();
    let warnings = 0;
    for (const path of plugins) {
      const name = basename(path);
      print(flags.bool("name-only") ? name : path);
      for (const problem of problemsOf(path, seen)) {
        warn(`  - ${problem}`);
        warnings++;
      }
    }
    if (warnings === 1) errors.push("error: one plugin warning was found");
    if (warnings > 1) errors.push(`error: ${warnings} plugin warnings were found`);
    if (errors.length > 0) throw new CommandError(errors.join("\n"));
    return undefined;
  },
};

function pluginsIn(folder: string, warn: (line: string) => void): string[] {
  if (folder.trim() === "") return [];
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    return entries.flatMap((e) => (!e.isDirectory() && e.name.startsWith("kubectl-") ? [join(folder, e.name)] : []));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT"
        ? "no such file or directory"
        : code === "ENOTDIR"
          ? "not a directory"
          : code === "EACCES"
            ? "permission denied"
            : message;
    warn(`Unable to read directory "${folder}" from your PATH: open ${folder}: ${why}. Skipping...`);
    return [];
  }
}

/** @param seen the path of each name so far; this one is added */
function problemsOf(path: string, seen: Map<string, string>): string[] {
  const problems: string[] = [];
  const name = basename(path);
  try {
    if ((statSync(path).mode & 0o111) === 0)
      problems.push(`warning: ${path} identified as a kubectl plugin, but it is not executable`);
  } catch {
    problems.push(`error: unable to identify ${path} as an executable file: stat ${path}: no such file or directory`);
  }
  const first = seen.get(name);
  if (first !== undefined) problems.push(`warning: ${path} is overshadowed by a similarly named plugin: ${first}`);
  else seen.set(name, path);
  const [command = ""] = name.split("-").slice(1);
  if (kubectlCommands.includes(command))
    problems.push(`warning: ${name} overwrites existing command: "kubectl ${command}"`);
  return problems;
}
