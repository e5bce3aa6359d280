import { type Command, CommandError } from "../core/command.ts";

export const apiVersionsCommand: Command = {
  path: "api-versions",
  use: "api-versions",
  short: "Print the API versions that the server supports, as group/version.",
  flags: [],
  async run({ args, print, session }) {
    if (args.length > 0) {
      throw new CommandError(
        `unexpected arguments: [${args.join(" ")}]\nSee 'kubectl api-versions -h' for help and examples`,
      );
    }
    const connected = await session();
    const [core, groups] = await Promise.all([
      connected.json<{ versions?: string[] }>("GET", "/api"),
      connected.json<{ groups?: { versions: { groupVersion: string }[] }[] }>("GET", "/apis"),
    ]);
    const versions = [
      ...(core.versions ?? []),
      ...(groups.groups ?? []).flatMap((group) => group.versions.map((v) => v.groupVersion)),
    ];
    for (const version of versions.sort()) print(version);
    return undefined;
  },
};
