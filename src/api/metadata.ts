/** Rules of `metadata` that hold for every kind. Texts are upstream's (apimachinery `api/validation`). */
import { semanticEqual } from "./equal.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  type Path,
  path,
  required,
  tooLong,
} from "./field.ts";
import type { LabelSelector, ManagedFieldsEntry, ObjectMeta, OwnerReference } from "./generated/types.ts";
import type { KubeObject } from "./kind.ts";
import { checkDnsLabel, checkLabelValue, checkPrefix, checkQualifiedName } from "./names.ts";

const immutableText = "field is immutable";
const negativeText = "must be greater than or equal to 0";
const annotationBytesMax = 256 * 1024;

/** The errors of a check, at a path. What is absent is checked as the empty text that it stands for. */
export const checked = (
  at: Path,
  value: string | undefined,
  check: (value: string) => readonly string[],
): FieldError[] => check(value ?? "").map((text) => invalidValue(at, value ?? "", text));

export const nonNegative = (value: number | undefined, at: Path): FieldError[] =>
  value !== undefined && value < 0 ? [invalidValue(at, value, negativeText)] : [];

export const immutable = (next: unknown, previous: unknown, at: Path): FieldError[] =>
  semanticEqual(next, previous) ? [] : [invalidValue(at, next, immutableText)];

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, at: Path): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {}))
    errors.push(...checked(at, key, checkQualifiedName), ...checked(at, value, checkLabelValue));
  return errors;
}

export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, at: Path): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const errors = entries.flatMap(([key]) =>
    checkQualifiedName(key.toLowerCase()).map((text) => invalidValue(at, key, text)),
  );
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return bytes > annotationBytesMax ? [...errors, tooLong(at, annotationBytesMax)] : errors;
}

function validateOwnerReferences(references: readonly OwnerReference[] | undefined, at: Path): FieldError[] {
  const errors: FieldError[] = [];
  let controller = "";
  for (const ref of references ?? []) {
    const parts = (ref.apiVersion ?? "").split("/");
    const version = parts.length > 2 ? "" : (parts.at(-1) ?? "");
    if (!version) errors.push(invalidValue(at.key("apiVersion"), ref.apiVersion ?? "", "version must not be empty"));
    for (const name of ["kind", "name", "uid"] as const)
      if (!ref[name]) errors.push(invalidValue(at.key(name), ref[name] ?? "", "must not be empty"));
    if (ref.apiVersion === "v1" && ref.kind === "Event")
      errors.push(invalidValue(at, ref, "/v1, Kind=Event is disallowed from being an owner"));
    if (!ref.controller) continue;
    const name = `${ref.kind}/${ref.name}`;
    if (controller)
      errors.push(
        invalidValue(
          at,
          references,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
        ),
      );
    else controller = name;
  }
  return errors;
}

function validateFinalizers(finalizers: readonly string[] | undefined, at: Path): FieldError[] {
  const list = finalizers ?? [];
  const errors = list.flatMap((name) => checked(at, name, checkQualifiedName));
  if (list.includes("orphan") && list.includes("foregroundDeletion"))
    errors.push(invalidValue(at, list, "finalizer orphan and foregroundDeletion cannot be both set"));
  return errors;
}

const standardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];

/** A finalizer is one of Kubernetes' own or says with a domain whose it is. */
const checkFinalizerOwner = (name: string, at: Path): FieldError[] =>
  name.includes("/") || standardFinalizers.includes(name)
    ? []
    : [invalidValue(at, name, "name is neither a standard finalizer name nor is it fully qualified")];

/** Do entries say that all are to be forgotten? */
export const isManagedFieldsReset = (entries: readonly ManagedFieldsEntry[]): boolean =>
  entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] as object).length === 0);

function validateManagedFields(entries: readonly ManagedFieldsEntry[] | undefined, at: Path): FieldError[] {
  if (!entries || isManagedFieldsReset(entries)) return [];
  return entries.flatMap((entry, i) => {
    const here = at.index(i);
    const errors: FieldError[] = [];
    if (entry.operation !== "Apply" && entry.operation !== "Update")
      errors.push(invalidValue(here.key("operation"), entry.operation ?? "", "must be `Apply` or `Update`"));
    if ((entry.fieldsType ?? "") !== "" && entry.fieldsType !== "FieldsV1")
      errors.push(invalidValue(here.key("fieldsType"), entry.fieldsType, "must be `FieldsV1`"));
    if (Buffer.byteLength(entry.manager ?? "") > 128) errors.push(tooLong(here.key("manager"), 128));
    return errors;
  });
}

/** What {@link validateMetadata} must know of the kind. */
export interface MetadataRules {
  readonly namespaced: boolean;
  readonly validateName: (name: string) => readonly string[];
}

