/**
 * The command lines that both kubectls run, from the plain text files in `commands/`. `## title` starts a section, `#` a
 * comment. Several sections are played at once, each in namespaces of its own; `## alone: title` starts one that changes
 * what all share, such as a node, and is played by itself; `## with a node: title` one whose pods run, on a cluster that
 * has no node before. The first character of a line says how it is run:
 *
 * - `+` asks no cluster: both run it and must print the same bytes;
 * - `?` reads: both run it on the same objects and must print the same bytes (but for ages);
 * - `!` changes: each runs it in a namespace of its own, and the outputs must be equal once names and times are masked;
 * - `=` checks an effect: the real kubectl reads both namespaces, and the outputs must be equal once masked;
 * - `~` prepares: the real kubectl runs it in both namespaces and must succeed;
 * - `@` names a file, whose bytes must be equal on both sides.
 *
 * Words in front that look like `NAME=value` are set in the environment, as in a shell. ` < FILE` at the end gives the file as
 * standard input. Files are those in `manifests/`. `$NAMESPACE`, in words and in standard input, is the namespace of the run: names
 * of what belongs to no namespace are made of it, so that the two runs do not meet. `$DIR` is a directory of each run's own.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Mode = "+" | "?" | "!" | "=" | "~" | "@";

export interface CommandLine {
  readonly mode: Mode;
  /** As written, for messages. */
  readonly text: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A file. */
  readonly stdin: string | undefined;
}

export interface Section {
  readonly title: string;
  /** It is played while no other section is. */
  readonly alone: boolean;
  /** Its pods run. */
  readonly withNode: boolean;
  readonly commands: readonly CommandLine[];
}

/** The sections of all text files in a folder. @throws Error when two have the same title */
export function readCommandFiles(folder: string): Section[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".txt"))
    .sort();
  const sections = files.flatMap((file) => readCommandFile(join(folder, file)));
  const titles = sections.map((s) => s.title);
  const twice = titles.find((title, i) => titles.indexOf(title) !== i);
  if (twice !== undefined) throw new Error(`${folder}: two sections are titled ${twice}`);
  return sections;
}

function readCommandFile(path: string): Section[] {
  const sections: (Section & { commands: CommandLine[] })[] = [];
  readFileSync(path, "utf8")
    .split("\n")
    .forEach((line, i) => {
      const at = `${path}:${i + 1}`;
      const [, how, title] = /^## (?:(alone|with a node): )?(.*)$/.exec(line) ?? [];
      if (title) sections.push({ title, alone: how === "alone", withNode: how === "with a node", commands: [] });
      else if (line.trim() === "" || line.startsWith("#")) return;
      else {
        const section = sections.at(-1);
        if (!section) throw new Error(`${at}: a command before the first section`);
        section.commands.push(parseLine(line, at));
      }
    });
  return sections;
}

function parseLine(line: string, at: string): CommandLine {
  const mode = line[0] as string;
  if (!"+?!=~@".includes(mode)) throw new Error(`${at}: a line starts with +, ?, !, =, ~ or @`);
  const [, text = "", stdin] = /^(.*?)(?: < (\S+))?$/.exec(line.slice(1).trim()) ?? [];
  const words = splitWords(text);
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const env = Object.fromEntries(words.slice(0, first).map((word) => word.split(/=(.*)/s) as [string, string]));
  return { mode: mode as Mode, text: line, words: words.slice(first), env, stdin };
}

/** Words as a shell splits them: blanks part them, quotes hold them together. */
export function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
}

/** Where a run is at home. */
export interface Place {
  readonly namespace: string;
  readonly directory: string;
}

export const placedText = (text: string, { namespace, directory }: Place): string =>
  text.replaceAll("$NAMESPACE", namespace).replaceAll("$DIR", directory);

/** A line with the names of one run. @param manifests the folder that has its files */
export function placed({ words, env, stdin }: CommandLine, place: Place, manifests: string) {
  const at = (text: string) => placedText(text, place);
  return {
    words: words.map(at),
    env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, at(value)])),
    /** Of standard input. */
    input: stdin ? at(readFileSync(join(manifests, stdin), "utf8")) : "",
  };
}
