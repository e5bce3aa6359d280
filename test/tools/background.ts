import { spawn } from "node:child_process";
import type { Result } from "./run.ts";

export interface Background {
  /** Standard output so far. */
  readonly out: string;
  /** Ctrl-C; resolves when it has ended. */
  interrupt(): Promise<Result>;
}

/** Starts a program that goes on until it is interrupted, or the worker that runs the test ends. */
export function inBackground(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Background {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => void child.kill("SIGINT");
  process.once("exit", end);
  child.once("close", () => process.off("exit", end));
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = new Promise<Result>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, out, err }));
  });
  return {
    get out() {
      return out;
    },
    interrupt() {
      child.kill("SIGINT");
      return ended;
    },
  };
}
