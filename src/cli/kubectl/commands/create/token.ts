import { StatusError } from "../../../../base/errors.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { listFlag, textFlag } from "../../core/flags.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import { localResource } from "../../core/typed.ts";
import { printFlags } from "../../print/print-flags.ts";
import { nameAndCommand } from "./shared.ts";

export const createTokenCommand: Command = {
  path: "create token",
  use: "create token SERVICE_ACCOUNT_NAME [flags]",
  short: "Request a service account token.",
  flags: [
    listFlag("audience", "Audience of the requested token; may be repeated."),
    textFlag("bound-object-kind", "Kind of an object to bind the token to: Node, Pod or Secret."),
    textFlag("bound-object-name", "Name of an object to bind the token to."),
    textFlag("bound-object-uid", "UID of an object to bind the token to."),
    {
      name: "duration",
      type: "duration",
      default: "0s",
      usage: "Requested lifetime of the issued token. 0 leaves it to the server.",
    },
    ...printFlags,
  ],
  async run(invocation) {
    const { flags, io } = invocation;
    const [name] = nameAndCommand(invocation, "token");
    check(invocation);
    const session = await invocation.session();
    const kind = flags.string("bound-object-kind");
    const audiences = flags.list("audience");
    const request = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {
        audiences: audiences.length > 0 ? audiences : null,
        ...(flags.duration("duration") > 0 ? { expirationSeconds: flags.duration("duration") / 1000 } : {}),
        ...(kind
          ? {
              boundObjectRef: {
                kind,
                apiVersion: "v1",
                name: flags.string("bound-object-name"),
                uid: flags.string("bound-object-uid"),
              },
            }
          : {}),
      },
    };
    const serviceAccounts = localResource({ apiVersion: "v1", kind: "ServiceAccount" });
    const place = { namespace: session.namespace, name, subresource: "token" };
    let answer: typeof request & { readonly status?: { readonly token?: string } };
    try {
      answer = await session.json("POST", apiPath(serviceAccounts, place), { body: request });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw new CommandError(`failed to create token: ${error.message}`);
    }
    const token = answer.status?.token;
    if (!token) throw new CommandError("failed to create token: no token in server response");
    if (flags.string("output")) {
      await printResult(invocation, localResource(answer), answer, "created", "none", { typed: true });
    } else io.stdout.write((io.stdout as { isTTY?: boolean }).isTTY ? `${token}\n` : token);
    return undefined;
  },
};

const kinds = ["Node", "Pod", "Secret"];

/** @throws CommandError in kubectl's words */
function check({ flags }: Invocation): void {
  const duration = flags.duration("duration");
  if (duration < 0) throw new CommandError("--duration must be greater than or equal to 0");
  if (duration % 1000 !== 0) throw new CommandError("--duration cannot be expressed in units less than seconds");
  if (flags.list("audience").includes("")) throw new CommandError("--audience must not be an empty string");
  const kind = flags.string("bound-object-kind");
  for (const field of ["name", "uid"])
    if (!kind && flags.string(`bound-object-${field}`))
      throw new CommandError(`--bound-object-${field} can only be set if --bound-object-kind is provided`);
  if (kind && !kinds.includes(kind))
    throw new CommandError(`supported --bound-object-kind values are ${kinds.join(", ")}`);
  if (kind && !flags.string("bound-object-name"))
    throw new CommandError("--bound-object-name is required if --bound-object-kind is provided");
}
