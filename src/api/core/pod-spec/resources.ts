/** Validation of resource names and amounts. Texts are upstream's. */
import { type FieldError, forbiddenField, invalidValue, type Path, required } from "../../field.ts";
import type { ResourceRequirements } from "../../generated/types.ts";
import { checked } from "../../metadata.ts";
import { checkQualifiedName } from "../../names.ts";
import { compareQuantities, isQuantity, parseQuantity, quantityFormatText } from "../../quantity.ts";

type ResourceList = Readonly<Record<string, string>>;

const standard = new Set(["cpu", "memory", "ephemeral-storage", "storage", "pods"]);
const forContainers = new Set(["cpu", "memory", "ephemeral-storage"]);
const isNative = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");
const isHugePages = (name: string) => name.startsWith("hugepages-");
/** May containers together request less than they may use at most? */
const mayOvercommit = (name: string) => isNative(name) && !isHugePages(name);

/** An amount: zero or more, and whole for resources that cannot be divided. */
export function validateAmount(name: string, value: string, at: Path): FieldError[] {
  if (!isQuantity(value)) return [invalidValue(at, value, quantityFormatText)];
  const amount = parseQuantity(value);
  const errors = amount.mantissa < 0n ? [invalidValue(at, value, "must be greater than or equal to 0")] : [];
  const whole = name === "pods" || !isNative(name);
  if (whole && amount.exponent < 0) errors.push(invalidValue(at, value, "must be an integer"));
  return errors;
}

function validateContainerResourceName(name: string, at: Path): FieldError[] {
  const errors = checked(at, name, checkQualifiedName);
  if (errors.length > 0) return errors;
  if (!name.includes("/")) {
    if (!standard.has(name) && !isHugePages(name))
      errors.push(invalidValue(at, name, "must be a standard resource type or fully qualified"));
    if (!forContainers.has(name) && !isHugePages(name))
      errors.push(invalidValue(at, name, "must be a standard resource for containers"));
    return errors;
  }
  const extended = !isNative(name) && !name.startsWith("requests.");
  return isNative(name) || extended ? [] : [invalidValue(at, name, "doesn't follow extended resource name standard")];
}

/** Capacity and the like: any names, amounts of zero or more. */
export const validateResourceList = (list: ResourceList | undefined, at: Path): FieldError[] =>
  Object.entries(list ?? {}).flatMap(([name, value]) => validateAmount(name, value, at.entry(name)));

export function validateResourceRequirements(
  resources: ResourceRequirements | undefined,
  claims: ReadonlySet<string>,
  at: Path,
): FieldError[] {
  const limits = resources?.limits ?? {};
  const requests = resources?.requests ?? {};
  const errors: FieldError[] = [];
  const named = (list: ResourceList, where: Path) => {
    for (const [name, value] of Object.entries(list))
      errors.push(
        ...validateContainerResourceName(name, where.entry(name)),
        ...validateAmount(name, value, where.entry(name)),
      );
  };
  named(limits, at.key("limits"));
  named(requests, at.key("requests"));
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit === undefined) {
      if (!mayOvercommit(name))
        errors.push(required(at.key("limits"), "Limit must be set for non overcommitable resources"));
      continue;
    }
    if (!isQuantity(request) || !isQuantity(limit)) continue;
    const order = compareQuantities(parseQuantity(request), parseQuantity(limit));
    const relation = order !== 0 && !mayOvercommit(name) ? "equal to" : order > 0 ? "less than or equal to" : undefined;
    if (relation)
      errors.push(invalidValue(at.key("requests"), request, `must be ${relation} ${name} limit of ${limit}`));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.some((name) => name === "cpu" || name === "memory"))
    errors.push(forbiddenField(at, "HugePages require cpu or memory"));
  resources?.claims?.forEach(({ name }, i) => {
    const here = at.key("claims").index(i).key("name");
    if (!name) errors.push(required(here));
    else if (!claims.has(name))
      errors.push({
        reason: "FieldValueNotFound",
        field: here.text,
        message: `Not found: ${JSON.stringify(name)}`,
      });
  });
  return errors;
}
