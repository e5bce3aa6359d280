import { familyOf, validateCidr } from "../addresses.ts";
import { duplicate, type FieldError, forbiddenField, invalidValue, notSupported, path, required } from "../field.ts";
import type { Node, Taint } from "../generated/types.ts";
import { checked } from "../metadata.ts";
import { checkLabelValue, checkQualifiedName } from "../names.ts";
import { validateAmount } from "./pod-spec/resources.ts";

const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function validateTaints(taints: readonly Taint[]): FieldError[] {
  // Upstream's path: the taints are in the spec, yet reported below metadata.
  const at = path("metadata", "taints");
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const here = at.index(i);
    const errors = checked(here.key("key"), taint.key, checkQualifiedName);
    const value = checkLabelValue(taint.value ?? "");
    if (value.length > 0) errors.push(invalidValue(here.key("value"), taint.value, value.join(";")));
    if (!taint.effect) errors.push(required(here.key("effect")));
    else if (!taintEffects.includes(taint.effect))
      errors.push(notSupported(here.key("effect"), taint.effect, taintEffects));
    const identity = `${taint.effect} ${taint.key}`;
    if (seen.has(identity)) {
      // With the field names of upstream's internal type.
      const twice = duplicate(here, {
        Key: taint.key,
        Value: taint.value ?? "",
        Effect: taint.effect,
        TimeAdded: taint.timeAdded ?? null,
      });
      errors.push({ ...twice, message: `${twice.message}: taints must be unique by key and effect pair` });
    }
    seen.add(identity);
    return errors;
  });
}

export const validateNodeResources = ({ status }: Node): FieldError[] =>
  (["capacity", "allocatable"] as const).flatMap((list) =>
    Object.entries(status?.[list] ?? {}).flatMap(([name, value]) =>
      validateAmount(name, value, path("status", list).key(name)),
    ),
  );

export function validateNode(node: Node): FieldError[] {
  const ranges = node.spec?.podCIDRs ?? [];
  const at = path("spec", "podCIDRs");
  const families = new Set(ranges.map((range) => familyOf(range.split("/")[0] ?? "")));
  return [
    ...validateTaints(node.spec?.taints ?? []),
    ...validateNodeResources(node),
    ...ranges.flatMap((range, i) => validateCidr(range, at.index(i))),
    ...(ranges.length > 2 || (ranges.length === 2 && families.size !== 2)
      ? [invalidValue(at, ranges, "may specify no more than one CIDR for each IP family")]
      : []),
  ];
}

export function validateNodeUpdate(next: Node, previous: Node): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  (next.status?.addresses ?? []).forEach((address, i) => {
    const identity = `${address.type} ${address.address}`;
    if (seen.has(identity))
      errors.push(duplicate(path("status", "addresses").index(i), { Type: address.type, Address: address.address }));
    seen.add(identity);
  });
  const ranges = previous.spec?.podCIDRs ?? [];
  if (ranges.length > 0 && ranges.join() !== (next.spec?.podCIDRs ?? []).join())
    errors.push(
      forbiddenField(path("spec", "podCIDRs"), 'node updates may not change podCIDR except from "" to valid'),
    );
  if (previous.spec?.providerID && previous.spec.providerID !== next.spec?.providerID)
    errors.push(
      forbiddenField(path("spec", "providerID"), 'node updates may not change providerID except from "" to valid'),
    );
  return errors;
}
