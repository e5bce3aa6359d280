/** What is wrong with a manifest, each with its place. */
export interface Problem {
  /** As it was named on the command line; `standard input` for `-`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Path of the field, `spec.replicas`; absent when the text itself cannot be read. */
  readonly field?: string;
  readonly message: string;
}

/** The manifest cannot be verified. Holds every problem that was found, at least one, file by file and line by line. */
export class ManifestProblems extends Error {
  override readonly name = "ManifestProblems";
  readonly problems: readonly Problem[];
  /** @param files their order */
  constructor(problems: readonly Problem[], files: readonly string[]) {
    const sorted = [...problems].sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line);
    super(sorted.map(problemText).join("\n"));
    this.problems = sorted;
  }
}

/** `deployment.yaml:12: spec.replicas: Invalid value: -1: must be greater than or equal to 0` */
export const problemText = ({ file, line, field, message }: Problem): string =>
  `${file}:${line}: ${field === undefined ? "" : `${field}: `}${message.replace(/\s*\n\s*/g, " ")}`;
