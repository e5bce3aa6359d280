/** The `wherry` command: finds what to run and loads only that. */
import { join } from "node:path";
import { restoreEnvironment } from "../base/certificate-files.ts";
import { programPath } from "../base/program-path.ts";
import { CompiledFiles, compiledFolder } from "./compiled.ts";

restoreEnvironment();
process.env.PATH = programPath();

/** @param exitCode of `wherry … | head`, which ends quietly */
const openStdout = (exitCode: number) =>
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCode);
    throw error;
  });

/** The build makes CommonJS of this file and of what is in `kubectl`: that starts quicker. */
async function runKubectl(argv: readonly string[]): Promise<number> {
  const files = new CompiledFiles(compiledFolder(process.env, argv), require);
  const { kubectl, isKnown } = files.load(
    join(__dirname, "kubectl", "bundle", "main.cjs"),
  ) as typeof import("./kubectl/main.ts");
  const abort = new AbortController();
  let exitCode: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)
    process.once(signal, () => {
      abort.abort();
      if (exitCode !== undefined) process.exit(exitCode);
      // Without a handler now, the signal ends the process, and whoever started it sees that.
      process.kill(process.pid, signal);
    });
  let stdout: NodeJS.WriteStream | undefined;
  const io = {
    // Opening them takes its time; few commands need all.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      // As of a program that a broken pipe ends.
      stdout ??= openStdout(141);
      return stdout;
    },
    get stderr() {
      return process.stderr;
    },
    env: process.env,
    signal: abort.signal,
    /** From now on an interrupt ends the program with this code. */
    onInterrupt: (code: number) => {
      exitCode = code;
    },
  };
  const code = await kubectl(argv, io);
  // Whoever misspells a command needs it once.
  if (isKnown(argv)) files.keep();
  return code;
}

async function main(): Promise<void> {
  const [, , first, ...rest] = process.argv;
  if (first === "kubectl") {
    process.exitCode = await runKubectl(rest);
    return;
  }
  openStdout(0);
  // From Node.js 22 on, what was compiled once need not be compiled at the next start.
  ((await import("node:module")) as { enableCompileCache?: () => void }).enableCompileCache?.();
  await (await import("./program.ts")).run(process.argv);
}

void main();
