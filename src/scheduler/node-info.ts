import { type HostPort, hostPortsOf } from "../api/core/host-ports.ts";
import type { Node, Pod } from "../api/generated/types.ts";
import { allocatableOf, demandOf, type Resources } from "./resources.ts";

/** A node and the pods that are on it or on their way to it. */
export class NodeInfo {
  readonly node: Node;
  readonly name: string;
  readonly allocatable: Resources;
  /** What scores look at: of the hundreds of nodes that each decision looks at, little is read. */
  readonly cpu: Account;
  readonly memory: Account;
  /** The most pods that it takes. */
  readonly room: number;
  /** Nothing about it keeps pods away: it is not cordoned and has no taints. */
  readonly isOpen: boolean;
  readonly pods = new Map<string, Pod>();
  readonly requested = new Map<string, number>();
  /** Pods by the UID of their controller; without those that have none here. */
  readonly perOwner = new Map<string, number>();
  readonly hostPorts: HostPort[] = [];

  constructor(node: Node) {
    this.node = node;
    this.name = node.metadata?.name ?? "";
    this.allocatable = allocatableOf(node);
    this.cpu = { allocatable: this.allocatable.get("cpu") ?? 0, used: 0 };
    this.memory = { allocatable: this.allocatable.get("memory") ?? 0, used: 0 };
    this.room = this.allocatable.get("pods") ?? 0;
    this.isOpen = !node.spec?.unschedulable && !node.spec?.taints?.length;
  }

  label(key: string): string | undefined {
    return this.node.metadata?.labels?.[key];
  }

  add(pod: Pod): void {
    this.pods.set(pod.metadata?.uid ?? "", pod);
    this.#count(pod, 1);
    this.hostPorts.push(...hostPortsOf(pod));
  }

  remove(pod: Pod): void {
    if (!this.pods.delete(pod.metadata?.uid ?? "")) return;
    this.#count(pod, -1);
    for (const port of hostPortsOf(pod))
      this.hostPorts.splice(
        this.hostPorts.findIndex((p) => samePort(p, port)),
        1,
      );
  }

  #count(pod: Pod, sign: 1 | -1): void {
    const { requests, scored } = demandOf(pod);
    for (const [name, value] of requests) this.requested.set(name, (this.requested.get(name) ?? 0) + sign * value);
    this.cpu.used += sign * scored.cpu;
    this.memory.used += sign * scored.memory;
    const owner = ownerOf(pod);
    if (!owner) return;
    const count = (this.perOwner.get(owner) ?? 0) + sign;
    if (count > 0) this.perOwner.set(owner, count);
    else this.perOwner.delete(owner);
  }
}

/** Of one resource, as scores count it. */
interface Account {
  readonly allocatable: number;
  used: number;
}

export const ownerOf = (pod: Pod): string | undefined =>
  pod.metadata?.ownerReferences?.find((owner) => owner.controller)?.uid;

const samePort = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && a.address === b.address;
