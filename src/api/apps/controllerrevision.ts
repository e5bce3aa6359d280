/** A recorded version of a StatefulSet's or DaemonSet's pod template: a patch that brings it back. */
import { ageColumn, column, nameColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { type FieldError, path, required } from "../field.ts";
import type { ControllerRevision } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { immutable, nonNegative } from "../metadata.ts";

function validate({ data, revision }: ControllerRevision): FieldError[] {
  const errors = nonNegative(revision, path("revision"));
  if (data === undefined || data === null) errors.push(required(path("data"), "data is mandatory"));
  else if (typeof data !== "object" || Array.isArray(data))
    errors.push(required(path("data"), "data must be a valid JSON object"));
  return errors;
}

/** The kind and name of the controller, as in `statefulset.apps/web`. */
function controllerName({ metadata }: ControllerRevision): string {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return "<none>";
  const { apiVersion = "", kind = "", name = "" } = owner;
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  return `${kind.toLowerCase()}${group}/${name}`;
}

export const controllerRevisionKind: Kind<ControllerRevision> = defineKind<ControllerRevision>({
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  namespaced: true,
  schemaType: "io.k8s.api.apps.v1.ControllerRevision",
  applyDefaults(revision) {
    revision.revision ??= 0;
  },
  validate,
  validateUpdate: (next, previous) => immutable(next.data, previous.data, path("data")),
  columns: [
    nameColumn,
    column("Controller", "Controller of the object", controllerName),
    column("Revision", "Number of the version, counted up with every change.", ({ revision }) => revision ?? 0),
    ageColumn,
  ],
});
