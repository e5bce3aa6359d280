/** What two kubectls printed, compared and shown. */

import type { Mode } from "./command-file.ts";
import type { Result } from "./in-process.ts";
import { masked, withoutAges, withoutWidths } from "./masks.ts";

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

/**
 * What two programs that were not run at the same time have in common, with servers in between that listen on another port
 * each time: of what they read, which is the same, all but ages.
 * @param namespace the run's own
 */
export function timelessResult({ stdout, stderr, exitCode }: Result, mode: Mode, namespace: string): Result {
  const maskedText = (text: string) => (mode === "?" ? withoutAges(text) : masked(text, namespace));
  const timeless = (text: string) => withoutWidths(maskedText(text.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "SERVER")));
  return { stdout: timeless(stdout), stderr: timeless(stderr), exitCode };
}

export const same = (a: Result, b: Result): boolean =>
  a.stdout === b.stdout && a.stderr === b.stderr && a.exitCode === b.exitCode;

/** One side's results as text, so that a failure shows where they part. */
export const shown = (differences: readonly Difference[], of: "real" | "ours"): string =>
  differences.map((difference) => `$ ${difference.command}\n${textOf(difference[of])}`).join("\n\n");

const textOf = ({ stdout, stderr, exitCode }: Result): string =>
  `${stdout}${stderr ? `--- stderr\n${stderr}` : ""}--- exit code ${exitCode}`;

/** How many command lines were compared, and of how many the two print the same. */
export class Score {
  readonly #about: string;
  #lines = 0;
  #same = 0;

  constructor(about: string) {
    this.#about = about;
  }

  add(difference: Difference | undefined): void {
    this.#lines++;
    if (!difference) this.#same++;
  }

  print(): void {
    console.log(`wherry kubectl prints what kubectl 1.34 prints: ${this.#same} of ${this.#lines} ${this.#about}`);
  }
}
