/** Validation of resource names and amounts. Texts are upstream's. */
import { type FieldError, invalidValue, type Path } from "../../field.ts";
import { checked } from "../../metadata.ts";
import { checkQualifiedName } from "../../names.ts";
import { isQuantity, parseQuantity, quantityFormatText } from "../../quantity.ts";

type ResourceList = Readonly<Record<string, string>>;

const standard = new Set(["cpu", "memory", "ephemeral-storage", "storage", "pods"]);
export const isNativeResource = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");
const isHugePages = (name: string) => name.startsWith("hugepages-");

/** An amount: zero or more, and whole for resources that cannot be divided. */
export function validateAmount(name: string, value: string, at: Path): FieldError[] {
  if (!isQuantity(value)) return [invalidValue(at, value, quantityFormatText)];
  const amount = parseQuantity(value);
  const errors = amount.mantissa < 0n ? [invalidValue(at, value, "must be greater than or equal to 0")] : [];
  const whole = name === "pods" || !isNativeResource(name);
  if (whole && amount.exponent < 0) errors.push(invalidValue(at, value, "must be an integer"));
  return errors;
}

export function validateResourceName(name: string, at: Path): FieldError[] {
  const errors = checked(at, name, checkQualifiedName);
  if (errors.length > 0 || name.includes("/") || standard.has(name) || isHugePages(name)) return errors;
  return [invalidValue(at, name, "must be a standard resource type or fully qualified")];
}

/** Capacity and the like: any names, amounts of zero or more. */
export const validateResourceList = (list: ResourceList | undefined, at: Path): FieldError[] =>
  Object.entries(list ?? {}).flatMap(([name, value]) => validateAmount(name, value, at.entry(name)));
