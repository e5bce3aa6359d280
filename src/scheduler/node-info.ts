import type { Node, Pod } from "../api/generated/types.ts";
import { type HostPort, hostPortsOf } from "./host-ports.ts";
import { allocatableOf, demandOf, type Resources } from "./resources.ts";

/** A node and the pods that are on it or on their way to it. */
export class NodeInfo {
  readonly node: Node;
  readonly allocatable: Resources;
  readonly pods = new Map<string, Pod>();
  readonly requested = new Map<string, number>();
  readonly scored = new Map<string, number>();
  /** Pods by the UID of their controller. */
  readonly perOwner = new Map<string, number>();
  readonly hostPorts: HostPort[] = [];

  constructor(node: Node) {
    this.node = node;
    this.allocatable = allocatableOf(node);
  }

  get name(): string {
    return this.node.metadata?.name ?? "";
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
    for (const [name, value] of scored) this.scored.set(name, (this.scored.get(name) ?? 0) + sign * value);
    const owner = ownerOf(pod);
    if (owner) this.perOwner.set(owner, (this.perOwner.get(owner) ?? 0) + sign);
  }
}

export const ownerOf = (pod: Pod): string | undefined =>
  pod.metadata?.ownerReferences?.find((owner) => owner.controller)?.uid;

const samePort = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && a.address === b.address;
