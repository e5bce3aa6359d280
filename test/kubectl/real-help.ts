/** What the real kubectl's help says of every command: its flags and its examples. */
import { spawnSync } from "node:child_process";
import { kubectl as realKubectl } from "../tools/clients.ts";

export interface HelpFlag {
  readonly name: string;
  /** A letter, or empty. */
  readonly short: string;
  readonly default: string;
}

export interface HelpPage {
  readonly flags: readonly HelpFlag[];
  /** Command lines, one each; those that go on are joined. */
  readonly examples: readonly string[];
}

/** Every command's page by the words that call it, groups of commands too. */
export function realHelp(): ReadonlyMap<string, HelpPage> {
  const pages = new Map<string, HelpPage>();
  const walk = (words: readonly string[]) => {
    const { stdout } = spawnSync(realKubectl(), [...words, "--help"], { encoding: "utf8", env: { HOME: "/nowhere" } });
    const parts = sections(stdout);
    if (words.length > 0) {
      pages.set(words.join(" "), {
        flags: flagsIn(parts.get("Options") ?? ""),
        examples: examplesIn(parts.get("Examples") ?? ""),
      });
    }
    for (const [title, text] of parts)
      if (/Commands/.test(title))
        for (const [, word = ""] of text.matchAll(/^ {2}([a-z][\w-]*) {2,}\S/gm)) walk([...words, word]);
  };
  walk([]);
  return pages;
}

/** The flags that every command takes. */
export const realOptions = (): readonly HelpFlag[] =>
  flagsIn(spawnSync(realKubectl(), ["options"], { encoding: "utf8", env: { HOME: "/nowhere" } }).stdout);

/** The text below each title: a line at the margin that ends in a colon. */
function sections(help: string): Map<string, string> {
  const parts = new Map<string, string>();
  let title = "";
  for (const line of help.split("\n")) {
    const found = /^([A-Z][\w() ]*):$/.exec(line)?.[1];
    if (found !== undefined) title = found;
    else parts.set(title, `${parts.get(title) ?? ""}${line}\n`);
  }
  return parts;
}

const flagsIn = (text: string): HelpFlag[] =>
  [...text.matchAll(/^ {4}(?:-(\w), )?--([\w-]+)=(.*):$/gm)].map(([, short = "", name = "", fallback = ""]) => ({
    name,
    short,
    default: fallback,
  }));

const examplesIn = (text: string): string[] =>
  text
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