/** Checks the metadata of a new object, after its name is generated. */
export function validateMetadata(meta: ObjectMeta, kind: MetadataRules, at: Path = path("metadata")): FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generateName)
    errors.push(
      ...checked(
        at.key("generateName"),
        meta.generateName,
        checkPrefix((name) => [...kind.validateName(name)]),
      ),
    );
  if (!meta.name) errors.push(required(at.key("name"), "name or generateName is required"));
  else errors.push(...checked(at.key("name"), meta.name, kind.validateName));
  if (!kind.namespaced && meta.namespace) errors.push(forbiddenField(at.key("namespace"), "not allowed on this type"));
  if (kind.namespaced) {
    if (!meta.namespace) errors.push(required(at.key("namespace")));
    else errors.push(...checked(at.key("namespace"), meta.namespace, checkDnsLabel));
  }
  errors.push(...nonNegative(meta.generation, at.key("generation")), ...validateCommon(meta, at));
  meta.finalizers?.forEach((name, i) => {
    errors.push(...checkFinalizerOwner(name, at.key("finalizers").index(i)));
  });
  return errors;
}

/** @param valid metadata that was checked: what is the very same there is not looked at again */
function validateCommon(meta: ObjectMeta, at: Path, valid: ObjectMeta = {}): FieldError[] {
  const { labels, annotations, ownerReferences, managedFields, finalizers } = meta;
  const errors: FieldError[] = [];
  if (labels !== valid.labels) errors.push(...validateLabels(labels, at.key("labels")));
  if (annotations !== valid.annotations) errors.push(...validateAnnotations(annotations, at.key("annotations")));
  if (ownerReferences !== valid.ownerReferences)
    errors.push(...validateOwnerReferences(ownerReferences, at.key("ownerReferences")));
  if (managedFields !== valid.managedFields)
    errors.push(...validateManagedFields(managedFields, at.key("managedFields")));
  if (finalizers !== valid.finalizers) errors.push(...validateFinalizers(finalizers, at.key("finalizers")));
  return errors;
}

const immutableMetadata = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;

/** Checks the metadata of an update, after {@link carryMetadata}. */
export function validateMetadataUpdate(
  next: ObjectMeta,
  previous: ObjectMeta,
  at: Path = path("metadata"),
): FieldError[] {
  const errors: FieldError[] = [];
  if (previous.deletionTimestamp) {
    const added = (next.finalizers ?? []).filter((name) => !previous.finalizers?.includes(name)).sort();
    if (added.length > 0)
      errors.push(
        forbiddenField(
          at.key("finalizers"),
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((a) => JSON.stringify(a)).join(", ")}}`,
        ),
      );
  }
  if (!next.resourceVersion)
    errors.push(invalidValue(at.key("resourceVersion"), "", "must be specified for an update"));
  if ((next.generation ?? 0) < (previous.generation ?? 0))
    errors.push(invalidValue(at.key("generation"), next.generation ?? 0, "must not be decremented"));
  for (const name of immutableMetadata)
    if (next[name] !== previous[name]) errors.push(...immutable(next[name], previous[name], at.key(name)));
  errors.push(...validateCommon(next, at, previous));
  return errors;
}

/** Fills what a writer of an update may leave out, from the stored object. Mutates `next`. */
export function carryMetadata(next: KubeObject, previous: KubeObject): void {
  const from = previous.metadata ?? {};
  next.metadata ??= {};
  const to = next.metadata;
  to.uid ||= from.uid;
  // What a writer says of these does not count.
  to.creationTimestamp = from.creationTimestamp ?? to.creationTimestamp;
  to.deletionTimestamp = from.deletionTimestamp ?? to.deletionTimestamp;
  to.deletionGracePeriodSeconds ??= from.deletionGracePeriodSeconds;
  if (from.generation === undefined) delete to.generation;
  else to.generation = from.generation;
}

/** Raises `metadata.generation` of `next` over that of `previous`. */
export function raiseGeneration(next: KubeObject, previous: KubeObject): void {
  next.metadata = { ...next.metadata, generation: (previous.metadata?.generation ?? 0) + 1 };
}

export function validateLabelSelector(selector: LabelSelector | undefined, at: Path): FieldError[] {
  const errors = validateLabels(selector?.matchLabels, at.key("matchLabels"));
  selector?.matchExpressions?.forEach((expression, i) => {
    const here = at.key("matchExpressions").index(i);
    const values = expression.values ?? [];
    switch (expression.operator) {
      case "In":
      case "NotIn":
        if (values.length === 0)
          errors.push(required(here.key("values"), "must be specified when `operator` is 'In' or 'NotIn'"));
        break;
      case "Exists":
      case "DoesNotExist":
        if (values.length > 0)
          errors.push(
            forbiddenField(here.key("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
          );
        break;
      default:
        errors.push(invalidValue(here.key("operator"), expression.operator, "not a valid selector operator"));
    }
    errors.push(...checked(here.key("key"), expression.key, checkQualifiedName));
    values.forEach((value, j) => {
      errors.push(...checked(here.key("values").index(j), value, checkLabelValue));
    });
  });
  return errors;
}

/** One error for every key that an earlier item already has. */
export function duplicates<T>(items: readonly T[], key: (item: T) => string | undefined, at: (i: number) => Path) {
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  items.forEach((item, i) => {
    const k = key(item);
    if (!k) return;
    if (seen.has(k)) errors.push(duplicate(at(i), k));
    seen.add(k);
  });
  return errors;
}
