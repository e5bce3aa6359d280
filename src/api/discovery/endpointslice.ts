import { ageColumn, column, firstThree, nameColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { semanticEqual } from "../equal.ts";
import { path } from "../field.ts";
import type { EndpointSlice } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { immutable, raiseGeneration } from "../metadata.ts";
import { validateEndpointSlice } from "./endpointslice-validation.ts";

const schemaType = "io.k8s.api.discovery.v1.EndpointSlice";

export const endpointSliceKind: Kind<EndpointSlice> = defineKind<EndpointSlice>({
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  namespaced: true,
  schemaType,
  applyDefaults(slice) {
    slice.endpoints ??= [];
    for (const endpoint of slice.endpoints) endpoint.conditions ??= {};
    for (const port of slice.ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  prepareCreate(slice) {
    slice.metadata = { ...slice.metadata, generation: 1 };
  },
  prepareUpdate(next, previous) {
    const rest = ({ addressType, endpoints, ports }: EndpointSlice) => ({ addressType, endpoints, ports });
    if (!semanticEqual(rest(next), rest(previous)) || !semanticEqual(next.metadata?.labels, previous.metadata?.labels))
      raiseGeneration(next, previous);
  },
  validate: validateEndpointSlice,
  validateUpdate: (next, previous) => immutable(next.addressType, previous.addressType, path("addressType")),
  warnings: ({ addressType }, previous) =>
    !previous && addressType === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : [],
  columns: [
    nameColumn,
    column("AddressType", "Kind of addresses that the endpoints have.", ({ addressType }) => addressType ?? ""),
    column("Ports", "Ports of every endpoint.", ({ ports }) =>
      firstThree((ports ?? []).map(({ port, name }) => String(port ?? name ?? "*"))),
    ),
    column("Endpoints", "Addresses of the endpoints.", ({ endpoints }) =>
      firstThree((endpoints ?? []).flatMap(({ addresses }) => addresses)),
    ),
    ageColumn,
  ],
});
