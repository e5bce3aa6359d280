/** The help pages: of `kubectl` alone, of groups of commands, of one command. */
import { aliases, commands } from "../commands.ts";
import type { Command } from "../core/command.ts";
import { absentCommands } from "../core/not-there.ts";
import { pluginWords } from "../core/plugins.ts";
import { subcommandsOf } from "../lookup.ts";
import { flagLine } from "../print/flag-line.ts";
import { examples } from "./examples.ts";
import { groups, sections } from "./sections.ts";

const globalOptions = 'Use "kubectl options" for a list of global command-line options (applies to all commands).';

/** @param env for the plugins on the `PATH` */
export async function rootHelp(env: NodeJS.ProcessEnv): Promise<string> {
  const listed = await Promise.all(sections.map(async ({ title, words }) => [title, await described(words)] as const));
  const plugins = pluginWords(env).map((word) => [word, "a plugin"] as const);
  const all: (readonly [string, Lines])[] = [...listed, ...(plugins.length > 0 ? [["Plugins", plugins] as const] : [])];
  const width = Math.max(...all.flatMap(([, lines]) => lines.map(([name]) => name.length)));
  return [
    "kubectl shows what a Kubernetes cluster has, and changes it.",
    ...all.map(([title, lines]) => `${title}:\n${aligned(lines, width)}`),
    `Not there in this kubectl: ${absentCommands.join(", ")}.`,
    "Usage:\n  kubectl COMMAND [ARGUMENTS] [flags]",
    `Use "kubectl COMMAND --help" for what a command does, with examples.\n${globalOptions}`,
  ].join("\n\n");
}

/** @param path of a group, `config` */
export async function groupHelp(path: string): Promise<string> {
  return [
    groups[path]?.short ?? "",
    ...aliasesOf(path),
    await below(path),
    `Usage:\n  kubectl ${path} COMMAND [flags]`,
    `Use "kubectl ${path} COMMAND --help" for what a command does, with examples.\n${globalOptions}`,
  ].join("\n\n");
}

export async function commandHelp(command: Command): Promise<string> {
  const flags = command.flags.filter((f) => !f.hidden && !f.deprecated);
  const shown = examples.get(command.path);
  return [
    command.short,
    ...aliasesOf(command.path),
    ...(shown ? [`Examples:\n${shown.replace(/^/gm, "  ")}`] : []),
    ...(subcommandsOf(command.path).length > 0 ? [await below(command.path)] : []),
    ...(flags.length > 0
      ? [
          `Options:\n${flags
            .sort((a, b) => (a.name < b.name ? -1 : 1))
            .map(flagLine)
            .join("\n\n")}`,
        ]
      : []),
    `Usage:\n  kubectl ${command.use}`,
    globalOptions,
  ].join("\n\n");
}

type Lines = readonly (readonly [name: string, short: string])[];

const aligned = (lines: Lines, width: number): string =>
  lines.map(([name, short]) => `  ${name.padEnd(width)}   ${short.replace(/\.$/, "")}`).join("\n");

async function below(path: string): Promise<string> {
  const lines = await described(subcommandsOf(path), `${path} `);
  return `Commands:\n${aligned(lines, Math.max(...lines.map(([name]) => name.length)))}`;
}

const described = (words: readonly string[], before = ""): Promise<Lines> =>
  Promise.all(
    words.map(async (word) => {
      const path = before + word;
      return [word, (await commands.get(path)?.())?.short ?? groups[path]?.short ?? ""] as const;
    }),
  );

/** Other last words for a path. */
function aliasesOf(path: string): string[] {
  const others = [...aliases].flatMap(([alias, meant]) => (meant === path ? (alias.split(" ").at(-1) ?? "") : []));
  const last = path.split(" ").at(-1);
  return others.length > 0 ? [`Aliases:\n  ${[last, ...others].join(", ")}`] : [];
}
