/** An object on its way through a build, with what kustomize notes of it in annotations of its own. */

import { refuseDuplicateKeys } from "./duplicate-keys.ts";
import { metadataMap, setAnnotation, setMetadataMap, setMetadataText } from "./metadata.ts";
import { type Node, newScalar, setField } from "./node.ts";
import { toValue } from "./node-json.ts";
import { effectiveNamespace, type Gvk, type ResId, splitApiVersion } from "./resid.ts";
import type { Schemas } from "./schema.ts";

const internal = (name: string) => `internal.config.kubernetes.io/${name}`;

/** The annotations that a build uses for itself and takes away at its end. */
export const noted = {
  previousKinds: internal("previousKinds"),
  previousNames: internal("previousNames"),
  previousNamespaces: internal("previousNamespaces"),
  prefixes: internal("prefixes"),
  suffixes: internal("suffixes"),
  allowNameChange: internal("allowNameChange"),
  allowKindChange: internal("allowKindChange"),
  refBy: internal("refBy"),
  behavior: internal("generatorBehavior"),
  needsHash: internal("needsHashSuffix"),
} as const;

const buildAnnotations: readonly string[] = [
  ...Object.values(noted),
  ...["path", "index", "seqindent", "id", "annotations-migration-resource-id"].map(internal),
  "config.kubernetes.io/path",
  "config.kubernetes.io/index",
  "config.k8s.io/id",
];

const isInternal = (key: string) =>
  key.startsWith("internal.config.kubernetes.io/") ||
  ["config.kubernetes.io/path", "config.kubernetes.io/index", "config.k8s.io/id"].includes(key);

export type Behavior = "create" | "merge" | "replace" | "unspecified";

type Texts = Record<string, string>;

export class Resource {
  readonly node: Node;
  readonly schemas: Schemas;
  /** The variables that take their value from it. */
  variables: string[] = [];

  constructor(node: Node, schemas: Schemas) {
    this.node = node;
    this.schemas = schemas;
  }

  copy(): Resource {
    const copy = new Resource(this.node.copy(), this.schemas);
    copy.variables = [...this.variables];
    return copy;
  }

  get kind(): string {
    return this.node.text("kind");
  }

  get apiVersion(): string {
    return this.node.text("apiVersion");
  }

  get name(): string {
    return this.#metadata("name");
  }

  set name(name: string) {
    setMetadataText(this.node, "name", name);
  }

  get namespace(): string {
    return this.#metadata("namespace");
  }

  set namespace(namespace: string) {
    setMetadataText(this.node, "namespace", namespace);
  }

  #metadata(field: string): string {
    const metadata = this.node.get("metadata");
    const value = metadata?.isEmpty ? undefined : metadata?.get(field);
    return value === undefined || value.isEmpty ? "" : value.value;
  }

  set kind(kind: string) {
    setField(this.node, "kind", newScalar(kind));
  }

  set apiVersion(apiVersion: string) {
    setField(this.node, "apiVersion", newScalar(apiVersion));
  }

  get labels(): Texts {
    return metadataMap(this.node, "labels");
  }

  set labels(labels: Texts) {
    setMetadataMap(this.node, "labels", labels);
  }

  get annotations(): Texts {
    return metadataMap(this.node, "annotations");
  }

  set annotations(annotations: Texts) {
    setMetadataMap(this.node, "annotations", annotations);
  }

  get gvk(): Gvk {
    const { apiVersion, kind } = this;
    const [group, version] = splitApiVersion(apiVersion);
    return { group, version, kind, clusterScoped: this.schemas.isClusterScoped(apiVersion, kind) };
  }

  /** What it is called now. */
  get id(): ResId {
    return { ...this.gvk, name: this.name, namespace: this.namespace };
  }

  /** What it was called before, the first name first. */
  get previousIds(): ResId[] {
    const { annotations } = this;
    const names = annotations[noted.previousNames];
    if (names === undefined) return [];
    const namespaces = (annotations[noted.previousNamespaces] ?? "").split(",");
    const kinds = (annotations[noted.previousKinds] ?? "").split(",");
    const [group, version] = splitApiVersion(this.apiVersion);
    return names.split(",").map((name, i) => ({
      group,
      version,
      kind: kinds[i] ?? "",
      clusterScoped: false,
      name,
      namespace: namespaces[i] ?? "",
    }));
  }

  get originalId(): ResId {
    return this.previousIds[0] ?? this.id;
  }

  storePreviousId(): void {
    const { id } = this;
    this.#append(noted.previousNames, id.name);
    this.#append(noted.previousNamespaces, effectiveNamespace(id));
    this.#append(noted.previousKinds, id.kind);
  }

  /** A note that is a list. */
  noteList(key: string): string[] {
    const text = this.annotations[key];
    return text === undefined ? [] : text.split(",");
  }

  #append(key: string, value: string): void {
    if (value !== "") setAnnotation(this.node, key, [...this.noteList(key), value].join(","));
  }

  addPrefix(prefix: string): void {
    this.#append(noted.prefixes, prefix);
  }

  addSuffix(suffix: string): void {
    this.#append(noted.suffixes, suffix);
  }

  addReferrer(id: string): void {
    this.#append(noted.refBy, id);
  }

  isNoted(key: string): boolean {
    return this.annotations[key] === "enabled";
  }

  note(key: string, value = "enabled"): void {
    this.annotations = { ...this.annotations, [key]: value };
  }

  get behavior(): Behavior {
    const text = this.annotations[noted.behavior];
    return text === "create" || text === "merge" || text === "replace" ? text : "unspecified";
  }

  /** The annotations that a JSON patch must not lose. */
  get internalAnnotations(): Texts {
    return Object.fromEntries(Object.entries(this.annotations).filter(([key]) => isInternal(key)));
  }

  removeBuildAnnotations(): void {
    const { annotations } = this;
    if (Object.keys(annotations).length === 0) return;
    for (const key of buildAnnotations) delete annotations[key];
    this.annotations = annotations;
  }

  /** Takes over the metadata of the resource that this one replaces or adds to. */
  takeMetadata(other: Resource): void {
    this.labels = { ...other.labels, ...this.labels };
    const own = this.annotations;
    const theirs = other.annotations;
    const merged = { ...theirs, ...own };
    for (const key of buildAnnotations) {
      if (theirs[key] !== undefined) merged[key] = theirs[key] as string;
      else delete merged[key];
    }
    if (own[noted.needsHash] === undefined) delete merged[noted.needsHash];
    this.annotations = merged;
    this.name = other.name;
    this.namespace = other.namespace;
    this.variables = [...other.variables];
  }

  /** The object as JSON. @throws KustomizeError for keys that come twice, and values that are not of their type */
  toObject(): { [key: string]: unknown } {
    refuseDuplicateKeys(this.node);
    return toValue(this.node) as { [key: string]: unknown };
  }
}
