/** Whoever names a resource whose name has changed gets the new one (api `filters/nameref`, `accumulator`). */

import { toYaml } from "../print/yaml.ts";
import { fail, withinSync } from "./failure.ts";
import { editField } from "./field-spec.ts";
import type { FieldSpec } from "./kustomization.ts";
import { isMissingOrNull, type Node, newScalar, setField, setScalar } from "./node.ts";
import type { ResMap } from "./res-map.ts";
import { type GvkSelector, gvkMatches, idText, sameNamespace } from "./resid.ts";
import { noted, type Resource } from "./resource.ts";
import type { NameReference } from "./transformer-config.ts";

export function updateNameReferences(map: ResMap, references: readonly NameReference[]): void {
  const originalIds = map.list.map((resource) => resource.originalId);
  map.list.forEach((referrer, i) => {
    const candidates = map.referable(referrer);
    for (const { fieldSpecs, ...target } of references) {
      for (const spec of fieldSpecs) {
        const id = originalIds[i];
        if (id && gvkMatches(id, spec)) update(referrer, spec, target, candidates);
      }
    }
  });
}

function update(referrer: Resource, spec: FieldSpec, target: GvkSelector, candidates: ResMap): void {
  const { group, version, kind } = referrer.gvk;
  const field = { group, version, kind, path: spec.path };
  const search: Search = { referrer, path: spec.path, target };
  withinSync(`updating name reference in '${spec.path}' field of '${idText(referrer.id)}'`, () =>
    editField(referrer, field, { set: (node) => rename(node, search, candidates) }),
  );
}

interface Search {
  readonly referrer: Resource;
  readonly path: string;
  readonly target: GvkSelector;
}

function rename(node: Node, search: Search, candidates: ResMap): void {
  if (isMissingOrNull(node)) return;
  if (node.kind === "scalar") renameText(node, search, candidates);
  else if (node.kind === "map") renameMap(node, search, candidates);
  else {
    for (const item of node.items) {
      if (item.isNull) continue;
      if (item.kind === "scalar") renameText(item, search, candidates);
      else if (item.kind === "map") renameMap(item, search, candidates);
      else fail("node is expected to be either a string or a map of string");
    }
  }
}

function renameText(node: Node, search: Search, candidates: ResMap): void {
  const found = findReferral(node.value, search, candidates.list, ({ name }) => name);
  if (!found) return;
  found.addReferrer(idText(search.referrer.id));
  if (found.name !== node.value) setScalar(node, newScalar(found.name));
}

/** A map with name and namespace. */
function renameMap(node: Node, search: Search, candidates: ResMap): void {
  const name = node.get("name");
  if (!name) fail("path config error; no 'name' field in node");
  const namespace = node.get("namespace");
  let list = candidates.list;
  if (namespace) {
    const before = candidates.inNamespace(namespace.value, (resource) => resource.originalId);
    list = before.length > 0 ? before : candidates.inNamespace(namespace.value, (resource) => resource.id);
  }
  const oldName = name.value;
  const found = findReferral(oldName, search, list, (one) => `${one.name}\n${one.namespace}`);
  if (!found) return;
  found.addReferrer(idText(search.referrer.id));
  if (found.name === oldName && found.namespace === "") return;
  setField(node, "name", newScalar(found.name));
  if (found.namespace !== "") setField(node, "namespace", newScalar(found.namespace));
}

/** @param identity by which several candidates count as one */
function findReferral(
  oldName: string,
  { referrer, path, target }: Search,
  all: readonly Resource[],
  identity: (resource: Resource) => string,
): Resource | undefined {
  const role = path.endsWith("roleRef/name") ? roleOf(referrer) : undefined;
  const { id } = referrer;
  let candidates = all.filter(
    (one) =>
      one.previousIds.some((previous) => previous.name === oldName) &&
      one.previousIds.some((previous) => gvkMatches(previous, target)) &&
      (!role || one.previousIds.some((previous) => gvkMatches(previous, role))) &&
      (id.clusterScoped || one.id.clusterScoped || one.kind === "ServiceAccount" || sameNamespace(id, one.id)),
  );
  if (candidates.length === 1) return candidates[0];
  candidates = candidates.filter((one) => sameAffixes(one, referrer, true));
  if (candidates.length > 1) candidates = candidates.filter((one) => sameAffixes(one, referrer, false));
  const [first] = candidates;
  if (!first || candidates.every((one) => identity(one) === identity(first))) return first;
  return fail(tooMany(referrer, candidates));
}

function roleOf(referrer: Resource): GvkSelector | undefined {
  const role = referrer.node.get("roleRef");
  const [group, kind] = [role?.get("apiGroup"), role?.get("kind")];
  return group && kind ? { group: group.value, kind: kind.value } : undefined;
}

/** Did both get the same prefixes and suffixes last? */
function sameAffixes(one: Resource, other: Resource, allowEmpty: boolean): boolean {
  return [noted.prefixes, noted.suffixes].every((key) => {
    const [a, b] = [one.noteList(key), other.noteList(key)];
    return (allowEmpty && (a.length === 0 || b.length === 0)) || sameEnding(a, b);
  });
}

function sameEnding(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length > b.length ? [b, a] : [a, b];
  if (short.length === 0) return long.length === 0;
  return short.every((text, i) => text === long[i + long.length - short.length]);
}

const tooMany = (referrer: Resource, candidates: readonly Resource[]): string =>
  `found multiple possible referrals: ${candidates.map(({ id }) => idText(id)).join(", ")}\n` +
  `\n**** Too many possible referral targets to referrer:\n${toYaml(referrer.toObject())}\n` +
  candidates.map((one, i) => `--- possible referral ${i}:\n${toYaml(one.toObject())}\n`).join("");
