/** Whether a pod that was bound to this node may run here (kubelet `pkg/kubelet/lifecycle/predicate.go`). Pure. */
import { hostPortsOf, portsConflict } from "../api/core/host-ports.ts";
import { isTerminal } from "../api/core/pod-phase.ts";
import type { Pod } from "../api/generated/types.ts";

/** Why a pod may not run. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** @param others pods of the node that were admitted and have not ended */
export function refusalOf(pod: Pod, others: Iterable<Pod>): Refusal | undefined {
  const ports = hostPortsOf(pod);
  if (ports.length === 0 || isTerminal(pod.status?.phase)) return undefined;
  for (const other of others) {
    const taken = hostPortsOf(other);
    if (ports.some((port) => taken.some((one) => portsConflict(port, one))))
      return {
        reason: "NodePorts",
        message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
      };
  }
  return undefined;
}
