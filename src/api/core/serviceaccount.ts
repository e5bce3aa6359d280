import { ageColumn, column, nameColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import type { ServiceAccount } from "../generated/types.ts";
import type { Kind } from "../kind.ts";

export const serviceAccountKind: Kind<ServiceAccount> = defineKind<ServiceAccount>({
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  namespaced: true,
  schemaType: "io.k8s.api.core.v1.ServiceAccount",
  shortNames: ["sa"],
  columns: [
    nameColumn,
    column("Secrets", "Number of secrets that pods of this account may use.", ({ secrets }) => (secrets ?? []).length),
    ageColumn,
  ],
});
