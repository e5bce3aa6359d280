import { ageColumn, column, nameColumn } from "../columns.ts";
import { allVerbs, defineKind } from "../define-kind.ts";
import { type FieldError, invalidValue, path } from "../field.ts";
import type { Namespace } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { checked } from "../metadata.ts";
import { checkDnsLabel, checkQualifiedName } from "../names.ts";

const nameLabel = "kubernetes.io/metadata.name";

function validateFinalizers(namespace: Namespace): FieldError[] {
  return (namespace.spec?.finalizers ?? []).flatMap((name, i) => {
    const at = path("spec", "finalizers");
    const errors = checked(at, name, checkQualifiedName);
    if (errors.length > 0 || name.includes("/") || name === "kubernetes") return errors;
    return [invalidValue(at.index(i), name, "name is neither a standard finalizer name nor is it fully qualified")];
  });
}

function labelWithName({ metadata }: Namespace): void {
  if (metadata?.name) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
}

export const namespaceKind: Kind<Namespace> = defineKind<Namespace>({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
  schemaType: "io.k8s.api.core.v1.Namespace",
  shortNames: ["ns"],
  verbs: allVerbs.filter((verb) => verb !== "deletecollection"),
  validateName: checkDnsLabel,

  applyDefaults(namespace) {
    namespace.spec ??= {};
    namespace.status ??= {};
    namespace.status.phase ||= "Active";
    labelWithName(namespace);
  },
  named: labelWithName,
  prepareCreate(namespace) {
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = {
      ...namespace.spec,
      finalizers: finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"],
    };
    namespace.status = { phase: "Active" };
  },
  prepareUpdate(next, previous) {
    next.spec = previous.spec;
    next.status = previous.status;
  },
  validate: validateFinalizers,
  status: {
    prepareUpdate(next, previous) {
      next.spec = previous.spec;
    },
    validateUpdate(next) {
      const at = path("status", "Phase");
      const phase = next.status?.phase;
      if (!next.metadata?.deletionTimestamp)
        return phase === "Active"
          ? []
          : [invalidValue(at, phase, "may only be 'Active' if `deletionTimestamp` is empty")];
      return phase === "Terminating"
        ? []
        : [invalidValue(at, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
    },
  },
  columns: [
    nameColumn,
    column("Status", "The status of the namespace", ({ status }) => status?.phase ?? ""),
    ageColumn,
  ],
  selectableFields: ({ status }) => ({ "status.phase": status?.phase ?? "" }),
});

/** The rules of `namespaces/finalize`, the only way to change `spec.finalizers`. */
export const namespaceFinalizeRules = {
  /** Takes the finalizers of `next`, all else from `previous`. Mutates `next`. */
  prepareUpdate(next: Namespace, previous: Namespace): void {
    next.metadata = previous.metadata;
    next.status = previous.status;
  },
  validateUpdate: validateFinalizers,
};
