import type { Namespace } from "../../api/generated/types.ts";
import { notFound, StatusError } from "../../base/errors.ts";
import type { AdmissionPlugin, Attributes } from "../core.ts";
import { forbid, type ReadObject } from "./forbid.ts";

const undeletable = new Set(["default", "kube-system", "kube-public"]);

/** Objects live in namespaces that exist; nothing new comes into one that goes; three namespaces stay. */
export const namespaceLifecycle = (read: ReadObject): AdmissionPlugin => ({
  name: "NamespaceLifecycle",
  admit(attributes) {
    const { operation, kind, namespace } = attributes;
    if (operation === "DELETE") {
      if (kind.group === "" && kind.plural === "namespaces" && undeletable.has(attributes.name)) {
        throw forbid(attributes, "this namespace may not be deleted");
      }
      return;
    }
    if (!kind.namespaced) return;
    const found = read("namespaces", "", namespace);
    if (found instanceof Promise) return found.then((late) => assertOpen(attributes, late));
    assertOpen(attributes, found);
  },
});

/** @throws 404 without the namespace, 403 for what is new in one that goes */
function assertOpen(attributes: Attributes, found: Namespace | undefined): void {
  const { namespace } = attributes;
  if (!found) throw notFound({ group: "", resource: "namespaces" }, namespace);
  if (attributes.operation !== "CREATE" || found.status?.phase !== "Terminating") return;
  const error = forbid(
    attributes,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  throw new StatusError(error.code, error.reason, error.message, {
    ...error.status.details,
    causes: [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  });
}
