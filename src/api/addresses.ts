/** Checks of IP addresses and ranges. Texts are upstream's. */
import { isIP, isIPv4, isIPv6 } from "node:net";
import { type FieldError, invalidValue, type Path } from "./field.ts";

export type IPFamily = "IPv4" | "IPv6";

/** The family of an address; undefined when it is none. */
export const familyOf = (address: string): IPFamily | undefined =>
  isIPv4(address) ? "IPv4" : isIPv6(address) ? "IPv6" : undefined;

export const validateIP = (address: string | undefined, at: Path): FieldError[] =>
  isIP(address ?? "") === 0
    ? [invalidValue(at, address ?? "", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")]
    : [];

const cidr = /^(.+)\/([0-9]{1,3})$/;
export function validateCidr(text: string, at: Path): FieldError[] {
  const [, address = "", bits = ""] = cidr.exec(text) ?? [];
  const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  return bits !== "" && Number(bits) <= most
    ? []
    : [invalidValue(at, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
}

/** An address that traffic may be sent to: no loopback, link-local or unspecified one. */
export function validateEndpointIP(ip: string | undefined, at: Path): FieldError[] {
  const address = ip ?? "";
  if (isIP(address) === 0) return [invalidValue(at, address, "must be a valid IP address")];
  const lower = address.toLowerCase();
  const why =
    lower === "0.0.0.0" || lower === "::"
      ? `may not be unspecified (${address})`
      : lower.startsWith("127.") || lower === "::1"
        ? "may not be in the loopback range (127.0.0.0/8, ::1/128)"
        : lower.startsWith("169.254.") || /^fe[89ab][0-9a-f]:/.test(lower)
          ? "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
          : lower.startsWith("224.0.0.") || lower.startsWith("ff02:")
            ? "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
            : undefined;
  return why === undefined ? [] : [invalidValue(at, address, why)];
}
