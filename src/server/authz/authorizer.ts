/** The Authorizer contract, and what a refusal says (upstream's words). */
import { forbidden, StatusError } from "../../base/errors.ts";
import type { UserInfo } from "../../registry/registry.ts";

export interface ResourceAttributes {
  readonly isResource: true;
  readonly user: UserInfo;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty: the cluster, or all namespaces. */
  readonly namespace: string;
  /** Empty for collections and for creation. */
  readonly name: string;
  readonly path: string;
  /** Text form, of lists and watches. */
  readonly fieldSelector?: string;
}

interface NonResourceAttributes {
  readonly isResource: false;
  readonly user: UserInfo;
  /** The method, in lower case. */
  readonly verb: string;
  readonly path: string;
}

export type Attributes = ResourceAttributes | NonResourceAttributes;

export interface Decision {
  readonly allowed: boolean;
  /** Why; shown to the user on refusal when not empty. */
  readonly reason: string;
}

export interface Authorizer {
  authorize(attributes: Attributes): Decision | Promise<Decision>;
  /**
   * Looks at what is written, after {@link authorize} allowed the write: upstream's NodeRestriction admission.
   * @param object as the client sent it; undefined for deletes and patches
   * @throws StatusError 403
   */
  admit?(attributes: ResourceAttributes, object: unknown): Promise<void> | void;
  /** The rules that apply to a user in a namespace, for SelfSubjectRulesReview. */
  rulesFor?(user: UserInfo, namespace: string): readonly PolicyRule[];
}

/** As in `rbac.authorization.k8s.io/v1`; `*` stands for all. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  /** `pods`, `pods/log`, `*`, `*\/scale`. */
  readonly resources?: readonly string[];
  /** Absent or empty: all names. */
  readonly resourceNames?: readonly string[];
  /** A path, or a prefix followed by `*`. */
  readonly nonResourceURLs?: readonly string[];
}

export const allow = (reason = ""): Decision => ({ allowed: true, reason });
export const deny = (reason = ""): Decision => ({ allowed: false, reason });

const wanted = (a: Attributes): string => {
  const user = JSON.stringify(a.user.name);
  if (!a.isResource) return `User ${user} cannot ${a.verb} path ${JSON.stringify(a.path)}`;
  const resource = a.subresource ? `${a.resource}/${a.subresource}` : a.resource;
  const where = a.namespace ? `in the namespace ${JSON.stringify(a.namespace)}` : "at the cluster scope";
  return `User ${user} cannot ${a.verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(a.group)} ${where}`;
};

/**
 * Returns once the authorizer says yes: at once where it can tell without waiting.
 * @throws 403 when it says no
 */
export function assertAllowed(authorizer: Authorizer, attributes: Attributes): Promise<void> | undefined {
  const check = (decision: Decision): undefined => {
    if (!decision.allowed) throw refusal(attributes, decision.reason);
  };
  const answer = authorizer.authorize(attributes);
  return answer instanceof Promise ? answer.then(check) : check(answer);
}

/** The authorizer's no, which upstream marks with a header of its own. */
export class Refusal extends StatusError {}

function refusal(attributes: Attributes, reason: string): Refusal {
  const why = `${wanted(attributes)}${reason ? `: ${reason}` : ""}`;
  if (!attributes.isResource) return new Refusal(403, "Forbidden", `forbidden: ${why}`, {});
  const { message, status } = forbidden(
    { group: attributes.group, resource: attributes.resource },
    attributes.name,
    why,
  );
  return new Refusal(403, "Forbidden", message, status.details);
}
