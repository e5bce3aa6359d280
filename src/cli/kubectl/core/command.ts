/** What a kubectl command is: its words, its flags and what it does. One file per command. */
import type { Readable, Writable } from "node:stream";
import type { Flag, FlagValues } from "./flags.ts";
import type { Session } from "./session.ts";

export interface Io {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: NodeJS.ProcessEnv;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** From now on an interrupt ends the program with this exit code; without it the signal itself does. */
  onInterrupt?(exitCode: number): void;
}

export interface Invocation {
  readonly io: Io;
  readonly flags: FlagValues;
  readonly args: readonly string[];
  /** What was typed, from `kubectl` on: arguments first, then flags as `--name=value`. */
  readonly commandLine: string;
  /** Connects according to kubeconfig and flags, once. */
  session(): Promise<Session>;
  /** One line on standard output. */
  print(line: string): void;
  /** One line on standard error. */
  warn(line: string): void;
}

export interface Command {
  /** The words that call it, for example `rollout status`. */
  readonly path: string;
  /** The usage line behind `kubectl`, for example `rollout status (TYPE NAME | TYPE/NAME) [flags]`. */
  readonly use: string;
  readonly short: string;
  readonly flags: readonly Flag[];
  /** The exit code when the user interrupts, where kubectl catches that; elsewhere the signal ends it. */
  interruptExitCode?(flags: FlagValues): number | undefined;
  /** @returns the exit code; nothing means 0. @throws CommandError, StatusError, ConnectionError, UsageError */
  run(invocation: Invocation): Promise<number | undefined>;
}

/** A failure with the text that kubectl prints behind `error: `. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A failure that kubectl says as it is, without `error: ` in front. */
export class BareError extends CommandError {}

/** A file that could be found, but not what is in it be read or built. */
export class ContentError extends CommandError {}

/** Several failures, one line each; what worked has been done and printed. */
export class CommandErrors extends Error {
  override readonly name = "CommandErrors";
  readonly errors: readonly unknown[];
  constructor(errors: readonly unknown[]) {
    super("several failures");
    this.errors = errors;
  }
}

/** Shows the command's help; with a message, then fails with it. */
export class ShowHelp extends CommandError {
  override readonly name = "CommandError";
  constructor(message = "") {
    super(message, message === "" ? 0 : 1);
  }
}
