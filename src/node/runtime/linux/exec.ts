import { spawn } from "node:child_process";
import type { Clock } from "../../../base/clock.ts";
import { childrenOf, identify, signal } from "../../machine/process.ts";
import { type ExecResult, RuntimeError } from "../runtime.ts";

/** As much of each stream as is kept, as upstream bounds it for probes and hooks. */
const maxOutput = 16 << 20;

/** Runs a command made by `execCommand` to its end. @throws RuntimeError after `timeoutSeconds`, the command killed */
export function execAndWait(argv: readonly string[], timeoutSeconds: number, clock: Clock): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0] as string, argv.slice(1), { stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
    const collect = (stream: NodeJS.ReadableStream) => {
      const chunks: Buffer[] = [];
      let length = 0;
      stream.on("data", (chunk: Buffer) => {
        if (length < maxOutput) chunks.push(chunk.subarray(0, maxOutput - length));
        length += chunk.length;
      });
      return () => Buffer.concat(chunks);
    };
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    const cancel =
      timeoutSeconds > 0
        ? clock.after(timeoutSeconds * 1000, () => {
            // nsenter waits for its child, which is the command, and must live to reap it.
            const commands = childrenOf(child.pid as number);
            for (const pid of commands) {
              const command = identify(pid);
              if (command) signal(command, "SIGKILL");
            }
            if (commands.length === 0) child.kill("SIGKILL");
            child.stdout.destroy();
            child.stderr.destroy();
            reject(new RuntimeError("DeadlineExceeded", `command timed out after ${timeoutSeconds}s`));
          })
        : () => {};
    child.once("error", reject);
    child.once("close", (code, name) => {
      cancel();
      resolve({ exitCode: code ?? (name ? 137 : 1), stdout: stdout(), stderr: stderr() });
    });
  });
}
