/** The resources of a build, in order, each with an id of its own (api `resmap`). */
import { matchesLabels, parseLabelSelector } from "../../../api/labels.ts";
import { fail } from "./failure.ts";
import { anchoredRegExp } from "./go-regexp.ts";
import { getOrAdd, newString, setField } from "./node.ts";
import { originOf, setOrigin } from "./origin.ts";
import { effectiveNamespace, idGoText, idText, notNamespaced, type ResId, sameId, sameNamespace } from "./resid.ts";
import type { Resource } from "./resource.ts";

/** Which resources a patch or replacement is for: regular expressions, and selectors. */
export interface Target {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly annotationSelector?: string;
  readonly labelSelector?: string;
}

/** @throws KustomizeError for a selector that cannot be read */
export function matchesSelectors(resource: Resource, { annotationSelector = "", labelSelector = "" }: Target): boolean {
  return matches(labelSelector, resource.labels) && matches(annotationSelector, resource.annotations);
}

function matches(selector: string, labels: Readonly<Record<string, string>>): boolean {
  if (selector.trim() === "") return true;
  try {
    return matchesLabels(parseLabelSelector(selector), labels);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

export class ResMap {
  list: Resource[] = [];

  static of(resources: readonly Resource[]): ResMap {
    const map = new ResMap();
    map.appendAll(resources);
    return map;
  }

  append(resource: Resource): void {
    const { id } = resource;
    if (this.list.some((other) => sameId(id, other.id)))
      fail(`may not add resource with an already registered id: ${idText(id)}`);
    this.list.push(resource);
  }

  appendAll(resources: readonly Resource[]): void {
    for (const resource of resources) this.append(resource);
  }

  dropEmpty(): void {
    this.list = this.list.filter(({ node }) => !node.isEmpty);
  }

  byCurrentId(id: ResId): Resource[] {
    return this.list.filter((resource) => sameId(id, resource.id));
  }

  /** Those whose current or a former id is as wanted. */
  byAnyId(wanted: (id: ResId) => boolean): Resource[] {
    return this.list.filter(
      (resource) => !resource.node.isEmpty && [...resource.previousIds, resource.id].some(wanted),
    );
  }

  /** The one resource that a patch is for. */
  target(id: ResId): Resource {
    const found = this.byAnyId((other) => sameId(id, other));
    const [only] = found;
    if (found.length === 1 && only) return only;
    const what = found.length > 1 ? "multiple" : "no";
    return fail(`${what} matches for Id ${idText(id)}; failed to find unique target for patch ${idText(id)}`);
  }

  select(target: Target): Resource[] {
    const expressions = (["group", "version", "kind", "name", "namespace"] as const).map((field) =>
      anchoredRegExp(target[field] ?? ""),
    );
    const [group, version, kind, name, namespace] = expressions as RegExp[];
    return this.list.filter((resource) => {
      const { id, originalId, gvk } = resource;
      const either = (pattern: RegExp | undefined, of: (id: ResId) => string) =>
        pattern?.test(of(originalId)) || pattern?.test(of(id));
      return (
        either(namespace, effectiveNamespace) &&
        either(name, (one) => one.name) &&
        group?.test(gvk.group) &&
        version?.test(gvk.version) &&
        kind?.test(gvk.kind) &&
        matchesSelectors(resource, target)
      );
    });
  }

  /** What a generator made: added, or merged into or put in place of what is there. */
  absorb(resource: Resource): void {
    const { id } = resource;
    const found = this.byAnyId((other) => sameId(id, other));
    const [old] = found;
    if (found.length > 1) {
      const shown = found.map((one) => JSON.stringify(one.toObject())).join(" ");
      fail(`found multiple objects [${shown}] that could accept merge of ${idText(id)}`);
    }
    const { behavior } = resource;
    if (!old) {
      if (behavior === "merge" || behavior === "replace")
        fail(`id ${idGoText(id)} does not exist; cannot merge or replace`);
      this.append(resource);
      return;
    }
    if (behavior === "replace") resource.takeMetadata(old);
    else if (behavior === "merge") {
      const origin = originOf(old);
      resource.takeMetadata(old);
      mergeData(resource, old);
      if (origin) setOrigin(resource, origin);
    } else fail(`id ${idGoText(id)} exists; behavior must be merge or replace`);
    this.replace(resource, this.list.indexOf(old));
  }

  replace(resource: Resource, expected?: number): void {
    const { id } = resource;
    const found = this.list.flatMap((other, i) => (sameId(id, other.id) ? [i] : []));
    if (found.length > 1) fail(`in Replace: id matched ${found.length} resources`);
    const [index] = found;
    if (index === undefined) fail(`cannot find resource with id ${idText(id)} to replace`);
    if (expected !== undefined && index !== expected) fail("unexpected target index in replacement");
    this.list[index] = resource;
  }

  /** By namespace, of those in one; `id` says which of a resource's ids counts. */
  inNamespace(namespace: string, id: (resource: Resource) => ResId): Resource[] {
    if (namespace === notNamespaced) return [];
    return this.list.filter((resource) => effectiveNamespace(id(resource)) === namespace);
  }

  /** Those that a resource could refer to. */
  referable(referrer: Resource): ResMap {
    const { id } = referrer;
    if (id.clusterScoped) return this;
    const namespaces = subjectNamespaces(referrer);
    const subset = new ResMap();
    subset.list = this.list.filter((other) => {
      const otherId = other.id;
      return otherId.clusterScoped || sameNamespace(otherId, id) || namespaces.has(other.namespace);
    });
    return subset;
  }
}

/** The namespaces of the service accounts that a role binding names. */
function subjectNamespaces(resource: Resource): Set<string> {
  const subjects = resource.kind === "RoleBinding" ? (resource.node.get("subjects")?.items ?? []) : [];
  return new Set(
    subjects.flatMap((subject) => {
      const namespace = subject.get("namespace");
      if (subject.text("kind") !== "ServiceAccount" || !namespace) return [];
      if (namespace.isNull) fail(`Invalid Input: namespace is blank for resource "${idText(resource.id)}"\n`);
      return [namespace.value];
    }),
  );
}

function mergeData(resource: Resource, old: Resource): void {
  setData(resource, "data", { ...dataOf(old, "data"), ...dataOf(resource, "data") });
  setData(resource, "binaryData", { ...dataOf(old, "binaryData"), ...dataOf(resource, "binaryData") });
}

const dataOf = ({ node }: Resource, field: string): Record<string, string> =>
  Object.fromEntries(
    (node.get(field)?.entries ?? []).map(([key, { isNull, value }]) => [key.value, isNull ? "" : value]),
  );

function setData({ node }: Resource, field: "data" | "binaryData", values: Readonly<Record<string, string>>): void {
  node.clear(field);
  for (const key of Object.keys(values).sort())
    setField(getOrAdd(node, field, "map"), key, newString(values[key] as string));
}
