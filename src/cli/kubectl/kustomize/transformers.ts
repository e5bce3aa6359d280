/** The transformers that set one thing in many fields (api `internal/builtins`, `filters`). */
import { fail, withinSync } from "./failure.ts";
import { editField, editFields, type FieldEdit, setEntry } from "./field-spec.ts";
import { goJson } from "./go-json.ts";
import { setImages } from "./images.ts";
import type { FieldSpec, Image, Replica } from "./kustomization.ts";
import { getOrAdd, Node, newScalar, setScalar } from "./node.ts";
import { toValue } from "./node-json.ts";
import type { ResMap } from "./res-map.ts";
import { type GvkSelector, gvkMatches, gvkText, sameId } from "./resid.ts";
import type { Resource } from "./resource.ts";

export type Transformer = (map: ResMap) => void;
type Specs = readonly FieldSpec[];
type Texts = Readonly<Record<string, string>>;

const mapField = { kind: "map", tag: "!!map" } as const;
const textField = { kind: "scalar", tag: "!!str" } as const;

/** Labels or annotations: entries of the maps at the fields. */
export const setEntries =
  (entries: Texts, specs: Specs): Transformer =>
  (map) => {
    for (const resource of map.list)
      for (const key of Object.keys(entries).sort())
        editFields(resource, specs, { set: setEntry(key, entries[key] as string), make: mapField });
  };

/** Cluster-wide names that others rely on keep theirs. */
const keepsName = (id: GvkSelector): boolean =>
  id.kind === "CustomResourceDefinition" ||
  id.kind === "Namespace" ||
  (id.kind === "APIService" && id.group === "apiregistration.k8s.io");

export const addToNames =
  (part: { readonly prefix: string } | { readonly suffix: string }, specs: Specs): Transformer =>
  (map) => {
    const [prefix, suffix] = "prefix" in part ? [part.prefix, ""] : ["", part.suffix];
    for (const resource of map.list) {
      const id = resource.originalId;
      if (keepsName(id)) continue;
      for (const spec of specs) {
        if (!gvkMatches(id, spec)) continue;
        if (spec.path === "metadata/name") {
          resource.addPrefix(prefix);
          resource.addSuffix(suffix);
          if (prefix !== "" || suffix !== "") resource.storePreviousId();
        }
        editField(resource, spec, {
          set: (node) => setScalar(node, newScalar(`${prefix}${node.value}${suffix}`)),
          make: textField,
        });
      }
    }
  };

export type SubjectMode = "defaultOnly" | "allServiceAccounts" | "none";

export interface NamespaceArgs {
  readonly namespace: string;
  readonly fieldSpecs: Specs;
  readonly unsetOnly?: boolean;
  readonly subjects?: SubjectMode;
}

export const setNamespace =
  (args: NamespaceArgs): Transformer =>
  (map) => {
    if (args.namespace === "") return;
    for (const resource of [...map.list]) {
      if (resource.node.isEmpty) continue;
      resource.storePreviousId();
      moveToNamespace(resource, args);
      const { id } = resource;
      const same = map.list.filter((other) => sameId(id, other.id));
      if (same.length !== 1) {
        const shown = same.map(({ node }) => goJson(toValue(node))).join(" ");
        fail(`namespace transformation produces ID conflict: [${shown}]`);
      }
    }
  };

const isRoleBinding = (kind: string | undefined) => kind === "RoleBinding" || kind === "ClusterRoleBinding";

export function moveToNamespace(
  resource: Resource,
  { namespace, fieldSpecs, unsetOnly = false, subjects = "defaultOnly" }: NamespaceArgs,
): void {
  const set = (node: Node) => {
    if (!(unsetOnly && !node.isEmpty && node.kind === "scalar" && node.value !== ""))
      setScalar(node, new Node("scalar", "!!str", namespace));
  };
  const { kind, clusterScoped } = resource.gvk;
  if (!clusterScoped) {
    // No tag: a namespace that was null keeps reading as what its text means.
    const edit: FieldEdit = { set, make: { kind: "scalar", tag: "" } };
    editField(resource, { path: "metadata/namespace", create: true }, edit);
  }
  if (isRoleBinding(kind)) setSubjects(resource, subjects, set);
  const specs = fieldSpecs.filter(
    (spec) =>
      spec.path !== "metadata/namespace" &&
      (resource.apiVersion === "v1" || spec.path !== "metadata/name") &&
      !(isRoleBinding(kind) && isRoleBinding(spec.kind) && spec.path === "subjects/namespace"),
  );
  withinSync("namespace transformation failed", () => editFields(resource, specs, { set, make: textField }));
}

function setSubjects(resource: Resource, mode: SubjectMode, set: (node: Node) => void): void {
  const subjects = resource.node.get("subjects");
  if (mode === "none" || !subjects || subjects.isNull) return;
  const [field, value] = mode === "defaultOnly" ? ["name", "default"] : ["kind", "ServiceAccount"];
  for (const subject of subjects.items)
    if (subject.get(field as string)?.value === value) set(getOrAdd(subject, "namespace", "scalar"));
}

export const setReplicas =
  ({ name = "", count = 0 }: Replica, specs: Specs): Transformer =>
  (map) => {
    let found = false;
    for (const spec of specs) {
      for (const resource of map.byAnyId((id) => id.name === name && gvkMatches(id, spec))) {
        found = true;
        editField(resource, spec, {
          set: (node) => setScalar(node, new Node("scalar", "!!int", String(count))),
          make: { kind: "scalar", tag: "!!int" },
        });
      }
    }
    if (!found)
      fail(
        `resource with name ${name} does not match a config with the following GVK [${specs.map(gvkText).join(" ")}]`,
      );
  };

export const changeImages =
  (image: Image, specs: Specs): Transformer =>
  (map) => {
    for (const resource of map.list) setImages(resource, image, specs);
  };
