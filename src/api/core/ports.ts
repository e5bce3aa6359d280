/** Rules of ports that Pods, Services and endpoints share. */
import { type FieldError, invalidValue, notSupported, type Path, required } from "../field.ts";
import type { IntOrString } from "../int-or-string.ts";
import { checked } from "../metadata.ts";
import { checkDnsLabel, checkPortName, checkPortNumber, checkQualifiedName } from "../names.ts";

const protocols = ["SCTP", "TCP", "UDP"];

export const validateProtocol = (protocol: string | undefined, at: Path): FieldError[] => {
  if (!protocol) return [required(at)];
  return protocols.includes(protocol) ? [] : [notSupported(at, protocol, protocols)];
};

export const validatePortNumber = (port: number | undefined, at: Path): FieldError[] =>
  checkPortNumber(port ?? 0).map((text) => invalidValue(at, port ?? 0, text));

export const validatePortNumberOrName = (port: IntOrString | undefined, at: Path): FieldError[] =>
  typeof port === "string" ? checked(at, port, checkPortName) : validatePortNumber(port, at);

interface NamedPort {
  readonly name?: string;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

/** Name and application protocol of a port of a Service or an endpoint. */
export const validatePortLabels = (port: NamedPort, requireName: boolean, at: Path): FieldError[] => [
  ...(port.name ? checked(at.key("name"), port.name, checkDnsLabel) : requireName ? [required(at.key("name"))] : []),
  ...(port.appProtocol === undefined ? [] : checked(at.key("appProtocol"), port.appProtocol, checkQualifiedName)),
];
