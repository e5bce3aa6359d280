import { execFile } from "node:child_process";

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CallOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which it is ended. */
  readonly timeout?: number;
  /** Ends it when it aborts. */
  readonly signal?: AbortSignal;
}

/** Runs a program to its end. */
export const run = (program: string, args: readonly string[], options: CallOptions = {}): Promise<Result> =>
  new Promise((resolve) => {
    const { env, cwd, timeout, signal } = options;
    const settings = { env, cwd, timeout, signal, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(program, [...args], settings, (error, out, err) =>
      resolve({ code: error ? (typeof error.code === "number" ? error.code : 1) : 0, out, err }),
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
