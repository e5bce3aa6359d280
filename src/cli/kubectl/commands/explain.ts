/** `kubectl explain`: what the server's OpenAPI documents say of a resource and its fields. */
import { type Command, CommandError } from "../core/command.ts";
import type { ServedResource } from "../core/discovery.ts";
import type { Session } from "../core/session.ts";
import type { Definition } from "./explain/openapi-v2.ts";
import { parseRequest } from "./explain/request.ts";

export const explainCommand: Command = {
  path: "explain",
  use: "explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]",
  short: "Get documentation for a resource.",
  flags: [
    { name: "api-version", type: "string", default: "", usage: "The group and version to explain the resource in." },
    {
      name: "output",
      short: "o",
      type: "string",
      default: "plaintext",
      usage: "How to print it: plaintext or plaintext-openapiv2.",
    },
    {
      name: "recursive",
      type: "bool",
      default: "false",
      usage: "Print the fields of fields too, without their descriptions.",
    },
  ],
  async run({ flags, args, io, session: connect }) {
    const [asked, ...more] = args;
    if (asked === undefined) {
      throw new CommandError(
        'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.\n',
      );
    }
    if (more.length > 0) throw new CommandError("We accept only this format: explain RESOURCE\n");
    const session = await connect();
    const apiVersion = flags.string("api-version");
    const { resource, fields } = await session.served((discovery) => parseRequest(asked, discovery, apiVersion !== ""));
    const recursive = flags.bool("recursive");
    const output = flags.string("output");
    const meant = apiVersion === "" ? resource : { ...resource, ...groupVersion(apiVersion) };
    if (output === "plaintext-openapiv2") {
      const { plaintextV2 } = await import("./explain/openapi-v2.ts");
      const { definitions } = await session.json<{ definitions: Record<string, Definition> }>("GET", "/openapi/v2");
      io.stdout.write(plaintextV2(definitions, meant, fields, recursive));
      return undefined;
    }
    const document = await documentOf(session, meant);
    if (output !== "plaintext") throw new CommandError(`unrecognized format: ${output}`);
    const { plaintext } = await import("./explain/plaintext.ts");
    plaintext(document, meant, fields, recursive, (text) => void io.stdout.write(text));
    return undefined;
  },
};

function groupVersion(text: string): { group: string; version: string } {
  const parts = text.split("/");
  if (parts.length > 2) throw new CommandError(`unexpected GroupVersion string: ${text}`);
  const [version = "", group = ""] = parts.reverse();
  return { group, version };
}

/** The OpenAPI v3 document of the resource's group and version. @throws CommandError when there is none */
async function documentOf(session: Session, { group, version, plural }: ServedResource): Promise<object> {
  const { paths } = await session.json<{ paths: Record<string, { serverRelativeURL: string }> }>("GET", "/openapi/v3");
  const found = paths[group ? `apis/${group}/${version}` : `api/${version}`];
  if (!found) throw new CommandError(`couldn't find resource for "${group}/${version}, Resource=${plural}"`);
  return session.json("GET", found.serverRelativeURL);
}
