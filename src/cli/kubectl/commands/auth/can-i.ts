/** `kubectl auth can-i`: asks the server's authorizer about one action, or for all that is allowed. */

import { printRules, type ReviewedRules } from "../../core/access-rules.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import type { ServedResource } from "../../core/discovery.ts";
import type { Session } from "../../core/session.ts";

export const canICommand: Command = {
  path: "auth can-i",
  use: "auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
  short: "Check whether an action is allowed.",
  flags: [
    {
      name: "all-namespaces",
      short: "A",
      type: "bool",
      default: "false",
      usage: "If true, check the specified action in all namespaces.",
    },
    { name: "list", type: "bool", default: "false", usage: "Print everything that is allowed." },
    { name: "no-headers", type: "bool", default: "false", usage: "Print what is allowed without headers." },
    { name: "quiet", short: "q", type: "bool", default: "false", usage: "Print nothing: the exit code says it." },
    { name: "subresource", type: "string", default: "", usage: "Subresource such as log or scale." },
  ],
  run,
};

const resourceVerbs = new Set([
  ...["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind", "impersonate"],
  ...["*", "approve", "sign", "escalate", "attest"],
]);
const urlVerbs = new Set(["get", "put", "post", "head", "options", "delete", "patch", "*"]);

const group = "/apis/authorization.k8s.io/v1";

async function run(invocation: Invocation): Promise<number | undefined> {
  const { flags, args, print } = invocation;
  const listing = flags.bool("list");
  if (listing && args.length > 0) throw new CommandError("list option must be specified with no arguments");
  if (!listing && args.length !== 2) {
    throw new CommandError(
      "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
    );
  }
  const session = await invocation.session();
  const namespace = flags.bool("all-namespaces") ? "" : session.namespace;
  if (listing) {
    if (flags.bool("quiet") || flags.bool("all-namespaces") || flags.string("subresource") !== "")
      throw new CommandError(
        "list option can't be specified with neither quiet, all-namespaces nor subresource options",
      );
    return list(invocation, session, namespace);
  }
  const spec = await question(invocation, session, namespace);
  if (flags.bool("no-headers")) throw new CommandError("--no-headers cannot be set without --list specified");
  const review = await session.json<{
    status?: { allowed?: boolean; reason?: string; evaluationError?: string };
  }>("POST", `${group}/selfsubjectaccessreviews`, {
    body: { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1", metadata: {}, spec },
  });
  const { allowed = false, reason, evaluationError } = review.status ?? {};
  const why = [reason, evaluationError].filter(Boolean).map((text) => ` - ${text}`);
  if (!flags.bool("quiet")) print(allowed ? "yes" : `no${why.join("")}`);
  return allowed ? 0 : 1;
}

/** What is asked, as the review's spec; what looks odd about it is warned of. */
async function question({ flags, args, warn }: Invocation, session: Session, namespace: string): Promise<object> {
  const [verb = "", what = ""] = args;
  const subresource = flags.string("subresource");
  // kubectl ends these warnings with a line of their own.
  const odd = (text: string) => warn(`Warning: ${text}\n`);
  if (what.startsWith("/")) {
    if (subresource !== "") throw new CommandError("--subresource can not be used with NonResourceURL");
    if (!urlVerbs.has(verb)) odd(`verb '${verb}' is not a known verb`);
    return { nonResourceAttributes: { verb, path: what } };
  }
  const slash = what.indexOf("/");
  const type = slash < 0 ? what : what.slice(0, slash);
  const name = slash < 0 ? "" : what.slice(slash + 1);
  const resource = type === "*" ? undefined : await resourceFor(session, type, odd);
  if (type !== "" && !flags.bool("all-namespaces")) {
    if (resource && !resource.namespaced)
      odd(
        `resource '${resource.plural}' is not namespace scoped${resource.group ? ` in group '${resource.group}'` : ""}`,
      );
    if (!resourceVerbs.has(verb)) odd(`verb '${verb}' is not a known verb`);
  }
  const attributes = {
    namespace,
    verb,
    group: resource?.group ?? "",
    resource: resource?.plural ?? type,
    subresource,
    name,
  };
  const given = Object.entries(attributes).filter(([, value]) => value !== "");
  return { resourceAttributes: Object.fromEntries(given) };
}

async function resourceFor(
  session: Session,
  type: string,
  odd: (text: string) => void,
): Promise<ServedResource | undefined> {
  try {
    return await session.served((discovery) => discovery.find(type));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const [word = "", ...inGroup] = type.toLowerCase().split(".");
    // Who may be impersonated is a resource that no server lists.
    if (type.toLowerCase() === "users" || type.toLowerCase() === "groups") return undefined;
    const where = inGroup.length > 0 ? ` in group '${inGroup.join(".")}'` : "";
    odd(`the server doesn't have a resource type '${word}'${where}`);
    return undefined;
  }
}

async function list({ flags, io, warn }: Invocation, session: Session, namespace: string): Promise<undefined> {
  const { status } = await session.json<{ status: ReviewedRules }>("POST", `${group}/selfsubjectrulesreviews`, {
    body: {
      kind: "SelfSubjectRulesReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: {},
      spec: { namespace },
    },
  });
  if (status.incomplete) warn(`Warning: the list may be incomplete: ${status.evaluationError ?? ""}`);
  io.stdout.write(printRules(status, flags.bool("no-headers")));
  return undefined;
}
