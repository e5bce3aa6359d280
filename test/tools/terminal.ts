import { spawn } from "node:child_process";
import type { Result } from "./run.ts";

export interface TerminalRun {
  /** Everything that has been written to the terminal so far. */
  readonly screen: string;
  /** As if typed; `\u0003` is Ctrl-C. */
  type(text: string): void;
  /** Resolves when the command has ended. `out` is what the terminal got. */
  readonly ended: Promise<Result>;
}

/** Runs a shell command on a pseudo terminal of its own (`script`, of util-linux). */
export function onTerminal(command: string, env: NodeJS.ProcessEnv, { columns = 100, rows = 30 } = {}): TerminalRun {
  const line = `stty cols ${columns} rows ${rows}; ${command}`;
  // What is typed echoes the way a terminal does it, so a test must not type before the program runs.
  const child = spawn("script", ["-qec", line, "/dev/null"], { env: { TERM: "xterm", ...env }, stdio: "pipe" });
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  child.stdin.on("error", () => {});
  return {
    get screen() {
      return screen;
    },
    type: (text) => void child.stdin.write(text),
    ended: new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code: code ?? 1, out: screen, err: "" }));
    }),
  };
}
