/** Which nodes can take a pod, and why the others cannot, in upstream's words. Pure. */

import { type HostPort, hostPortsOf, portsConflict } from "../api/core/host-ports.ts";
import type { Pod } from "../api/generated/types.ts";
import type { ClusterView } from "./cluster-state.ts";
import { hasNodeDemands, matchesNodeAffinity } from "./node-affinity.ts";
import type { NodeInfo } from "./node-info.ts";
import { podAffinityFilter } from "./pod-affinity.ts";
import { demandOf } from "./resources.ts";
import { acceptsUnschedulable, untoleratedTaint } from "./taints.ts";
import { spreadFilter } from "./topology-spread.ts";

export interface Rejection {
  readonly reasons: readonly string[];
  /** Could it fit if other pods went away? */
  readonly resolvable: boolean;
}

const never = (reason: string): Rejection => ({ reasons: [reason], resolvable: false });
const notNow = (reason: string): Rejection => ({ reasons: [reason], resolvable: true });

/** A node's answer; undefined when the pod fits. */
export type Filter = (info: NodeInfo) => Rejection | undefined;

/** Looks at the cluster once for a pod; the first rule that a node breaks is its answer. */
export function filterFor(pod: Pod, view: ClusterView): Filter {
  const ports = hostPortsOf(pod);
  const rules = [
    welcomes(pod),
    hasNodeDemands(pod) ? suits(pod) : undefined,
    ports.length > 0 ? hasFree(ports) : undefined,
    fits(pod),
    spreads(pod, view),
    keepsCompany(pod, view),
  ].filter((rule) => rule !== undefined);
  return (info) => {
    for (const rule of rules) {
      const rejection = rule(info);
      if (rejection) return rejection;
    }
    return undefined;
  };
}

/** Is the node neither cordoned nor tainted, or does the pod tolerate that? */
const welcomes =
  (pod: Pod): Filter =>
  ({ isOpen, node }) => {
    if (isOpen) return undefined;
    if (!acceptsUnschedulable(pod, node)) return never("node(s) were unschedulable");
    const taint = untoleratedTaint(pod, node);
    return taint && never(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`);
  };

const suits =
  (pod: Pod): Filter =>
  ({ node }) =>
    matchesNodeAffinity(pod, node) ? undefined : never("node(s) didn't match Pod's node affinity/selector");

const hasFree =
  (ports: readonly HostPort[]): Filter =>
  ({ hostPorts }) =>
    ports.some((port) => hostPorts.some((taken) => portsConflict(port, taken)))
      ? notNow("node(s) didn't have free ports for the requested pod ports")
      : undefined;

/** Absent when the pod asks for no spreading. */
function spreads(pod: Pod, view: ClusterView): Filter | undefined {
  const spread = spreadFilter(pod, view);
  return (
    spread &&
    ((info) => {
      const verdict = spread(info);
      const text = "node(s) didn't match pod topology spread constraints";
      if (verdict === "missing label") return never(`${text} (missing required label)`);
      return verdict === "skewed" ? notNow(text) : undefined;
    })
  );
}

/** Absent when neither the pod nor any that is there minds its company. */
function keepsCompany(pod: Pod, view: ClusterView): Filter | undefined {
  const affinity = podAffinityFilter(pod, view);
  return (
    affinity &&
    ((info) => {
      switch (affinity(info)) {
        case "affinity":
          return never("node(s) didn't match pod affinity rules");
        case "anti-affinity":
          return notNow("node(s) didn't match pod anti-affinity rules");
        case "existing anti-affinity":
          return notNow("node(s) didn't satisfy existing pods anti-affinity rules");
        case "fits":
          return undefined;
      }
    })
  );
}

/** Resources that upstream lists in this order, the others after them. */
const listedFirst = ["cpu", "memory", "ephemeral-storage"];

/** Is there room? All that is short is named. */
function fits(pod: Pod): Filter {
  const { requests } = demandOf(pod);
  const asked = [...listedFirst.filter((name) => requests.has(name)), ...rest(requests.keys())]
    .map((name) => ({ name, request: requests.get(name) ?? 0 }))
    .filter(({ request }) => request !== 0);
  return (info) => {
    if (asked.length === 0 && info.pods.size < info.room) return undefined;
    const reasons: string[] = [];
    let resolvable = true;
    if (info.pods.size >= info.room) reasons.push("Too many pods");
    for (const { name, request } of asked) {
      const allocatable = info.allocatable.get(name) ?? 0;
      if (request <= allocatable - (info.requested.get(name) ?? 0)) continue;
      reasons.push(`Insufficient ${name}`);
      if (request > allocatable) resolvable = false;
    }
    return reasons.length > 0 ? { reasons, resolvable } : undefined;
  };
}

const rest = (names: Iterable<string>): readonly string[] =>
  [...names].filter((name) => !listedFirst.includes(name)).sort();
