/** Programs called `kubectl-…` on the PATH, which are commands of kubectl (`kubectl/pkg/cmd/plugin`). */
import { spawn } from "node:child_process";
import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

function lookUp(name: string, { PATH = "" }: NodeJS.ProcessEnv): string | undefined {
  return PATH.split(":")
    .map((folder) => join(folder || ".", `kubectl-${name}`))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });
}

export interface Plugin {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * The plugin with the longest name that the words make: `foo bar` is `kubectl-foo-bar`, else `kubectl-foo`.
 * @param least how many words its name has at least
 */
export function findPlugin(argv: readonly string[], least: number, env: NodeJS.ProcessEnv): Plugin | undefined {
  const flag = argv.findIndex((arg) => arg.startsWith("-"));
  const words = argv.slice(0, flag < 0 ? argv.length : flag).map((word) => word.replaceAll("-", "_"));
  for (let count = words.length; count >= Math.max(1, least); count--) {
    const program = lookUp(words.slice(0, count).join("-"), env);
    if (program) return { program, args: argv.slice(count) };
  }
  return undefined;
}

/** The words that call the plugins on the PATH, each once. */
export function pluginWords({ PATH = "" }: NodeJS.ProcessEnv): string[] {
  const names = PATH.split(":").flatMap((folder) => {
    try {
      return readdirSync(folder || ".").filter((name) => name.startsWith("kubectl-"));
    } catch {
      return [];
    }
  });
  const own = [...new Set(names.map((name) => name.slice("kubectl-".length)))].filter((name) => lookUp(name, { PATH }));
  return own.map((name) => name.replaceAll("-", " ").replaceAll("_", "-")).sort();
}

/** Runs it in our place: its streams are ours, and it ends us the way it ended. @returns its exit code */
export function runPlugin({ program, args }: Plugin, env: NodeJS.ProcessEnv): Promise<number> {
  // Ctrl-C reaches the plugin too, and it decides.
  process.removeAllListeners("SIGINT").on("SIGINT", () => {});
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: "inherit", env });
    child.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "ENOEXEC" ? "exec format error" : error.code === "EACCES" ? "permission denied" : error.message;
      process.stderr.write(`Error: ${why}\n`);
      resolve(1);
    });
    child.once("close", (code, signal) => {
      if (signal) process.removeAllListeners(signal).kill(process.pid, signal);
      resolve(code ?? 1);
    });
  });
}
