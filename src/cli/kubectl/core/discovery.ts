/** What the server serves, and how a user's words name it (`RESTMapper`). */
import { groupResourceText } from "../../../base/errors.ts";
import { BareError, CommandError } from "./command.ts";
import type { ManifestObject } from "./manifests.ts";
import type { Session } from "./session.ts";

export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** Names below the resource: `status`, `scale`, `log`. */
  readonly subresources: readonly string[];
}

export class Discovery {
  /** Preferred versions first, in the server's order. */
  readonly resources: readonly ServedResource[];
  constructor(resources: readonly ServedResource[]) {
    this.resources = resources;
  }

  /**
   * Finds `pods`, `pod`, `po`, `deployments.apps`, `deployments.v1.apps`, in any case.
   * @throws CommandError `the server doesn't have a resource type "x"`
   */
  find(name: string): ServedResource {
    const asked = name.toLowerCase();
    const dot = asked.indexOf(".");
    const word = dot < 0 ? asked : asked.slice(0, dot);
    const rest = dot < 0 ? undefined : asked.slice(dot + 1);
    const inGroup = (r: ServedResource) =>
      rest === undefined ||
      r.group === rest ||
      rest === `${r.version}.${r.group}` ||
      (r.group !== "" && r.group.startsWith(`${rest}.`));
    const found =
      this.resources.find((r) => inGroup(r) && (r.plural === word || r.singular === word)) ??
      this.resources.find((r) => inGroup(r) && r.shortNames.includes(word)) ??
      this.resources.find((r) => inGroup(r) && r.kind.toLowerCase() === word);
    if (!found) throw new CommandError(`the server doesn't have a resource type "${word}"`);
    return found;
  }

  /**
   * The same where kubectl asks for nothing but a resource.
   * @throws BareError that names the group too
   */
  lookUp(name: string): ServedResource {
    try {
      return this.find(name);
    } catch {
      const [resource = "", ...group] = name.toLowerCase().split(".");
      const where = group.length > 0 ? ` in group ${JSON.stringify(group.join("."))}` : "";
      throw new BareError(`the server doesn't have a resource type ${JSON.stringify(resource)}${where}`);
    }
  }

  /** All resources in a category, for example `all`. */
  category(name: string): ServedResource[] {
    return this.resources.filter((r) => r.categories.includes(name));
  }

  /** @throws CommandError with kubectl's text for a kind that is not served */
  forKind(object: ManifestObject, source: string): ServedResource {
    const { apiVersion, kind, metadata } = object;
    const [version = "", group = ""] = apiVersion.includes("/") ? apiVersion.split("/").reverse() : [apiVersion, ""];
    const found = this.resources.find((r) => r.group === group && r.version === version && r.kind === kind);
    if (found) return found;
    throw new CommandError(
      `resource mapping not found for name: "${metadata.name ?? ""}" namespace: "${metadata.namespace ?? ""}" from "${source}": no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
    );
  }
}

/** `deployments.apps`, `pods`. */
export const resourceText = (r: ServedResource): string => groupResourceText({ group: r.group, resource: r.plural });
/** `deployment.apps`, `pod`: how a resource stands in front of a name. */
export const kindText = (r: Pick<ServedResource, "group" | "kind">): string => {
  const kind = r.kind.toLowerCase();
  return r.group ? `${kind}.${r.group}` : kind;
};

interface DiscoveryList {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind: string };
        readonly scope: string;
        readonly singularResource?: string;
        readonly verbs: readonly string[];
        readonly shortNames?: readonly string[];
        readonly categories?: readonly string[];
        readonly subresources?: readonly { readonly subresource: string }[];
      }[];
    }[];
  }[];
}

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

export async function loadDiscovery(session: Session): Promise<Discovery> {
  const ask = (path: string) => session.json<DiscoveryList & { kind: string }>("GET", path, { accept: aggregated });
  // One after the other: a second connection costs more than waiting for the first answer.
  const core = await ask("/api");
  const groups = await ask("/apis");
  const all =
    core.kind === "APIGroupDiscoveryList" ? fromAggregated([core, groups]) : await loadLegacy(session, groups);
  return new Discovery(all);
}

function fromAggregated(lists: readonly DiscoveryList[]): ServedResource[] {
  return lists.flatMap((list) =>
    list.items.flatMap((group) =>
      group.versions.flatMap((version) =>
        (version.resources ?? []).map(
          (r): ServedResource => ({
            group: group.metadata?.name ?? "",
            version: version.version,
            kind: r.responseKind?.kind ?? "",
            plural: r.resource,
            singular: r.singularResource ?? "",
            namespaced: r.scope === "Namespaced",
            shortNames: r.shortNames ?? [],
            categories: r.categories ?? [],
            verbs: r.verbs,
            subresources: (r.subresources ?? []).map((s) => s.subresource),
          }),
        ),
      ),
    ),
  );
}

interface LegacyGroups {
  readonly groups?: readonly {
    readonly name: string;
    readonly versions: readonly { readonly groupVersion: string }[];
  }[];
}

interface LegacyList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly singularName: string;
    readonly verbs: readonly string[];
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  }[];
}

/** Servers before 1.26: one request per group and version. */
async function loadLegacy(session: Session, groups: unknown): Promise<ServedResource[]> {
  const versions = [
    "v1",
    ...((groups as LegacyGroups).groups ?? []).flatMap((g) => g.versions.map((v) => v.groupVersion)),
  ];
  const lists = await Promise.all(
    versions.map(async (groupVersion) => {
      const path = groupVersion === "v1" ? "/api/v1" : `/apis/${groupVersion}`;
      const { resources } = await session.json<LegacyList>("GET", path);
      const [version = "", group = ""] = groupVersion.split("/").reverse();
      return resources
        .filter((r) => !r.name.includes("/"))
        .map(
          (r): ServedResource => ({
            group,
            version,
            kind: r.kind,
            plural: r.name,
            singular: r.singularName,
            namespaced: r.namespaced,
            shortNames: r.shortNames ?? [],
            categories: r.categories ?? [],
            verbs: r.verbs,
            subresources: resources
              .filter((s) => s.name.startsWith(`${r.name}/`))
              .map((s) => s.name.slice(r.name.length + 1)),
          }),
        );
    }),
  );
  return lists.flat();
}
