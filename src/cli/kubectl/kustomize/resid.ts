/** How kustomize names a resource: group, version, kind, namespace and name (kyaml `resid`). */

export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Known to live outside of namespaces. */
  readonly clusterScoped: boolean;
}

export interface ResId extends Gvk {
  readonly name: string;
  readonly namespace: string;
}

/** What is empty matches anything. */
export interface GvkSelector {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
}

export interface IdSelector extends GvkSelector {
  readonly name?: string;
  readonly namespace?: string;
}

export const notNamespaced = "_non_namespaceable_";

export function splitApiVersion(apiVersion: string): [group: string, version: string] {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

export const gvkText = ({ kind, version, group }: GvkSelector): string =>
  `${kind || "[noKind]"}.${version || "[noVer]"}.${group || "[noGrp]"}`;

export const idText = (id: IdSelector): string => `${gvkText(id)}/${id.name || "[noName]"}.${id.namespace || "[noNs]"}`;

export const sameGvk = (a: GvkSelector, b: GvkSelector): boolean =>
  (a.group ?? "") === (b.group ?? "") && (a.version ?? "") === (b.version ?? "") && (a.kind ?? "") === (b.kind ?? "");

export const effectiveNamespace = ({ clusterScoped, namespace }: ResId): string => {
  if (clusterScoped) return notNamespaced;
  return namespace === "" ? "default" : namespace;
};

export const sameNamespace = (a: ResId, b: ResId): boolean => effectiveNamespace(a) === effectiveNamespace(b);

export const sameId = (a: ResId, b: ResId): boolean => sameNamespace(a, b) && a.name === b.name && sameGvk(a, b);

export const gvkMatches = (gvk: GvkSelector, selector: GvkSelector): boolean =>
  (!selector.group || selector.group === gvk.group) &&
  (!selector.version || selector.version === gvk.version) &&
  (!selector.kind || selector.kind === gvk.kind);

export const idMatches = (id: ResId, selector: IdSelector): boolean =>
  (!selector.name || selector.name === id.name) &&
  (!selector.namespace || (selector.namespace === "" ? "default" : selector.namespace) === effectiveNamespace(id)) &&
  gvkMatches(id, selector);

/** An id as a key of a map. */
export const idKey = (id: ResId): string =>
  JSON.stringify([id.group, id.version, id.kind, id.clusterScoped, id.name, id.namespace]);

/** `%#v` of a ResId. */
export const idGoText = (id: ResId): string =>
  `resid.ResId{Gvk:resid.Gvk{Group:${JSON.stringify(id.group)}, Version:${JSON.stringify(id.version)}, ` +
  `Kind:${JSON.stringify(id.kind)}, isClusterScoped:${id.clusterScoped}}, Name:${JSON.stringify(id.name)}, ` +
  `Namespace:${JSON.stringify(id.namespace)}}`;

const first = [
  "Namespace",
  "ResourceQuota",
  "StorageClass",
  "CustomResourceDefinition",
  "ServiceAccount",
  "PodSecurityPolicy",
  "Role",
  "ClusterRole",
  "RoleBinding",
  "ClusterRoleBinding",
  "ConfigMap",
  "Secret",
  "Endpoints",
  "Service",
  "LimitRange",
  "PriorityClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Deployment",
  "StatefulSet",
  "CronJob",
  "PodDisruptionBudget",
];
const last = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/** The kinds that come first and last, in order, where nothing else is wanted. */
export const defaultOrder = { first, last };

/** The place of each kind: below zero for the first ones, 0 for most, above for the last. */
export const kindPlaces = (order: { first: readonly string[]; last: readonly string[] }): Map<string, number> =>
  new Map([
    ...order.first.map((kind, i): [string, number] => [kind, i - order.first.length]),
    ...order.last.map((kind, i): [string, number] => [kind, i + 1]),
  ]);

export const gvkSortText = ({ group, version, kind }: GvkSelector): string =>
  `${group || "~G"}_${version || "~V"}_${kind || "~K"}`;

const defaultPlaces = kindPlaces(defaultOrder);

/** Is the one before the other in the default order? */
export function gvkLess(a: GvkSelector, b: GvkSelector): boolean {
  const [x, y] = [defaultPlaces.get(a.kind ?? "") ?? 0, defaultPlaces.get(b.kind ?? "") ?? 0];
  return x === y ? gvkSortText(a) < gvkSortText(b) : x < y;
}
