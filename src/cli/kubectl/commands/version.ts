import { packageVersion } from "../../version.ts";
import { type Command, CommandError } from "../core/command.ts";
import { kubectlVersion } from "../core/session.ts";
import { toYaml } from "../print/yaml.ts";

/** The kustomize that kubectl 1.34 has in it. */
const kustomizeVersion = "v5.7.1";

interface ServerVersion {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
}

export const versionCommand: Command = {
  path: "version",
  use: "version [flags]",
  short: "Print the client and server version information.",
  flags: [
    {
      name: "client",
      type: "bool",
      default: "false",
      usage: "If true, shows client version only (no server required).",
    },
    { name: "output", short: "o", type: "string", default: "", usage: "One of 'yaml' or 'json'." },
  ],
  async run({ flags, args, io, print, warn, session }) {
    if (args.length > 0) throw new CommandError(`extra arguments: [${args.join(" ")}]`);
    const output = flags.string("output");
    if (output !== "" && output !== "yaml" && output !== "json")
      throw new CommandError("--output must be 'yaml' or 'json'");
    const [major = "", minor = ""] = kubectlVersion.slice(1).split(".");
    const platform = `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`;
    const gitVersion = `${kubectlVersion}+wherry${packageVersion()}`;
    const clientVersion = { major, minor, gitVersion, compiler: `node ${process.version}`, platform };
    let serverVersion: ServerVersion | undefined;
    let failure: unknown;
    if (!flags.bool("client")) {
      const { json } = await session();
      try {
        serverVersion = await json<ServerVersion>("GET", "/version");
      } catch (error) {
        failure = error;
      }
    }
    const value = { clientVersion, kustomizeVersion, ...(serverVersion ? { serverVersion } : {}) };
    if (output === "json") print(JSON.stringify(value, undefined, 2));
    else if (output === "yaml") io.stdout.write(`${toYaml(value)}\n`);
    else {
      print(`Client Version: ${gitVersion}`);
      print(`Kustomize Version: ${kustomizeVersion}`);
      if (serverVersion) print(`Server Version: ${serverVersion.gitVersion}`);
    }
    const skew = serverVersion && skewOf(clientVersion, serverVersion);
    if (skew && flags.bool("warnings-as-errors")) throw new CommandError(skew);
    if (skew) warn(`Warning: ${skew}`);
    if (failure !== undefined) throw failure;
    return undefined;
  },
};

/** What is said of client and server whose versions are further apart than is supported. */
function skewOf(
  client: { readonly major: string; readonly minor: string },
  server: { readonly major: string; readonly minor: string },
): string | undefined {
  const minorOf = (text: string) => Number.parseInt(text, 10);
  const near = client.major === server.major && Math.abs(minorOf(client.minor) - minorOf(server.minor)) <= 1;
  const names = [client, server].map(({ major, minor }) => `${major}.${minorOf(minor)}`);
  return near
    ? undefined
    : `version difference between client (${names[0]}) and server (${names[1]}) exceeds the supported minor version skew of +/-1`;
}
