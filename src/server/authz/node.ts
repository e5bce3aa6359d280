/**
 * What a node's agent may touch: its own Node and Lease, the pods bound to it, and the secrets and config maps that
 * those pods name (upstream's Node authorizer and NodeRestriction admission).
 */

import type { Pod } from "../../api/generated/types.ts";
import { forbidden } from "../../base/errors.ts";
import { allow, type Decision, deny, type ResourceAttributes } from "./authorizer.ts";
import { nodeRules } from "./policy.ts";
import { ruleAllows } from "./rules.ts";

/** What the decision needs to read. */
export interface NodeLookups {
  pod(namespace: string, name: string): Promise<Pod | undefined>;
  /** Is there a pod bound to the node, in the namespace, that fits? */
  hasPod(nodeName: string, namespace: string, fits: (pod: Pod) => boolean): Promise<boolean>;
}

const prefix = "system:node:";

/** The node a user speaks for; undefined when it is not a node. */
export const nodeOf = (user: { name: string; groups: readonly string[] }): string | undefined =>
  user.groups.includes("system:nodes") && user.name.startsWith(prefix) ? user.name.slice(prefix.length) : undefined;

const unrelated = (node: string) => deny(`no relationship found between node '${node}' and this object`);
const writes = new Set(["create", "update", "patch", "delete"]);

export async function authorizeNode(node: string, a: ResourceAttributes, lookups: NodeLookups): Promise<Decision> {
  if (!nodeRules.some((rule) => ruleAllows(rule, a))) return deny();
  switch (`${a.group}/${a.resource}`) {
    case "/nodes":
      if (a.verb !== "create" && writes.has(a.verb) && a.name !== node) {
        return deny(`node '${node}' cannot modify node '${a.name}'`);
      }
      return allow();
    case "coordination.k8s.io/leases":
      if (a.namespace !== "kube-node-lease") {
        return deny('can only access leases in the "kube-node-lease" system namespace');
      }
      if (a.verb !== "create" && a.name !== node) {
        return deny("can only access node lease with the same name as the requesting node");
      }
      return allow();
    case "/serviceaccounts": {
      const fits = (pod: Pod) => pod.spec?.serviceAccountName === a.name;
      return (await lookups.hasPod(node, a.namespace, fits)) ? allow() : unrelated(node);
    }
    case "/pods":
      return authorizePods(node, a, lookups);
    case "/secrets":
    case "/configmaps": {
      if (!a.name) return deny(`can only read resources of this type by name`);
      const names = a.resource === "secrets" ? secretsOf : configMapsOf;
      const fits = (pod: Pod) => names(pod).has(a.name);
      return (await lookups.hasPod(node, a.namespace, fits)) ? allow() : unrelated(node);
    }
    default:
      return allow();
  }
}

async function authorizePods(node: string, a: ResourceAttributes, lookups: NodeLookups): Promise<Decision> {
  if (a.verb === "create" && !a.subresource) return deny("mirror pods are not supported");
  if (a.verb === "list" || a.verb === "watch") {
    const own = a.fieldSelector
      ?.split(",")
      .some((t) => t === `spec.nodeName=${node}` || t === `spec.nodeName==${node}`);
    if (own || (a.name && (await isOwn(node, a, lookups)))) return allow();
    return deny(`can only list/watch pods with spec.nodeName field selector`);
  }
  return (await isOwn(node, a, lookups)) ? allow() : unrelated(node);
}

/** Absent pods count as own: what is gone can't be leaked, and the answer should say that it is gone. */
const isOwn = async (node: string, a: ResourceAttributes, lookups: NodeLookups) => {
  const pod = await lookups.pod(a.namespace, a.name);
  return pod === undefined || pod.spec?.nodeName === node;
};

/** Labels a node may put on itself under `kubernetes.io`; everything under node-restriction.kubernetes.io is refused. */
export function admitNodeWrite(node: string, a: ResourceAttributes, object: unknown): void {
  const meta = (object as { metadata?: { name?: string; labels?: Record<string, string> } } | undefined)?.metadata;
  const target = { group: a.group, resource: a.resource };
  if (a.resource === "nodes" && a.verb === "create" && meta?.name !== node) {
    throw forbidden(target, meta?.name ?? "", `node "${node}" is not allowed to create node "${meta?.name ?? ""}"`);
  }
  if (a.resource === "leases" && a.verb === "create" && meta?.name !== node) {
    throw forbidden(target, meta?.name ?? "", "can only access node lease with the same name as the requesting node");
  }
  if (a.resource === "nodes" && (a.verb === "create" || a.verb === "update") && !a.subresource) {
    const bad = Object.keys(meta?.labels ?? {}).filter((l) => /(^|\.)node-restriction\.kubernetes\.io\//.test(l));
    if (bad.length) {
      throw forbidden(target, node, `is not allowed to set the following labels: ${bad.sort().join(", ")}`);
    }
  }
}

const secretsOf = (pod: Pod): Set<string> => references(pod, "secret");
const configMapsOf = (pod: Pod): Set<string> => references(pod, "configMap");

function references(pod: Pod, what: "secret" | "configMap"): Set<string> {
  const names = new Set<string | undefined>();
  const spec = pod.spec;
  for (const volume of spec?.volumes ?? []) {
    names.add(what === "secret" ? volume.secret?.secretName : volume.configMap?.name);
    for (const source of volume.projected?.sources ?? []) names.add(source[what]?.name);
  }
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    for (const source of container.envFrom ?? [])
      names.add(what === "secret" ? source.secretRef?.name : source.configMapRef?.name);
    for (const { valueFrom } of container.env ?? []) {
      names.add(what === "secret" ? valueFrom?.secretKeyRef?.name : valueFrom?.configMapKeyRef?.name);
    }
  }
  if (what === "secret") for (const secret of spec?.imagePullSecrets ?? []) names.add(secret.name);
  // Every pod may mount the cluster's certificate.
  else names.add("kube-root-ca.crt");
  names.delete(undefined);
  return names as Set<string>;
}
