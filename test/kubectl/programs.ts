/** The real kubectl and ours as processes beside each other, which a test reads while they run, and interrupts. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { kubectl as realKubectl } from "../tools/clients.ts";
import { wherryProgram } from "../tools/cluster.ts";
import type { Result } from "../tools/run.ts";

export type Program = "real" | "ours";
export const both: readonly Program[] = ["real", "ours"];

/** The words that call it. */
export const callOf = (program: Program): readonly [file: string, ...before: string[]] =>
  program === "real" ? [realKubectl()] : [process.execPath, wherryProgram, "kubectl"];

export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** What it has printed so far. */
  out(): string;
  err(): string;
  /** What ends by a signal has the exit code that a shell gives it. */
  readonly ended: Promise<Result>;
}

const running = new Set<Running["child"]>();

/** For `afterEach`. */
export function endStarted(): void {
  for (const child of running) child.kill("SIGKILL");
}

export function start(program: Program, words: readonly string[], env: NodeJS.ProcessEnv): Running {
  const [file, ...before] = callOf(program);
  const child = spawn(file, [...before, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = new Promise<Result>((resolve) => {
    child.once("close", (code, signal) => {
      running.delete(child);
      resolve({ code: code ?? 128 + constants.signals[signal as NodeJS.Signals], out, err });
    });
  });
  return { child, out: () => out, err: () => err, ended };
}
