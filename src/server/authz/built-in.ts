/** The authorizer that is there from the start: {@link builtInPolicy} and the rules for nodes. */
import type { UserInfo } from "../../registry/registry.ts";
import { type Attributes, type Authorizer, allow, deny, type PolicyRule } from "./authorizer.ts";
import { admitNodeWrite, authorizeNode, type NodeLookups, nodeOf } from "./node.ts";
import { builtInPolicy, type Grant, nodeRules } from "./policy.ts";
import { ruleAllows } from "./rules.ts";

const concerns = (grant: Grant, user: UserInfo) =>
  grant.users?.includes(user.name) || grant.groups?.some((g) => user.groups.includes(g));

export function builtInAuthorizer(lookups: NodeLookups, policy: readonly Grant[] = builtInPolicy): Authorizer {
  // Grants of one user are looked up on every request: find them once. Users are shared per connection.
  const grantsOf = new WeakMap<UserInfo, readonly Grant[]>();
  const grantsFor = (user: UserInfo) => {
    let grants = grantsOf.get(user);
    if (!grants) {
      grants = policy.filter((g) => concerns(g, user));
      grantsOf.set(user, grants);
    }
    return grants;
  };
  const inNamespace = (grant: Grant, namespace: string) => !grant.namespace || grant.namespace === namespace;

  return {
    authorize(a: Attributes) {
      const namespace = a.isResource ? a.namespace : "";
      for (const grant of grantsFor(a.user)) {
        if (inNamespace(grant, namespace) && grant.rules.some((rule) => ruleAllows(rule, a))) return allow();
      }
      const node = a.isResource ? nodeOf(a.user) : undefined;
      return node && a.isResource ? authorizeNode(node, a, lookups) : deny();
    },
    admit(a, object) {
      const node = nodeOf(a.user);
      if (node) admitNodeWrite(node, a, object);
    },
    rulesFor(user, namespace): readonly PolicyRule[] {
      const rules = grantsFor(user)
        .filter((g) => inNamespace(g, namespace))
        .flatMap((g) => g.rules);
      return nodeOf(user) ? [...rules, ...nodeRules] : rules;
    },
  };
}
