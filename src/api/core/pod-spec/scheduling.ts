/** Validation of what decides where a pod runs. Texts are upstream's. */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  type Path,
  required,
} from "../../field.ts";
import type {
  Affinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from "../../generated/types.ts";
import { checked, validateLabelSelector } from "../../metadata.ts";
import { checkDnsLabel, checkDnsSubdomain, checkLabelValue, checkQualifiedName } from "../../names.ts";

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export const validateTolerations = (tolerations: readonly Toleration[] | undefined, at: Path): FieldError[] =>
  (tolerations ?? []).flatMap(({ key, operator = "", value = "", effect = "", tolerationSeconds }, i) => {
    const here = at.index(i);
    const where = here.key("operator");
    const errors = key ? checked(here.key("key"), key, checkQualifiedName) : [];
    if (!key && operator !== "Exists")
      errors.push(
        invalidValue(
          where,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    if (tolerationSeconds !== undefined && effect !== "NoExecute")
      errors.push(
        invalidValue(here.key("effect"), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      );
    if (operator === "Equal" || operator === "") {
      const wrong = checkLabelValue(value);
      if (wrong.length > 0) errors.push(invalidValue(where, value, wrong.join(";")));
    } else if (operator !== "Exists") errors.push(notSupported(where, operator, ["Equal", "Exists"]));
    else if (value) errors.push(invalidValue(where, value, "value must be empty when `operator` is 'Exists'"));
    if (effect && !effects.includes(effect)) errors.push(notSupported(here.key("effect"), effect, effects));
    return errors;
  });

function validateExpression({ key, operator, values = [] }: NodeSelectorRequirement, at: Path): FieldError[] {
  const where = at.key("values");
  const errors: FieldError[] = [];
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) errors.push(required(where, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0)
        errors.push(forbiddenField(where, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      break;
    case "Gt":
    case "Lt":
      if (values.length !== 1)
        errors.push(required(where, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(invalidValue(at.key("operator"), operator, "not a valid selector operator"));
  }
  return [
    ...errors,
    ...checked(at.key("key"), key, checkQualifiedName),
    ...values.flatMap((value, i) => checked(where.index(i), value, checkLabelValue)),
  ];
}

function validateFieldExpression({ key, operator, values = [] }: NodeSelectorRequirement, at: Path): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== "In" && operator !== "NotIn")
    errors.push(invalidValue(at.key("operator"), operator, "not a valid selector operator"));
  else if (values.length !== 1)
    errors.push(
      required(at.key("values"), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
    );
  if (key !== "metadata.name") return [...errors, invalidValue(at.key("key"), key, "not a valid field selector key")];
  return [...errors, ...values.flatMap((value, i) => checked(at.key("values").index(i), value, checkDnsSubdomain))];
}

const validateTerm = ({ matchExpressions, matchFields }: NodeSelectorTerm, at: Path): FieldError[] => [
  ...(matchExpressions ?? []).flatMap((e, i) => validateExpression(e, at.key("matchExpressions").index(i))),
  ...(matchFields ?? []).flatMap((e, i) => validateFieldExpression(e, at.key("matchFields").index(i))),
];

const validateWeight = (weight: number, at: Path): FieldError[] =>
  weight <= 0 || weight > 100 ? [invalidValue(at.key("weight"), weight, "must be in the range 1-100")] : [];

const validatePodTerm = (term: Partial<PodAffinityTerm>, at: Path): FieldError[] => [
  ...validateLabelSelector(term.labelSelector, at.key("labelSelector")),
  ...validateLabelSelector(term.namespaceSelector, at.key("namespaceSelector")),
  ...(term.namespaces ?? []).flatMap((name) => checked(at.key("namespace"), name, checkDnsLabel)),
  ...(term.topologyKey ? [] : [required(at.key("topologyKey"), "can not be empty")]),
  ...checked(at.key("topologyKey"), term.topologyKey, checkQualifiedName),
];

const requiredName = "requiredDuringSchedulingIgnoredDuringExecution";
const preferredName = "preferredDuringSchedulingIgnoredDuringExecution";

const validatePodAffinity = (affinity: PodAffinity | undefined, at: Path): FieldError[] => [
  ...(affinity?.[requiredName] ?? []).flatMap((term, i) => validatePodTerm(term, at.key(requiredName).index(i))),
  ...(affinity?.[preferredName] ?? []).flatMap(({ weight, podAffinityTerm }, i) => {
    const here = at.key(preferredName).index(i);
    return [...validateWeight(weight, here), ...validatePodTerm(podAffinityTerm ?? {}, here.key("podAffinityTerm"))];
  }),
];

export function validateAffinity(affinity: Affinity | undefined, at: Path): FieldError[] {
  const node = affinity?.nodeAffinity;
  const nodeAt = at.key("nodeAffinity");
  const terms = node?.[requiredName]?.nodeSelectorTerms ?? [];
  const termsAt = nodeAt.key(requiredName, "nodeSelectorTerms");
  return [
    ...(node?.[requiredName] && terms.length === 0
      ? [required(termsAt, "must have at least one node selector term")]
      : []),
    ...terms.flatMap((term, i) => validateTerm(term, termsAt.index(i))),
    ...(node?.[preferredName] ?? []).flatMap(({ weight, preference }, i) => {
      const here = nodeAt.key(preferredName).index(i);
      return [...validateWeight(weight, here), ...validateTerm(preference ?? {}, here.key("preference"))];
    }),
    ...validatePodAffinity(affinity?.podAffinity, at.key("podAffinity")),
    ...validatePodAffinity(affinity?.podAntiAffinity, at.key("podAntiAffinity")),
  ];
}

const positive = (value: number, at: Path): FieldError[] =>
  value > 0 ? [] : [invalidValue(at, value, "must be greater than zero")];

export function validateSpread(constraints: readonly TopologySpreadConstraint[] | undefined, at: Path): FieldError[] {
  const all = constraints ?? [];
  return all.flatMap((constraint, i) => {
    const here = at.index(i);
    const { maxSkew = 0, minDomains, topologyKey, whenUnsatisfiable: action = "" } = constraint;
    const errors = positive(maxSkew, here.key("maxSkew"));
    if (!topologyKey) errors.push(required(here.key("topologyKey"), "can not be empty"));
    if (action !== "DoNotSchedule" && action !== "ScheduleAnyway")
      errors.push(notSupported(here.key("whenUnsatisfiable"), action, ["DoNotSchedule", "ScheduleAnyway"]));
    if (all.slice(i + 1).some((c) => c.topologyKey === topologyKey && c.whenUnsatisfiable === action))
      errors.push(duplicate(here.key("{topologyKey, whenUnsatisfiable}"), `{${topologyKey}, ${action}}`));
    if (minDomains !== undefined) {
      errors.push(...positive(minDomains, here.key("minDomains")));
      if (action !== "DoNotSchedule")
        errors.push(
          invalidValue(
            here.key("minDomains"),
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`,
          ),
        );
    }
    for (const name of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const policy = constraint[name];
      if (policy !== undefined && policy !== "Honor" && policy !== "Ignore")
        errors.push(notSupported(here.key(name), policy, ["Honor", "Ignore"]));
    }
    const { labelSelector, matchLabelKeys = [] } = constraint;
    const keysAt = here.key("matchLabelKeys");
    if (matchLabelKeys.length > 0 && !labelSelector)
      errors.push(forbiddenField(keysAt, "must not be specified when labelSelector is not set"));
    errors.push(...matchLabelKeys.flatMap((key, j) => checked(keysAt.index(j), key, checkQualifiedName)));
    return [...errors, ...validateLabelSelector(labelSelector, here.key("labelSelector"))];
  });
}
