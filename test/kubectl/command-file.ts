/**
 * The command lines that both kubectls run, from a plain text file. `## title` starts a section, `#` a comment. The first
 * character of a line says how it is run:
 *
 * - `?` reads: both run it on the same objects and must print the same bytes (but for ages);
 * - `!` changes: each runs it in a namespace of its own, and the outputs must be equal once names and times are masked;
 * - `=` checks an effect: the real kubectl reads both namespaces, and the outputs must be equal once masked;
 * - `~` prepares: the real kubectl runs it in both namespaces and must succeed.
 *
 * ` < FILE` at the end gives the file as standard input. Files are those in `manifests/`.
 */
import { readFileSync } from "node:fs";

export type Mode = "?" | "!" | "=" | "~";

export interface CommandLine {
  readonly mode: Mode;
  /** As written, for messages. */
  readonly text: string;
  readonly words: readonly string[];
  readonly stdin: string | undefined;
}

export interface Section {
  readonly title: string;
  readonly commands: readonly CommandLine[];
}

export function readCommandFile(path: string): Section[] {
  const sections: { title: string; commands: CommandLine[] }[] = [];
  readFileSync(path, "utf8")
    .split("\n")
    .forEach((line, i) => {
      const at = `${path}:${i + 1}`;
      if (line.startsWith("## ")) sections.push({ title: line.slice(3), commands: [] });
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
  if (!"?!=~".includes(mode)) throw new Error(`${at}: a line starts with ?, !, = or ~`);
  const [, text = "", stdin] = /^(.*?)(?: < (\S+))?$/.exec(line.slice(1).trim()) ?? [];
  return { mode: mode as Mode, text: line, words: splitWords(text), stdin };
}

/** Words as a shell splits them: blanks part them, quotes hold them together. */
function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
}
