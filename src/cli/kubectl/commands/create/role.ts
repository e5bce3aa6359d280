/** `create role` and `create clusterrole`. */
import { BareError, CommandError, type Invocation } from "../../core/command.ts";
import type { Discovery } from "../../core/discovery.ts";
import { type Flag, listFlag } from "../../core/flags.ts";
import { createCommand } from "./shared.ts";

const flags: readonly Flag[] = [
  listFlag("resource", "Resource that the rule applies to.", "stringSlice"),
  listFlag("resource-name", "Resource in the white list that the rule applies to; may be repeated."),
  listFlag("verb", "Verb that applies to the resources contained in the rule.", "stringSlice"),
];

export const createRoleCommand = createCommand({
  name: "role",
  use: "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none] [flags]",
  short: "Create a role with single rule.",
  flags,
  async build(invocation, name) {
    const asked = askedFor(invocation);
    if (asked.verbs.length === 0) throw new CommandError("at least one verb must be specified");
    warnOfVerbs(invocation, asked.verbs);
    if (asked.resources.length === 0) throw new CommandError("at least one resource must be specified");
    const discovery = await discover(invocation, asked);
    checkResources(asked, discovery);
    return { ...rbac("Role"), metadata: { name }, rules: rulesOf(asked, discovery) };
  },
});

export const createClusterRoleCommand = createCommand({
  name: "clusterrole",
  use: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none] [flags]",
  short: "Create a cluster role.",
  flags: [
    { name: "aggregation-rule", type: "stringToString", default: "", usage: "Labels of the ClusterRoles to combine." },
    listFlag("non-resource-url", "A partial url that user should have access to.", "stringSlice"),
    ...flags,
  ],
  async build(invocation, name) {
    const asked = askedFor(invocation);
    const urls = [...new Set(invocation.flags.list("non-resource-url"))];
    const aggregated = invocation.flags.list("aggregation-rule");
    if (aggregated.length > 0) {
      if (urls.length + asked.verbs.length + asked.resources.length + asked.resourceNames.length > 0) {
        throw new CommandError(
          "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
        );
      }
      const pairs = aggregated.flatMap((text) => text.split(",")).map((pair) => pair.split(/=(.*)/s));
      const matchLabels = Object.fromEntries(pairs.map(([key = "", value = ""]) => [key.trim(), value.trim()]));
      return {
        ...rbac("ClusterRole"),
        metadata: { name },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels }] },
      };
    }
    if (asked.verbs.length === 0) throw new CommandError("at least one verb must be specified");
    if (asked.resources.length === 0 && urls.length === 0)
      throw new CommandError("one of resource or nonResourceURL must be specified");
    const discovery = await discover(invocation, asked);
    if (asked.resources.length > 0) {
      warnOfVerbs(invocation, asked.verbs);
      checkResources(asked, discovery);
    }
    checkUrls(urls, asked.verbs);
    const rules = rulesOf(asked, discovery);
    if (urls.length > 0) rules.push({ nonResourceURLs: urls, verbs: asked.verbs });
    return { ...rbac("ClusterRole"), metadata: { name }, rules };
  },
});

const rbac = (kind: string) => ({ apiVersion: "rbac.authorization.k8s.io/v1", kind });
/** What the server serves, in which what is asked for has been looked up. */
const discover = async (invocation: Invocation, { resources }: Asked): Promise<Discovery> =>
  (await invocation.session()).served((discovery) => {
    for (const resource of resources) servedAs(resource, discovery);
    return discovery;
  });

interface Asked {
  readonly verbs: readonly string[];
  readonly resources: readonly AskedResource[];
  readonly resourceNames: readonly string[];
}

interface AskedResource {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
}

function askedFor({ flags }: Invocation): Asked {
  const verbs = [...new Set(flags.list("verb"))];
  const resources: AskedResource[] = [];
  for (const text of flags.list("resource")) {
    const [type = "", subresource = ""] = text.split(/\/(.*)/s);
    const [resource = "", group = ""] = type.split(/\.(.*)/s);
    if (text === "*") {
      resources.splice(0, resources.length, { group: "", resource, subresource });
      break;
    }
    resources.push({ group, resource, subresource });
  }
  const resourceNames = [...new Set(flags.list("resource-name"))];
  return { verbs: verbs.includes("*") ? ["*"] : verbs, resources, resourceNames };
}

const standardVerbs = new Set(
  "* get delete list create update patch watch proxy deletecollection use bind escalate impersonate".split(" "),
);
const urlVerbs = new Set("* get post put delete patch head options".split(" "));

const rbacRoles = ["roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io"];
/** Verbs that only these resources know. */
const specialVerbs: Readonly<Record<string, readonly string[]>> = {
  use: ["podsecuritypolicies.policy", "podsecuritypolicies.extensions"],
  bind: rbacRoles,
  escalate: rbacRoles,
  impersonate: ["users.", "serviceaccounts.", "groups.", "userextras.authentication.k8s.io"],
};

function warnOfVerbs({ warn }: Invocation, verbs: readonly string[]): void {
  for (const verb of verbs) if (!standardVerbs.has(verb)) warn(`Warning: '${verb}' is not a standard resource verb`);
}

/** @throws CommandError for a resource that is not served, or does not know the verb */
function checkResources({ resources, verbs }: Asked, discovery: Discovery): void {
  for (const asked of resources) {
    if (asked.resource === "") throw new CommandError("resource must be specified if apiGroup/subresource specified");
    if (asked.resource === "*") return;
    const served = servedAs(asked, discovery);
    const { group, resource } = served ?? asked;
    let known = served !== undefined;
    for (const verb of verbs) {
      const special = specialVerbs[verb];
      if (!special) continue;
      if (!special.includes(`${resource}.${group}`))
        throw new CommandError(`can not perform '${verb}' on '${resource}' in group '${group}'`);
      known = true;
    }
    if (known) continue;
    const where = asked.group ? ` in group "${asked.group}"` : "";
    throw new BareError(`the server doesn't have a resource type "${asked.resource}"${where}`);
  }
}

function servedAs(asked: AskedResource, discovery: Discovery): Omit<AskedResource, "subresource"> | undefined {
  try {
    const { group, plural } = discovery.find(`${asked.resource}${asked.group ? `.${asked.group}` : ""}`);
    return { group, resource: plural };
  } catch {
    return undefined;
  }
}

/** @throws CommandError in kubectl's words */
function checkUrls(urls: readonly string[], verbs: readonly string[]): void {
  const verb = verbs.find((v) => !urlVerbs.has(v));
  if (urls.length > 0 && verb !== undefined) throw new CommandError(`invalid verb: '${verb}' for nonResourceURL`);
  for (const url of urls) {
    if (url === "*") continue;
    if (!url.startsWith("/")) throw new CommandError("nonResourceURL should start with /");
    if (url.slice(0, -1).includes("*"))
      throw new CommandError("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
}

/** One rule for each group, in the order of their names. */
function rulesOf({ resources, verbs, resourceNames }: Asked, discovery: Discovery): object[] {
  const groups = new Map<string, string[]>();
  for (const asked of resources) {
    const { group, resource } = servedAs(asked, discovery) ?? asked;
    const name = asked.subresource ? `${resource}/${asked.subresource}` : resource;
    const names = groups.get(group) ?? [];
    if (!names.includes(name)) names.push(name);
    groups.set(group, names);
  }
  const names = resourceNames.length > 0 ? { resourceNames } : {};
  return [...groups.keys()]
    .sort()
    .map((group) => ({ apiGroups: [group], resources: groups.get(group), ...names, verbs }));
}
