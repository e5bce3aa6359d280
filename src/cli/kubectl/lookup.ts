/** Which command a command line calls. */
import { aliases, commands } from "./commands.ts";
import type { Command } from "./core/command.ts";
import { globalFlags } from "./core/global-flags.ts";

const takesValue = new Set(
  globalFlags
    .filter((f) => f.type !== "bool")
    .flatMap((f) => (f.short ? [`--${f.name}`, `-${f.short}`] : [`--${f.name}`])),
);

/** The leading words, global flags in front of them left out. */
export function wordsOf(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string;
    if (arg === "--") break;
    if (arg.startsWith("-")) {
      if (takesValue.has(arg)) i++;
      continue;
    }
    words.push(arg);
  }
  return words;
}

export interface FoundCommand {
  load(): Promise<Command>;
  /** As they were typed. */
  readonly words: readonly string[];
}

export function findCommand(words: readonly string[]): FoundCommand | undefined {
  for (const length of [3, 2, 1]) {
    const path = words.slice(0, length).join(" ");
    if (length < 3 && isGroup(path) && !commands.has(path)) return undefined;
    const load = words.length >= length ? commands.get(canonical(path)) : undefined;
    if (load) return { load, words: path.split(" ") };
  }
  return undefined;
}

/** `argv` without the words that called the command. */
export function withoutWords(argv: readonly string[], path: readonly string[]): string[] {
  const left = [...path];
  const out: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string;
    if (left.length > 0 && arg === left[0]) left.shift();
    else {
      out.push(arg);
      if (takesValue.has(arg) && i + 1 < argv.length) out.push(argv[++i] as string);
    }
  }
  return out;
}

const canonical = (path: string): string => aliases.get(path) ?? path;

/** The names below some words: `config` → `current-context`, … */
export function subcommandsOf(group: string): string[] {
  const path = canonical(group);
  const depth = path.split(" ").length;
  const below = [...commands.keys()].filter((p) => p.startsWith(`${path} `)).map((p) => p.split(" ")[depth] ?? "");
  return [...new Set(below)];
}

const isGroup = (path: string): boolean => subcommandsOf(path).length > 0;

/** The words that are only there for the commands below them, as `config` and `create secret`; undefined when it is none. */
export function groupOf(words: readonly string[]): string | undefined {
  const path = [2, 1].map((n) => canonical(words.slice(0, n).join(" "))).find((p) => isGroup(p));
  return path === undefined || commands.has(path) ? undefined : path;
}
