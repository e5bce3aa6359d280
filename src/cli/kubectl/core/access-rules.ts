/** A list of access rules as a table, each for one resource or one URL (`component-helpers/auth/rbac`). */
import { alignColumns } from "../print/table.ts";

export interface ReviewedRules {
  readonly resourceRules?: readonly Partial<Rule>[] | null;
  readonly nonResourceRules?: readonly Partial<Rule>[] | null;
  readonly incomplete?: boolean;
  readonly evaluationError?: string;
}

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

const goList = (values: readonly string[]): string => `[${values.join(" ")}]`;

export function printRules({ resourceRules, nonResourceRules }: ReviewedRules, noHeaders: boolean): string {
  const rows = ruleRows([...(resourceRules ?? []), ...(nonResourceRules ?? [])]);
  const header = ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"];
  return alignColumns(noHeaders ? rows : [header, ...rows]);
}

/** The resource, URLs, names and verbs of each rule, in kubectl's order. */
export const ruleRows = (rules: readonly Partial<Rule>[]): string[][] =>
  compacted(rules.flatMap(brokenDown))
    .sort((a, b) => (orderText(a) < orderText(b) ? -1 : orderText(a) > orderText(b) ? 1 : 0))
    .map((r) => [resourceText(r), goList(r.nonResourceURLs), goList(r.resourceNames), goList(r.verbs)]);

/** One rule for every combination of group, resource, name and verb. */
function brokenDown(rule: Partial<Rule>): Rule[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const empty = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  const named = resourceNames.length > 0 ? resourceNames.map((name) => [name]) : [[]];
  return [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          named.map((names) => ({
            ...empty,
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            resourceNames: names,
          })),
        ),
      ),
    ),
    ...nonResourceURLs.flatMap((url) => verbs.map((verb) => ({ ...empty, verbs: [verb], nonResourceURLs: [url] }))),
  ];
}

/** Rules for the same resource and name become one, with the verbs of all. */
function compacted(rules: readonly Rule[]): Rule[] {
  const simple = new Map<string, Rule>();
  const others: Rule[] = [];
  for (const rule of rules) {
    if (rule.nonResourceURLs.length > 0) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const known = simple.get(key);
    if (!known) simple.set(key, rule);
    else simple.set(key, { ...known, verbs: [...new Set([...known.verbs, ...rule.verbs])] });
  }
  return [...others, ...simple.values()];
}

const orderText = (r: Rule): string =>
  `&PolicyRule{Verbs:${goList(r.verbs)},APIGroups:${goList(r.apiGroups)},Resources:${goList(r.resources)},ResourceNames:${goList(r.resourceNames)},NonResourceURLs:${goList(r.nonResourceURLs)},}`;

/** `deployments.apps/scale`. */
function resourceText({ resources: [resource], apiGroups: [group] }: Rule): string {
  if (resource === undefined) return "";
  const [name = "", ...sub] = resource.split("/");
  return name + (group ? `.${group}` : "") + (sub.length > 0 ? `/${sub.join("/")}` : "");
}
