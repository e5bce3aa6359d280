/** `wherry kubectl` as its program calls it, without a process of its own: starting one takes longer than most reads. */
import { Readable, Writable } from "node:stream";

export interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const collector = () => {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
};

/** Relative paths, the home directory and the time zone are those of this process. */
export async function runInProcess(words: readonly string[], env: NodeJS.ProcessEnv, input: string): Promise<Result> {
  const [out, err] = [collector(), collector()];
  const { signal } = new AbortController();
  // Now: it looks for the home directory when it is loaded.
  const { kubectl } = await import("../../src/cli/kubectl/main.ts");
  const io = { stdin: Readable.from([Buffer.from(input)]), stdout: out.stream, stderr: err.stream, env, signal };
  const exitCode = await kubectl(words, io);
  return { stdout: out.text(), stderr: err.text(), exitCode };
}
