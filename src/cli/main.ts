/** The `wherry` command: finds what to run and loads only that. */
import module from "node:module";
import { join } from "node:path";
import { programPath } from "../base/program-path.ts";
import { CompiledFiles, compiledFolder } from "./compiled.ts";

// From Node.js 22 on, what was compiled once need not be compiled at the next start.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();

process.env.PATH = programPath();

// `wherry … | head` ends quietly.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

/** The build makes CommonJS of this file and of what is in `kubectl`: that starts quicker. */
async function runKubectl(argv: readonly string[]): Promise<number> {
  const files = new CompiledFiles(compiledFolder(process.env), require);
  const { kubectl } = files.load(join(__dirname, "kubectl", "main.cjs")) as typeof import("./kubectl/main.ts");
  const abort = new AbortController();
  let exitCode: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)
    process.once(signal, () => {
      abort.abort();
      if (exitCode !== undefined) process.exit(exitCode);
      // Without a handler now, the signal ends the process, and whoever started it sees that.
      process.kill(process.pid, signal);
    });
  // As of a program that a broken pipe ends.
  process.stdout.prependListener("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(141);
  });
  const { stdout, env } = process;
  const io = {
    // Few commands read the one or write to the other, and opening them takes its time.
    get stdin() {
      return process.stdin;
    },
    get stderr() {
      return process.stderr;
    },
    stdout,
    env,
    signal: abort.signal,
    /** From now on an interrupt ends the program with this code. */
    onInterrupt: (code: number) => {
      exitCode = code;
    },
  };
  const code = await kubectl(argv, io);
  files.keep();
  return code;
}

async function main(): Promise<void> {
  const [, , first, ...rest] = process.argv;
  if (first === "kubectl") process.exitCode = await runKubectl(rest);
  else await (await import("./program.ts")).run(process.argv);
}

void main();
