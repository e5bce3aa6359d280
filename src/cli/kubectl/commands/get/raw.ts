/** `get --raw`: what the server answers, byte by byte. */
import { once } from "node:events";
import { CommandError, type Invocation } from "../../core/command.ts";

export async function printRaw({ flags, args, io, session }: Invocation): Promise<undefined> {
  if (args.length > 0) throw new CommandError("arguments may not be passed when --raw is specified");
  if (flags.bool("watch") || flags.bool("watch-only") || flags.string("selector") !== "") {
    throw new CommandError(
      "--raw may not be specified with other flags that filter the server request or alter the output",
    );
  }
  if (flags.string("output") !== "") throw new CommandError("--raw and --output are mutually exclusive");
  const path = flags.string("raw");
  if (!path.startsWith("/") && !/^[a-z][a-z\d+.-]*:/i.test(path))
    throw new CommandError(`--raw must be a valid URL path: parse ${JSON.stringify(path)}: invalid URI for request`);
  const { body } = await (await session()).stream(path, { signal: io.signal });
  for await (const chunk of body) if (!io.stdout.write(chunk)) await once(io.stdout, "drain");
  return undefined;
}
