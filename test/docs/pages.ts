/** What the pages of the documentation show: fenced blocks, the commands in them, and links. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Block {
  /** First word after the fence: `console` is typed and answered, `sh` is only shown. */
  readonly language: string;
  /** `file=NAME` after the language: the block is the content of a file. */
  readonly file: string | undefined;
  /** Line of the page that its first line is on. */
  readonly line: number;
  readonly text: string;
}

export interface Step {
  readonly line: number;
  readonly command: string;
  /** The lines shown below the command. */
  readonly shown: readonly string[];
}

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; file: string | undefined; line: number; lines: string[] } | undefined;
  for (const [index, text] of page.split("\n").entries()) {
    const fence = /^```(\S*)(?: file=(\S+))?/.exec(text);
    if (!fence) open?.lines.push(text);
    else if (open) {
      blocks.push({ ...open, text: open.lines.map((l) => `${l}\n`).join("") });
      open = undefined;
    } else open = { language: fence[1] ?? "", file: fence[2], line: index + 2, lines: [] };
  }
  return blocks;
}

/** The commands of a `console` block, each a line that begins with `$ `. */
export function stepsOf({ text, line }: Block): Step[] {
  const steps: { line: number; command: string; shown: string[] }[] = [];
  for (const [index, shown] of text.replace(/\n$/, "").split("\n").entries()) {
    if (shown.startsWith("$ ")) steps.push({ line: line + index, command: shown.slice(2), shown: [] });
    else steps.at(-1)?.shown.push(shown);
  }
  return steps;
}

/** Relative targets of a page's links and pictures. */
export const linksOf = (page: string): string[] =>
  [...page.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.replace(/#.*/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));

/** Paths of all Markdown files below a directory. */
export const markdownBelow = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(dir, name));

export const read = (path: string): string => readFileSync(path, "utf8");
