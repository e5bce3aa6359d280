/** `wherry kubectl` and the real kubectl, the same command lines against one cluster: the same output, the same exit code. */
import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wherryProgram } from "../tools/cluster.ts";
import { type CommandLine, type Place, placed, placedText, readCommandFiles, type Section } from "./command-file.ts";
import { type Difference, maskedResult, Score, same, shown } from "./difference.ts";
import { type Result, runInProcess } from "./in-process.ts";
import { withoutLogLines } from "./masks.ts";
import { callOf, type Program } from "./programs.ts";
import { createQuiet } from "./quiet.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const name = `kubectl-differential-${process.pid}`;
const home = mkdtempSync(join(tmpdir(), "wherry-kubectl-"));
const env = (kubeconfig: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: home,
  // Where an edit that fails leaves a copy.
  TMPDIR: join(home, "tmp"),
  WHERRY_HOME: join(home, "data"),
  KUBECONFIG: kubeconfig,
  TZ: "Asia/Seoul",
});
const baseConfig = join(home, "kubeconfig");

interface Side {
  readonly namespace: string;
  /** The path of a kubeconfig. */
  readonly config: string;
}

const directory = ({ namespace }: Side): string => join(home, "sides", namespace);
const placeOf = (side: Side): Place => ({ namespace: side.namespace, directory: directory(side) });

function run(program: Program, command: CommandLine, side: Side): Promise<Result> {
  const { config } = side;
  const { words, env: variables, input } = placed(command, placeOf(side), here("manifests"));
  // What sets variables may start programs, which write where ours would.
  if (program === "ours" && command.mode === "?" && Object.keys(variables).length === 0)
    return runInProcess(words, env(config), input);
  const [file, ...before] = callOf(program);
  return new Promise((resolve) => {
    const options = {
      env: { ...env(config), ...variables },
      cwd: here("manifests"),
      maxBuffer: 64 << 20,
      timeout: 60_000,
    };
    const child = execFile(file, [...before, ...words], options, (error, stdout, stderr) => {
      const exitCode = error ? (typeof error.code === "number" ? error.code : -1) : 0;
      resolve({ stdout, stderr: withoutLogLines(stderr), exitCode });
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

const up = (): void => {
  if (!existsSync(wherryProgram)) throw new Error(`${wherryProgram} is not there: build first (npm run build)`);
  const words = [wherryProgram, "up", "--name", name, "--runtime", "simulated", "--port", "0"];
  execFileSync(process.execPath, words, { env: env(baseConfig), stdio: "pipe" });
};

/** A namespace, which is made, and a kubeconfig whose context has it. */
async function makeSide(namespace: string): Promise<Side> {
  const side = { namespace, config: join(home, `${namespace}.kubeconfig`) };
  copyFileSync(baseConfig, side.config);
  mkdirSync(directory(side), { recursive: true });
  const line = (words: string[]): CommandLine => ({ mode: "~", text: "", words, env: {}, stdin: undefined });
  await run("real", line(["create", "namespace", namespace]), side);
  await run("real", line(["config", "set-context", "--current", `--namespace=${namespace}`]), side);
  return side;
}

/** Several sections are played at once: what one shows of the whole cluster, another may change meanwhile. */
const quiet = createQuiet();

/** Compares until there is no difference, at most so often. @returns the last */
async function tried(times: number, attempt: () => Promise<Difference | undefined>): Promise<Difference | undefined> {
  const difference = await attempt();
  return difference && times > 1 ? tried(times - 1, attempt) : difference;
}

/** Runs one line on both sides. @returns what differs */
async function compare(command: CommandLine, { real, ours }: Sides): Promise<Difference | undefined> {
  const text = command.text;
  const inBoth = async (second: Program) => {
    const results = await Promise.all([run("real", command, real), run(second, command, ours)]);
    const [a, b] = [maskedResult(results[0], real.namespace), maskedResult(results[1], ours.namespace)];
    return same(a, b) ? undefined : { command: text, real: a, ours: b };
  };
  const inOne = async () => {
    const [a, b] = await Promise.all([run("real", command, real), run("ours", command, real)]);
    if (same(a, b) || same(maskedResult(a, real.namespace), maskedResult(b, real.namespace))) return undefined;
    return { command: text, real: a, ours: b };
  };
  switch (command.mode) {
    case "!":
      return quiet.beside(() => inBoth("ours"));
    case "=":
      // What follows from a change may take a moment, on one side longer than on the other.
      return quiet.beside(() => tried(10, () => inBoth("real")));
    case "@": {
      const content = (side: Side): Result => {
        const stdout = readFileSync(placedText(command.words[0] ?? "", placeOf(side)), "utf8");
        return maskedResult({ stdout, stderr: "", exitCode: 0 }, side.namespace);
      };
      const [a, b] = [content(real), content(ours)];
      return same(a, b) ? undefined : { command: text, real: a, ours: b };
    }
    case "~":
      for (const side of [real, ours]) {
        const { exitCode, stderr } = await quiet.beside(() => run("real", command, side));
        if (exitCode !== 0) throw new Error(`${text}: ${stderr}`);
      }
      return undefined;
    case "+": {
      const [a, b] = await quiet.beside(() => Promise.all([run("real", command, real), run("ours", command, real)]));
      return same(a, b) ? undefined : { command: text, real: a, ours: b };
    }
    case "?":
      // An age may pass a second between the two runs, and what is going on may go on.
      return (await quiet.beside(() => tried(3, inOne))) && quiet.alone(() => tried(3, inOne));
  }
}

interface Sides {
  readonly real: Side;
  readonly ours: Side;
}

beforeAll(() => {
  // As for the programs.
  process.chdir(here("manifests"));
  Object.assign(process.env, { HOME: home, TZ: env("").TZ });
  for (const name of ["data", "tmp"]) mkdirSync(join(home, name), { recursive: true });
  up();
});

afterAll(() => {
  execFileSync(process.execPath, [wherryProgram, "down", "--name", name], { env: env(baseConfig), stdio: "pipe" });
  rmSync(home, { recursive: true, force: true });
});

const score = new Score("command lines on a wherry cluster");
afterAll(() => score.print());

/** Plays a section in two fresh namespaces and expects no difference. */
async function play({ commands }: Section, number: number): Promise<void> {
  const side = (word: string) => quiet.beside(() => makeSide(`${word}-${number}`));
  const sides = { real: await side("real"), ours: await side("ours") };
  const differences: Difference[] = [];
  for (const command of commands) {
    const difference = await compare(command, sides);
    if (difference) differences.push(difference);
    // Lines of this kind prepare what others are about.
    if (command.mode !== "~") score.add(difference);
  }
  expect(shown(differences, "ours")).toBe(shown(differences, "real"));
}

describe("wherry kubectl prints what kubectl 1.34 prints", () => {
  const sections = readCommandFiles(here("commands"));
  const inOrder = [...sections.filter(({ alone }) => !alone), ...sections.filter(({ alone }) => alone)];
  // The bound only ends a test that would wait for ever.
  inOrder.forEach((section, i) => {
    (section.alone ? test : test.concurrent)(section.title, { timeout: 600_000 }, () => play(section, i));
  });
});
