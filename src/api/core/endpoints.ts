import { ageColumn, column, nameColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import type { Endpoints } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { validateEndpoints } from "./endpoints-validation.ts";

const hostPort = (ip: string, port: number) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`);

function endpointsCell({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return "<none>";
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => hostPort(ip, port))),
  );
  const shown = all.slice(0, 3).join(",");
  return all.length > 3 ? `${shown} + ${all.length - 3} more...` : shown;
}

export const endpointsKind: Kind<Endpoints> = defineKind<Endpoints>({
  group: "",
  version: "v1",
  kind: "Endpoints",
  plural: "endpoints",
  namespaced: true,
  schemaType: "io.k8s.api.core.v1.Endpoints",
  shortNames: ["ep"],
  storagePrefix: "services/endpoints",
  allowCreateOnUpdate: true,
  applyDefaults({ subsets = [] }) {
    for (const subset of subsets) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
  },
  validate: validateEndpoints,
  deprecationWarning: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  columns: [nameColumn, column("Endpoints", "Addresses and ports of the endpoints.", endpointsCell), ageColumn],
});
