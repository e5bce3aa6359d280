import { ageColumn, column, nameColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { type FieldError, invalidValue, notSupported, path, required } from "../field.ts";
import type { Lease } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { checked } from "../metadata.ts";
import { checkQualifiedName } from "../names.ts";

const strategies = ["OldestEmulationVersion"];

function validate({ spec = {} }: Lease): FieldError[] {
  const at = path("spec");
  const errors: FieldError[] = [];
  const { leaseDurationSeconds: duration, leaseTransitions: transitions, strategy } = spec;
  if (duration !== undefined && duration <= 0)
    errors.push(invalidValue(at.key("leaseDurationSeconds"), duration, "must be greater than 0"));
  if (transitions !== undefined && transitions < 0)
    errors.push(invalidValue(at.key("leaseTransitions"), transitions, "must be greater than or equal to 0"));
  if (strategy !== undefined && !strategies.includes(strategy)) {
    const qualified = checked(at.key("strategy"), strategy, checkQualifiedName);
    if (strategy.includes("/")) errors.push(...qualified);
    else errors.push(notSupported(at.key("strategy"), strategy, strategies));
  }
  if (spec.preferredHolder && !strategy)
    errors.push(required(at.key("strategy"), "must be specified when preferredHolder is specified"));
  return errors;
}

export const leaseKind: Kind<Lease> = defineKind<Lease>({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
  schemaType: "io.k8s.api.coordination.v1.Lease",
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  applyDefaults(lease) {
    lease.spec ??= {};
  },
  validate,
  columns: [nameColumn, column("Holder", "Who holds the lease.", ({ spec }) => spec?.holderIdentity ?? ""), ageColumn],
});
