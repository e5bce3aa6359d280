/** Which groups, versions and resources there are: the legacy lists and the aggregated document. */
import { createHash } from "node:crypto";
import type { Resources } from "../resources.ts";

interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** Absent: the resource's own kind. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

interface Listed {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
  /** The group and version in which it is stored; absent when it is never. */
  readonly storage?: { readonly group: string; readonly version: string };
}

/** The order in which upstream lists its groups; a client that finds a name in several takes the first. */
const groupOrder = [
  "",
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];
const orderOf = (group: string) => (groupOrder.indexOf(group) + 1 || groupOrder.length + 1) - 1;

const proxyVerbs = ["create", "delete", "get", "patch", "update"];
const v1 = (kind: string) => ({ group: "", version: "v1", kind });

/** Subresources that are not a matter of the kind's own rules. */
const connected: Readonly<Record<string, readonly Subresource[]>> = {
  "/pods": [
    { name: "binding", verbs: ["create"], kind: v1("Binding") },
    { name: "log", verbs: ["get"] },
    { name: "proxy", verbs: proxyVerbs, kind: v1("PodProxyOptions") },
  ],
  "/services": [{ name: "proxy", verbs: proxyVerbs, kind: v1("ServiceProxyOptions") }],
  "/nodes": [{ name: "proxy", verbs: proxyVerbs, kind: v1("NodeProxyOptions") }],
  "/serviceaccounts": [
    { name: "token", verbs: ["create"], kind: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" } },
  ],
  "/namespaces": [{ name: "finalize", verbs: ["update"] }],
};

/** Resources that answer a question and are never stored. */
const createOnly = (group: string, plural: string, kind: string, namespaced = false): Listed => ({
  group,
  version: "v1",
  plural,
  singular: kind.toLowerCase(),
  kind,
  namespaced,
  verbs: ["create"],
  shortNames: [],
  categories: [],
  subresources: [],
});

const questions: readonly Listed[] = [
  createOnly("", "bindings", "Binding", true),
  createOnly("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
  createOnly("authentication.k8s.io", "tokenreviews", "TokenReview"),
  createOnly("authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview", true),
  createOnly("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
  createOnly("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
  createOnly("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
];

const writable = ["get", "patch", "update"];

function listed(resources: Resources): Listed[] {
  const all = resources.all.map(({ group, version, kind }): Listed => {
    const subresources: Subresource[] = [...(connected[`${group}/${kind.plural}`] ?? [])];
    if (kind.scale) {
      subresources.push({
        name: "scale",
        verbs: writable,
        kind: { group: "autoscaling", version: "v1", kind: "Scale" },
      });
    }
    if (kind.status) subresources.push({ name: "status", verbs: writable });
    return {
      group,
      version,
      plural: kind.plural,
      singular: kind.singular,
      kind: kind.kind,
      namespaced: kind.namespaced,
      verbs: [...kind.verbs].sort(),
      shortNames: kind.shortNames,
      categories: kind.categories,
      subresources: subresources.sort((a, b) => (a.name < b.name ? -1 : 1)),
      storage: { group: kind.group, version: kind.version },
    };
  });
  const taken = new Set(all.map((r) => `${r.group}/${r.plural}`));
  return [...all, ...questions.filter((q) => !taken.has(`${q.group}/${q.plural}`))].sort(
    (a, b) =>
      orderOf(a.group) - orderOf(b.group) ||
      (a.group < b.group ? -1 : a.group > b.group ? 1 : 0) ||
      (a.plural < b.plural ? -1 : 1),
  );
}

const gv = (group: string, version: string) => (group ? `${group}/${version}` : version);
const unlessEmpty = <K extends string>(key: K, list: readonly string[]) => (list.length ? { [key]: list } : {});
const storageVersionHash = ({ storage, kind }: Listed) =>
  createHash("sha256")
    .update(`${storage?.group}/${storage?.version}/${kind}`)
    .digest()
    .subarray(0, 8)
    .toString("base64");

interface Document {
  readonly body: Buffer;
  /** Of the content, quoted. */
  readonly etag: string;
}

export interface Discovery {
  /** `/api`. @param host as the client sees the server */
  coreVersions(host: string): object;
  /** `/apis` */
  groups(): object;
  /** `/apis/{group}` */
  group(group: string): object | undefined;
  /** `/api/v1`, `/apis/{group}/{version}` */
  resources(group: string, version: string): object | undefined;
  /** The aggregated form of `/api` or `/apis`. */
  aggregated(root: "api" | "apis", version: string): Document;
}

export function describe(served: Resources): Discovery {
  const all = listed(served);
  const groups = [...new Set(all.map((r) => r.group))];
  const versionsOf = (group: string) => [...new Set(all.filter((r) => r.group === group).map((r) => r.version))];
  const groupObject = (group: string) => {
    const versions = versionsOf(group).map((version) => ({ groupVersion: gv(group, version), version }));
    return { name: group, versions, preferredVersion: versions[0] };
  };
  const documents = new Map<string, Document>();

  const aggregatedVersion = (group: string, version: string) => ({
    version,
    resources: all
      .filter((r) => r.group === group && r.version === version)
      .map((r) => ({
        resource: r.plural,
        responseKind: { group: "", version: "", kind: r.kind },
        scope: r.namespaced ? "Namespaced" : "Cluster",
        singularResource: r.singular,
        verbs: r.verbs,
        ...unlessEmpty("shortNames", r.shortNames),
        ...unlessEmpty("categories", r.categories),
        ...(r.subresources.length
          ? {
              subresources: r.subresources.map((s) => ({
                subresource: s.name,
                // Without a group, upstream leaves out the version too.
                responseKind: s.kind?.group ? s.kind : { group: "", version: "", kind: s.kind?.kind ?? r.kind },
                verbs: s.verbs,
              })),
            }
          : {}),
      })),
    freshness: "Current",
  });

  return {
    coreVersions: (host) => ({
      kind: "APIVersions",
      versions: versionsOf(""),
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: host }],
    }),
    groups: () => ({ kind: "APIGroupList", apiVersion: "v1", groups: groups.filter(Boolean).map(groupObject) }),
    group: (group) =>
      group && groups.includes(group) ? { kind: "APIGroup", apiVersion: "v1", ...groupObject(group) } : undefined,
    resources(group, version) {
      const found = all.filter((r) => r.group === group && r.version === version);
      if (!found.length) return undefined;
      const entries = found.flatMap((r) => [
        {
          name: r.plural,
          singularName: r.singular,
          namespaced: r.namespaced,
          kind: r.kind,
          verbs: r.verbs,
          ...unlessEmpty("shortNames", r.shortNames),
          ...unlessEmpty("categories", r.categories),
          ...(r.storage ? { storageVersionHash: storageVersionHash(r) } : {}),
        },
        ...r.subresources.map((s) => ({
          name: `${r.plural}/${s.name}`,
          singularName: "",
          namespaced: r.namespaced,
          ...(s.kind?.group ? { group: s.kind.group, version: s.kind.version } : {}),
          kind: s.kind?.kind ?? r.kind,
          verbs: s.verbs,
        })),
      ]);
      return {
        kind: "APIResourceList",
        ...(group ? { apiVersion: "v1" } : {}),
        groupVersion: gv(group, version),
        resources: entries,
      };
    },
    aggregated(root, version) {
      const key = `${root}/${version}`;
      let document = documents.get(key);
      if (!document) {
        const items = groups
          .filter((g) => (root === "api") === (g === ""))
          .map((group) => ({
            metadata: group ? { name: group } : {},
            versions: versionsOf(group).map((v) => aggregatedVersion(group, v)),
          }));
        const list = {
          kind: "APIGroupDiscoveryList",
          apiVersion: `apidiscovery.k8s.io/${version}`,
          metadata: {},
          items,
        };
        const body = Buffer.from(`${JSON.stringify(list)}\n`);
        const etag = `"${createHash("sha512").update(body).digest("hex").toUpperCase()}"`;
        document = { body, etag };
        documents.set(key, document);
      }
      return document;
    },
  };
}
