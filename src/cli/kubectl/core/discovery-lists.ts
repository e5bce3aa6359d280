/** What a server serves, as lists of groups and of each version's resources: what servers before 1.26 answer, and what is kept. */
import type { ServedResource } from "./discovery.ts";
import type { Session } from "./session.ts";

export interface GroupList {
  readonly kind: "APIGroupList";
  readonly apiVersion: "v1";
  /** The core group, whose name is empty, first. */
  readonly groups: readonly Group[];
}

interface GroupVersion {
  readonly groupVersion: string;
  readonly version: string;
}

interface Group {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly GroupVersion[];
  readonly preferredVersion: GroupVersion;
}

export interface ResourceList {
  readonly kind: "APIResourceList";
  readonly apiVersion: "v1";
  readonly groupVersion: string;
  readonly resources: readonly Resource[];
}

interface Resource {
  /** `pods`, and `pods/log` for what is below. */
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface Served {
  readonly groups: GroupList;
  /** One for each version of each group, in their order. */
  readonly lists: readonly ResourceList[];
}

/** Preferred versions first, in the order of the lists. */
export const servedResources = ({ lists }: Served): ServedResource[] =>
  lists.flatMap(({ groupVersion, resources }) => {
    const [version = "", group = ""] = groupVersion.split("/").reverse();
    const below = new Map<string, string[]>();
    for (const { name } of resources) {
      const slash = name.indexOf("/");
      if (slash < 0) continue;
      const parent = name.slice(0, slash);
      below.set(parent, [...(below.get(parent) ?? []), name.slice(slash + 1)]);
    }
    return resources.flatMap((r): ServedResource[] => {
      if (r.name.includes("/")) return [];
      const { name: plural, singularName: singular, kind, namespaced, verbs } = r;
      const subresources = below.get(plural) ?? [];
      const { shortNames = [], categories = [] } = r;
      return [{ group, version, kind, plural, singular, namespaced, shortNames, categories, verbs, subresources }];
    });
  });

interface Kind {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
}

interface Aggregated {
  readonly kind: string;
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly freshness?: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: Kind;
        readonly scope: string;
        readonly singularResource?: string;
        readonly verbs: readonly string[];
        readonly shortNames?: readonly string[];
        readonly categories?: readonly string[];
        readonly subresources?: readonly {
          readonly subresource: string;
          readonly responseKind?: Kind;
          readonly verbs: readonly string[];
        }[];
      }[];
    }[];
  }[];
}

const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/** Asks the server. @throws StatusError */
export async function askServed(session: Session): Promise<Served> {
  const ask = <T>(path: string) => session.json<T & { kind: string }>("GET", path, { accept, bytes: true });
  // One after the other: a second connection costs more than waiting for the first answer.
  const core = await ask<Aggregated>("/api");
  const others = await ask<Aggregated>("/apis");
  return core.kind === "APIGroupDiscoveryList" ? fromAggregated([core, others]) : askEach(session, others);
}

const versionOf = (group: string, version: string): GroupVersion => ({
  groupVersion: group ? `${group}/${version}` : version,
  version,
});
const groupOf = (name: string, versions: readonly GroupVersion[]): Group[] =>
  versions[0] ? [{ name, versions, preferredVersion: versions[0] }] : [];

const asGroups = (groups: readonly Group[]): GroupList => ({ kind: "APIGroupList", apiVersion: "v1", groups });
const asList = (groupVersion: string, resources: readonly Resource[]): ResourceList => ({
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion,
  resources,
});

/** What is stale is left out, and what does not say its kind. */
function fromAggregated(answers: readonly Aggregated[]): Served {
  const groups: Group[] = [];
  const lists: ResourceList[] = [];
  for (const { metadata, versions } of answers.flatMap(({ items = [] }) => items)) {
    const name = metadata?.name ?? "";
    const fresh = versions.filter(({ freshness }) => freshness !== "Stale");
    groups.push(
      ...groupOf(
        name,
        fresh.map(({ version }) => versionOf(name, version)),
      ),
    );
    for (const { version, resources = [] } of fresh)
      lists.push(asList(versionOf(name, version).groupVersion, resources.flatMap(withSubresources)));
  }
  return { groups: asGroups(groups), lists };
}

type AggregatedResource = NonNullable<
  NonNullable<Aggregated["items"]>[number]["versions"][number]["resources"]
>[number];

function withSubresources(r: AggregatedResource): Resource[] {
  const own = { singularName: r.singularResource ?? "", namespaced: r.scope === "Namespaced" };
  const kindOf = ({ group, version, kind = "" }: Kind) => ({
    ...(group ? { group } : {}),
    ...(version ? { version } : {}),
    kind,
  });
  const more = {
    ...(r.shortNames?.length ? { shortNames: r.shortNames } : {}),
    ...(r.categories?.length ? { categories: r.categories } : {}),
  };
  return [
    ...(r.responseKind?.kind ? [{ name: r.resource, ...own, ...kindOf(r.responseKind), verbs: r.verbs, ...more }] : []),
    ...(r.subresources ?? []).flatMap(({ subresource, responseKind, verbs }) =>
      responseKind?.kind ? [{ name: `${r.resource}/${subresource}`, ...own, ...kindOf(responseKind), verbs }] : [],
    ),
  ];
}

/** Servers before 1.26: one request per group and version. */
async function askEach(session: Session, answer: unknown): Promise<Served> {
  const { groups = [] } = answer as Partial<GroupList>;
  const core = versionOf("", "v1");
  const all = [...groupOf("", [core]), ...groups];
  const versions = all.flatMap((group) => group.versions.map((v) => v.groupVersion));
  const lists = await Promise.all(
    versions.map(async (groupVersion) => {
      const path = groupVersion === core.groupVersion ? `/api/${groupVersion}` : `/apis/${groupVersion}`;
      const { resources } = await session.json<Partial<ResourceList>>("GET", path);
      return asList(groupVersion, resources ?? []);
    }),
  );
  return { groups: asGroups(all), lists };
}
