import { validateEndpointIP, validateIP } from "../addresses.ts";
import { type FieldError, type Path, path, required } from "../field.ts";
import type { EndpointAddress, EndpointSubset, Endpoints } from "../generated/types.ts";
import { checked } from "../metadata.ts";
import { checkDnsLabel, checkDnsSubdomain } from "../names.ts";
import { validatePortLabels, validatePortNumber, validateProtocol } from "./ports.ts";

const validateAddress = ({ ip, hostname, nodeName }: EndpointAddress, at: Path): FieldError[] => [
  ...validateIP(ip, at.key("ip")),
  ...(hostname ? checked(at.key("hostname"), hostname, checkDnsLabel) : []),
  ...(nodeName === undefined ? [] : checked(at.key("nodeName"), nodeName, checkDnsSubdomain)),
  ...validateEndpointIP(ip, at.key("ip")),
];

function validateSubset({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset, at: Path) {
  const errors: FieldError[] = [];
  if (addresses.length + notReadyAddresses.length === 0)
    errors.push(required(at, "must specify `addresses` or `notReadyAddresses`"));
  return [
    ...errors,
    ...addresses.flatMap((address, i) => validateAddress(address, at.key("addresses").index(i))),
    ...notReadyAddresses.flatMap((address, i) => validateAddress(address, at.key("notReadyAddresses").index(i))),
    ...ports.flatMap((port, i) => {
      const here = at.key("ports").index(i);
      return [
        ...validatePortLabels(port, ports.length > 1, here),
        ...validatePortNumber(port.port, here.key("port")),
        ...validateProtocol(port.protocol, here.key("protocol")),
      ];
    }),
  ];
}

export const validateEndpoints = ({ subsets = [] }: Endpoints): FieldError[] =>
  subsets.flatMap((subset, i) => validateSubset(subset, path("subsets").index(i)));
