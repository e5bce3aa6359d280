/** How the demo looks: commands, their output, and on a terminal one live line of traffic at the bottom. */
import { execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Cancel, Clock } from "../../../base/clock.ts";
import type { CliIo } from "../../io.ts";

const wherry = fileURLToPath(new URL("../../main.cjs", import.meta.url));

export interface RunOptions {
  /** End the command after this many milliseconds, as Ctrl-C would. */
  readonly interruptAfter?: number;
  /** Show only what it prints on standard output. */
  readonly quiet?: boolean;
}

export interface Stage {
  /** A sentence about what comes next. */
  tell(text: string): void;
  /** Runs a `wherry` command; shows it and what it prints. @throws Error when it fails */
  run(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Runs a `wherry` command without showing it. @returns its standard output */
  ask(args: readonly string[]): Promise<string>;
  /** Shows what `text` returns, renewed a few times a second on a terminal. */
  live(text: () => string): void;
  /** Prints the live line as it is now, for good. */
  note(): void;
  close(): void;
}

export function openStage(io: CliIo, env: NodeJS.ProcessEnv, clock: Clock): Stage {
  const out = io.stdout as NodeJS.WriteStream;
  const terminal = out.isTTY === true;
  const color = (code: string, text: string) => (terminal && !env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text);
  let status: (() => string) | undefined;
  let shown = false;
  let atLineStart = true;
  let cancel: Cancel = () => {};

  const erase = () => {
    if (shown) out.write("\r\x1b[2K");
    shown = false;
  };
  const draw = () => {
    if (!terminal || !status || !atLineStart) return;
    erase();
    out.write(color("2", status()));
    shown = true;
  };
  const write = (text: string) => {
    if (text === "") return;
    erase();
    out.write(text);
    atLineStart = text.endsWith("\n");
    draw();
  };

  return {
    tell: (text) => write(`\n${color("1", `# ${text}`)}\n`),
    live(text) {
      status = text;
      if (terminal) cancel = clock.every(200, draw);
    },
    note() {
      if (status) write(`${color("36", status())}\n`);
    },
    close() {
      cancel();
      erase();
      status = undefined;
    },
    ask: async (args) => (await promisify(execFile)(process.execPath, [wherry, ...args], { env })).stdout,
    run(args, { interruptAfter, quiet = false } = {}) {
      const shownArgs = args[0] === "kubectl" ? args : ["wherry", ...args];
      write(`${color("32", "$")} ${color("1", shownArgs.join(" "))}\n`);
      return new Promise<string>((resolve, reject) => {
        const child = spawn(process.execPath, [wherry, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
        let output = "";
        let interrupted = false;
        const take = (chunk: Buffer) => {
          const text = chunk.toString();
          output += text;
          write(text);
        };
        let progress = "";
        child.stdout.on("data", take);
        child.stderr.on("data", quiet ? (chunk: Buffer) => (progress += chunk) : take);
        const stop =
          interruptAfter === undefined
            ? () => {}
            : clock.after(interruptAfter, () => {
                interrupted = true;
                child.kill("SIGINT");
              });
        child.once("error", reject);
        child.once("close", (code) => {
          stop();
          if (interrupted) write(`${color("2", "^C")}\n`);
          if (code === 0 || interrupted) resolve(output);
          else write(progress);
          if (code !== 0 && !interrupted) reject(new Error(`\`${shownArgs.join(" ")}\` failed with exit code ${code}`));
        });
      });
    },
  };
}
