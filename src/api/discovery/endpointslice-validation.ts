import { familyOf, validateEndpointIP, validateIP } from "../addresses.ts";
import { validatePortLabels, validateProtocol } from "../core/ports.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  type Path,
  path,
  required,
  tooMany,
} from "../field.ts";
import type { DiscoveryEndpointPort, Endpoint, EndpointSlice } from "../generated/types.ts";
import { checked, duplicates } from "../metadata.ts";
import { checkDnsLabel, checkDnsSubdomain, checkLabelValue } from "../names.ts";

const addressTypes = ["FQDN", "IPv4", "IPv6"];
const maxima = { addresses: 100, ports: 20_000, endpoints: 1000, hints: 8 };

function validateAddress(address: string, type: string, list: Path, at: Path): FieldError[] {
  if (type === "FQDN") return checked(at, address.replace(/\.$/, ""), checkDnsSubdomain);
  if (!addressTypes.includes(type)) return [];
  const errors = validateIP(address, at);
  if (errors.length > 0) return errors;
  const wrong =
    familyOf(address) === type
      ? []
      : [invalidValue(list, address, type === "IPv4" ? "must be an IPv4 address" : "must be an IPv6 address")];
  return [...wrong, ...validateEndpointIP(address, at)];
}

function validateEndpoint(endpoint: Endpoint, type: string, at: Path): FieldError[] {
  const { addresses = [], hostname, nodeName, hints } = endpoint;
  const list = at.key("addresses");
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(required(list, "must contain at least 1 address"));
  if (addresses.length > maxima.addresses) errors.push(tooMany(list, addresses.length, maxima.addresses));
  addresses.forEach((address, i) => {
    errors.push(...validateAddress(address, type, list, list.index(i)));
  });
  if (nodeName !== undefined) errors.push(...checked(at.key("nodeName"), nodeName, checkDnsSubdomain));
  if (hostname !== undefined) errors.push(...checked(at.key("hostname"), hostname, checkDnsLabel));
  const zones = hints?.forZones ?? [];
  const zonesAt = at.key("hints", "forZones");
  if (zones.length > maxima.hints) return [...errors, tooMany(zonesAt, zones.length, maxima.hints)];
  return [
    ...errors,
    ...duplicates(
      zones,
      (zone) => zone.name,
      (i) => zonesAt.index(i).key("name"),
    ),
    ...zones.flatMap((zone, i) => checked(zonesAt.index(i).key("name"), zone.name, checkLabelValue)),
  ];
}

function validatePorts(ports: readonly DiscoveryEndpointPort[], at: Path): FieldError[] {
  if (ports.length > maxima.ports) return [tooMany(at, ports.length, maxima.ports)];
  const seen = new Set<string>();
  return ports.flatMap((port, i) => {
    const here = at.index(i);
    const name = port.name ?? "";
    const twice = seen.has(name) ? [duplicate(here.key("name"), name)] : [];
    seen.add(name);
    return [
      ...validatePortLabels(port, false, here),
      ...twice,
      ...validateProtocol(port.protocol, here.key("protocol")),
    ];
  });
}

export function validateEndpointSlice({ addressType, endpoints = [], ports }: EndpointSlice): FieldError[] {
  const at = path("endpoints");
  const errors: FieldError[] = [];
  if (!addressType) errors.push(required(path("addressType")));
  else if (!addressTypes.includes(addressType))
    errors.push(notSupported(path("addressType"), addressType, addressTypes));
  errors.push(...validatePorts(ports ?? [], path("ports")));
  if (endpoints.length > maxima.endpoints) return [...errors, tooMany(at, endpoints.length, maxima.endpoints)];
  return [...errors, ...endpoints.flatMap((endpoint, i) => validateEndpoint(endpoint, addressType, at.index(i)))];
}
