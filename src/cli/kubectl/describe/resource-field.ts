import type { Container, ResourceFieldSelector } from "../../../api/generated/types.ts";
import { parseQuantity, quantityMilliValue, quantityValue } from "../../../api/quantity.ts";

/** The value of `limits.cpu`, `requests.memory`, … in units of the divisor, rounded up; empty for a field that does not exist. */
export function containerResource({ resource, divisor }: ResourceFieldSelector, { resources }: Container): string {
  const [list, name = ""] = resource.split(".", 2) as [string, string?];
  const known = list === "limits" ? resources?.limits : list === "requests" ? resources?.requests : undefined;
  if (list !== "limits" && list !== "requests") return "";
  const amount = parseQuantity(known?.[name] ?? "0");
  const unit = parseQuantity(!divisor || divisor === "0" ? "1" : divisor);
  const value =
    name === "cpu"
      ? Math.ceil(quantityMilliValue(amount) / quantityMilliValue(unit))
      : Math.ceil(quantityValue(amount) / quantityValue(unit));
  return value === 0 && (resource === "limits.cpu" || resource === "limits.memory")
    ? "node allocatable"
    : String(value);
}
