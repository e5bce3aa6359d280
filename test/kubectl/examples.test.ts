/** Every example of the real kubectl's help, and of our own, has a line that the suite runs; every flag of it is ours too. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { commands } from "../../src/cli/kubectl/commands.ts";
import { globalFlags } from "../../src/cli/kubectl/core/global-flags.ts";
import { notThere } from "../../src/cli/kubectl/core/not-there.ts";
import { examples } from "../../src/cli/kubectl/help/examples.ts";
import { readCommandFiles, splitWords } from "./command-file.ts";
import { runInProcess } from "./in-process.ts";
import { type HelpFlag, realHelp, realOptions } from "./real-help.ts";
import { shape } from "./shape.ts";

const help = realHelp();

/** The kubectls in a line of shell: words in front of them and what the shell does with their output left out. */
const calls = (line: string): string[][] =>
  line
    .replace(/\$\([^)]*\)/g, "OUTPUT")
    .replace(/\$'((?:[^'\\]|\\.)*)'/g, (_, text: string) => `'${text.replaceAll("\\n", "\n")}'`)
    .replace(/^source <\((.*)\)$/, "$1")
    .split(/ \| (?=\S)/)
    .flatMap((part) => {
      const words = splitWords(part.replace(/ >>? .*/, ""));
      const at = words.indexOf("kubectl");
      return at >= 0 && words.slice(0, at).every((word) => /^[A-Z_]+=/.test(word)) ? [words.slice(at + 1)] : [];
    });

async function shapesOfSuite(): Promise<ReadonlySet<string>> {
  const shapes = new Set<string>();
  // Lines that are to be refused may have no shape.
  for (const { commands } of readCommandFiles(fileURLToPath(new URL("commands", import.meta.url))))
    for (const { mode, words } of commands)
      if (mode !== "@") shapes.add((await shape(words).catch(() => undefined)) ?? "");
  return shapes;
}

const playedUntilInterrupted = "it goes on until it is interrupted: streams.test.ts and proxy.test.ts play it";
/** Examples that no line of the suite is like, and why. */
const exceptions: readonly (readonly [example: RegExp, why: string])[] = [
  [/^kubectl proxy /, playedUntilInterrupted],
  [/^kubectl logs (?:nginx )?-f /, playedUntilInterrupted],
  [/^kubectl (?:events|get) .*--watch$/, playedUntilInterrupted],
  [/^kubectl run -i -t /, "refused: it streams from a container"],
  [/^kubectl kustomize https:/, "refused: it runs git"],
  [/^kubectl run nginx --image=nginx (?:--command )?-- </, "of its words only the first three stand for something"],
  [/^kubectl version$/, "wherry says its own version; its forms are in the suite"],
];
const isException = (line: string): boolean => exceptions.some(([example]) => example.test(line));

test("every example of kubectl's help is in the suite", async () => {
  const suite = await shapesOfSuite();
  const missing: string[] = [];
  for (const [path, page] of help)
    for (const line of page.examples)
      for (const words of calls(line)) {
        if (notThere(words[0] ?? "") !== undefined || isException(line)) continue;
        const wanted = await shape(words);
        if (wanted === undefined || !suite.has(wanted)) missing.push(`${path}: ${line}   (${wanted})`);
      }
  expect(missing).toEqual([]);
});

test("every example of our own help is in the suite", async () => {
  const suite = await shapesOfSuite();
  const missing: string[] = [];
  for (const [path, text] of examples) {
    expect(commands.has(path), path).toBe(true);
    for (const line of text.split("\n").filter((one) => !one.startsWith("#")))
      for (const words of calls(line)) {
        const wanted = await shape(words);
        const isOwn = /--changes|--diff/.test(line);
        if (!isOwn && !isException(line) && !(wanted && suite.has(wanted))) missing.push(`${line}   (${wanted})`);
      }
  }
  expect(missing).toEqual([]);
});

test("what wherry does not have says so in one line", async () => {
  let count = 0;
  for (const { examples: lines } of help.values())
    for (const line of lines)
      for (const words of calls(line)) {
        const absent = notThere(words[0] ?? "");
        if (absent === undefined && !/^kubectl (?:run -i -t|kustomize https:)/.test(line)) continue;
        const { stdout, stderr, exitCode } = await runInProcess(words, { HOME: "/nowhere" }, "");
        expect([line, stdout, exitCode, stderr.split("\n").length]).toEqual([line, "", 1, 2]);
        if (absent !== undefined) expect(stderr).toBe(`${absent}\n`);
        count++;
      }
  expect(count).toBeGreaterThan(0);
});

/** Flags of ours that kubectl does not show: deprecated there and hidden, or what we have beside it. */
const ours: Readonly<Record<string, readonly string[]>> = {
  "rollout history": ["changes"],
  "rollout status": ["live"],
  "rollout undo": ["diff"],
  diff: ["show-secrets"],
};

/** A default as help shows it, the same however it is written. */
const plain = (text: string): string => text.replace(/^'(.*)'$/, "$1").replace(/^\[(.*)\]$/, "$1");

test("every command has kubectl's flags, with their letters and defaults", async () => {
  const differences: string[] = [];
  for (const [path, page] of help) {
    const command = await commands.get(path)?.();
    if (!command) continue;
    // Of two flags by one name the command's own counts; kubectl shows some of all commands among those of one.
    const flags = [...command.flags, ...globalFlags];
    for (const flag of page.flags) {
      const own = flags.find(({ name }) => name === flag.name);
      if (!own) differences.push(`${path}: --${flag.name} is missing`);
      else if ((own.short ?? "") !== flag.short) differences.push(`${path}: --${flag.name} is not -${flag.short}`);
      else if (plain(flag.default) !== own.default)
        differences.push(`${path}: --${flag.name} is ${own.default} and not ${flag.default}`);
    }
    for (const { name, hidden, deprecated } of command.flags) {
      const known = page.flags.some((flag) => flag.name === name) || ours[path]?.includes(name);
      if (!known && !hidden && !deprecated) differences.push(`${path}: --${name} is not kubectl's`);
    }
  }
  expect(differences).toEqual([]);
});

test("the flags of all commands are kubectl's", () => {
  const ofOurs = globalFlags.filter(({ hidden }) => !hidden);
  const names = (flags: readonly Pick<HelpFlag, "name">[]) => flags.map(({ name }) => name).sort();
  expect(names(ofOurs)).toEqual(names(realOptions()));
});
