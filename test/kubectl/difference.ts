/** What two kubectls printed, compared and shown. */
import type { Result } from "./in-process.ts";
import { masked, withoutWidths } from "./masks.ts";

export interface Difference {
  readonly command: string;
  readonly real: Result;
  readonly ours: Result;
}

/** @param namespace the run's own */
export const maskedResult = ({ stdout, stderr, exitCode }: Result, namespace: string): Result => ({
  stdout: masked(stdout, namespace),
  stderr: masked(stderr, namespace),
  exitCode,
});

/** With a word for the directory that was the run's home. */
export const withoutHome = ({ stdout, stderr, exitCode }: Result, home: string): Result => ({
  stdout: stdout.replaceAll(home, "HOME"),
  stderr: stderr.replaceAll(home, "HOME"),
  exitCode,
});

/** For runs that were not at the same time, with servers in between that listen on another port each time. */
export function timelessResult({ stdout, stderr, exitCode }: Result, namespace: string): Result {
  const timeless = (text: string) =>
    withoutWidths(masked(text.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "SERVER"), namespace));
  return { stdout: timeless(stdout), stderr: timeless(stderr), exitCode };
}

export const same = (a: Result, b: Result): boolean =>
  a.stdout === b.stdout && a.stderr === b.stderr && a.exitCode === b.exitCode;

/** One side's results as text, so that a failure shows where they part. */
export const shown = (differences: readonly Difference[], of: "real" | "ours"): string =>
  differences.map((difference) => `$ ${difference.command}\n${textOf(difference[of])}`).join("\n\n");

const textOf = ({ stdout, stderr, exitCode }: Result): string =>
  `${stdout}${stderr ? `--- stderr\n${stderr}` : ""}--- exit code ${exitCode}`;
