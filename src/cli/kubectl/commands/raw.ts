/** `--raw`: a file's bytes to a path, and the answer as it comes. */
import { readFileSync } from "node:fs";
import { CommandError, type Invocation } from "../core/command.ts";

/**
 * The rules of `--raw`.
 * @throws CommandError in kubectl's words
 */
export function checkRaw({ flags }: Invocation, options: { readonly needsFile: boolean }): void {
  const files = flags.list("filename");
  const raw = flags.string("raw");
  if (files.length > 1 || (options.needsFile && files.length === 0))
    throw new CommandError("--raw can only use a single local file or stdin");
  if (files.some((file) => /^https?:\/\//.test(file))) throw new CommandError("--raw cannot read from a url");
  if (flags.bool("recursive")) throw new CommandError("--raw and --recursive are mutually exclusive");
  if (flags.has("selector") && flags.string("selector") && options.needsFile)
    throw new CommandError("--raw and --selector (-l) are mutually exclusive");
  if (flags.string("output")) throw new CommandError("--raw and --output are mutually exclusive");
  if (!raw.startsWith("/") && !/^[a-z][a-z0-9+.-]*:/i.test(raw))
    throw new CommandError(`--raw must be a valid URL path: parse ${JSON.stringify(raw)}: invalid URI for request`);
}

export async function sendRaw(invocation: Invocation, method: string): Promise<undefined> {
  const { flags, io } = invocation;
  const [file] = flags.list("filename");
  let body: string | undefined;
  if (file === "-") {
    const chunks: Buffer[] = [];
    for await (const chunk of io.stdin) chunks.push(chunk as Buffer);
    body = Buffer.concat(chunks).toString();
  } else if (file !== undefined) {
    try {
      body = readFileSync(file, "utf8");
    } catch {
      throw new CommandError(`open ${file}: no such file or directory`);
    }
  }
  const session = await invocation.session();
  const answer = await session.stream(flags.string("raw"), { method, ...(body === undefined ? {} : { body }) });
  for await (const chunk of answer.body) io.stdout.write(chunk);
  return undefined;
}
