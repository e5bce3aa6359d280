/** Does a policy rule cover a request? Upstream's RBAC matching. */
import type { Attributes, PolicyRule } from "./authorizer.ts";

const has = (list: readonly string[] | undefined, value: string) =>
  list !== undefined && (list.includes(value) || list.includes("*"));

const resourceMatches = (list: readonly string[] | undefined, resource: string, subresource: string) => {
  if (!list) return false;
  const full = subresource ? `${resource}/${subresource}` : resource;
  return list.includes("*") || list.includes(full) || (subresource !== "" && list.includes(`*/${subresource}`));
};

const pathMatches = (list: readonly string[] | undefined, path: string) =>
  list?.some((p) => p === "*" || p === path || (p.endsWith("*") && path.startsWith(p.slice(0, -1)))) ?? false;

export function ruleAllows(rule: PolicyRule, a: Attributes): boolean {
  if (!has(rule.verbs, a.verb)) return false;
  if (!a.isResource) return pathMatches(rule.nonResourceURLs, a.path);
  return (
    has(rule.apiGroups, a.group) &&
    resourceMatches(rule.resources, a.resource, a.subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(a.name))
  );
}
