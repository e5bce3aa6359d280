/** `wherry verify`: what happens when the workloads of a manifest roll out? */
import { ManifestProblems, problemText } from "../verify/manifest/problems.ts";
import { coloured, plain } from "../verify/render/style.ts";
import { brokenText, reportText } from "../verify/render/text.ts";
import { verify } from "../verify/verify.ts";
import type { CliIo } from "./io.ts";
import { readFiles } from "./kubectl/core/manifest-files.ts";

export interface VerifyFlags {
  readonly filename: readonly string[];
  readonly recursive?: boolean;
  readonly output: "text" | "json";
}

/** Exit code 1 when a promise is broken, or with a line for each thing that is wrong with the manifest. */
export async function verifyCommand({ filename, recursive = false, output }: VerifyFlags, io: CliIo): Promise<number> {
  const files = filename.flatMap((list) => list.split(","));
  const complain = (line: string) => void io.stderr.write(`error: ${line}\n`);
  try {
    const report = await verify(await readFiles(files, recursive, io));
    io.stdout.write(output === "json" ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, styleFor(io)));
    if (!report.ok) complain(brokenText(report));
    return report.ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ManifestProblems)) throw error;
    for (const problem of error.problems) complain(problemText(problem));
    return 1;
  }
}

/** no-color.org */
const styleFor = ({ stdout, env }: CliIo) => ("isTTY" in stdout && stdout.isTTY && !env.NO_COLOR ? coloured : plain);
