/** What makes a role or a binding grant what a file says (`component-helpers/auth/rbac/reconciliation`). Pure. */
import { isDeepStrictEqual } from "node:util";
import type { LiveObject } from "../../../core/find-objects.ts";
import { type PolicyRule, uncovered } from "./covers.ts";

export interface Subject {
  readonly kind?: string;
  readonly apiGroup?: string;
  readonly name?: string;
  readonly namespace?: string;
}

interface AggregationRule {
  readonly clusterRoleSelectors?: readonly unknown[];
}

export interface Role extends LiveObject {
  rules?: readonly PolicyRule[] | null;
  aggregationRule?: AggregationRule;
}

export interface Binding extends LiveObject {
  roleRef?: { readonly apiGroup?: string; readonly kind?: string; readonly name?: string };
  subjects?: readonly Subject[] | null;
}

export interface Plan {
  readonly operation: "none" | "create" | "update" | "recreate";
  /** What is to be written. */
  readonly object: LiveObject;
  /** It asks to be left alone: nothing is written. */
  readonly protected: boolean;
  readonly missingRules: readonly PolicyRule[];
  readonly extraRules: readonly PolicyRule[];
  readonly missingSubjects: readonly Subject[];
  readonly extraSubjects: readonly Subject[];
}

const nothing = { protected: false, missingRules: [], extraRules: [], missingSubjects: [], extraSubjects: [] };

const isProtected = ({ metadata }: LiveObject): boolean =>
  metadata.annotations?.["rbac.authorization.kubernetes.io/autoupdate"] === "false";

/** The file's labels and annotations beside those that are there, which win. */
function merged<T extends LiveObject>(existing: T, expected: LiveObject): T {
  const metadata = { ...existing.metadata };
  for (const field of ["annotations", "labels"] as const)
    if (existing.metadata[field] || expected.metadata[field])
      metadata[field] = { ...expected.metadata[field], ...existing.metadata[field] };
  return { ...existing, metadata };
}

/** @param removeExtra is what the file does not have taken away? */
export function planRole(existing: Role | undefined, expected: Role, removeExtra: boolean): Plan {
  const [have, want] = [existing?.rules ?? [], expected.rules ?? []];
  if (!existing) return { ...nothing, operation: "create", object: expected, missingRules: want };
  const object = merged(existing, expected);
  const [hadSelectors, wantedSelectors] = [existing.aggregationRule, expected.aggregationRule];
  // What both collect from elsewhere is nobody's to take away.
  const extraRules = hadSelectors && wantedSelectors ? [] : uncovered(want, have);
  const missingRules = uncovered(have, want);
  if (!removeExtra && missingRules.length > 0) object.rules = [...have, ...missingRules];
  if (removeExtra && missingRules.length + extraRules.length > 0) object.rules = want;
  object.aggregationRule = aggregation(hadSelectors, wantedSelectors, removeExtra);
  if (object.aggregationRule === undefined) delete object.aggregationRule;
  const operation = isDeepStrictEqual(object, existing) ? "none" : "update";
  return { ...nothing, operation, object, protected: isProtected(existing), missingRules, extraRules };
}

function aggregation(
  existing: AggregationRule | undefined,
  expected: AggregationRule | undefined,
  removeExtra: boolean,
): AggregationRule | undefined {
  if (!expected) return undefined;
  const [have, want] = [existing?.clusterRoleSelectors ?? [], expected.clusterRoleSelectors ?? []];
  const without = (all: readonly unknown[], others: readonly unknown[]) =>
    all.filter((one) => !others.some((other) => isDeepStrictEqual(one, other)));
  const missing = without(want, have);
  if (removeExtra) return missing.length + without(have, want).length > 0 ? expected : existing;
  return missing.length > 0 ? { ...existing, clusterRoleSelectors: [...have, ...missing] } : existing;
}

const sameFields = (a: object, b: object): boolean => {
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...Object.keys(left), ...Object.keys(right)].every((key) => (left[key] ?? "") === (right[key] ?? ""));
};

function without(all: readonly Subject[], others: readonly Subject[]): Subject[] {
  const only: Subject[] = [];
  for (const one of all) if (![...others, ...only].some((other) => sameFields(one, other))) only.push(one);
  return only;
}

/** @param removeExtra is who the file does not have taken away? */
export function planBinding(existing: Binding | undefined, expected: Binding, removeExtra: boolean): Plan {
  const [have, want] = [existing?.subjects ?? [], expected.subjects ?? []];
  if (!existing) return { ...nothing, operation: "create", object: expected, missingSubjects: want };
  const protectedOne = isProtected(existing);
  // What a binding refers to cannot be changed.
  if (!sameFields(existing.roleRef ?? {}, expected.roleRef ?? {}))
    return { ...nothing, operation: "recreate", object: expected, protected: protectedOne };
  const object = merged(existing, expected);
  const [missingSubjects, extraSubjects] = [without(want, have), without(have, want)];
  if (!removeExtra && missingSubjects.length > 0) object.subjects = [...have, ...missingSubjects];
  if (removeExtra && missingSubjects.length + extraSubjects.length > 0) object.subjects = want;
  const operation = isDeepStrictEqual(object, existing) ? "none" : "update";
  return { ...nothing, operation, object, protected: protectedOne, missingSubjects, extraSubjects };
}
