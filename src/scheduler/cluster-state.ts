import type { Node, Pod } from "../api/generated/types.ts";
import type { Labels } from "../api/labels.ts";
import { NodeInfo, ownerOf } from "./node-info.ts";

/** What filters and scores may look at. */
export interface ClusterView {
  /** In order of their names. */
  readonly nodes: readonly NodeInfo[];
  /** Pods on nodes that refuse company: with required anti-affinity. */
  readonly loners: Iterable<{ readonly pod: Pod; readonly info: NodeInfo }>;
  readonly namespaceLabels: (namespace: string) => Labels | undefined;
}

const isLoner = (pod: Pod): boolean =>
  (pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).length > 0;

/** Do two versions of a pod count alike? Most updates are of the status. */
const asksTheSame = (a: Pod, b: Pod): boolean =>
  a.metadata?.generation !== undefined && a.metadata.generation === b.metadata?.generation && ownerOf(a) === ownerOf(b);

/**
 * Nodes and the pods placed on them, kept up to date event by event. A pod that is assumed to be on a node counts like
 * one that is bound to it, so that the next decision sees it before the server does.
 */
export class ClusterState implements ClusterView {
  readonly namespaceLabels: (namespace: string) => Labels | undefined;
  readonly #infos = new Map<string, NodeInfo>();
  readonly #placed = new Map<string, { pod: Pod; node: string }>();
  readonly #loners = new Map<string, string>();
  #sorted: readonly NodeInfo[] | undefined;

  constructor(namespaceLabels: (namespace: string) => Labels | undefined) {
    this.namespaceLabels = namespaceLabels;
  }

  get nodes(): readonly NodeInfo[] {
    this.#sorted ??= [...this.#infos.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  get loners(): Iterable<{ readonly pod: Pod; readonly info: NodeInfo }> {
    const all: { pod: Pod; info: NodeInfo }[] = [];
    for (const [uid, node] of this.#loners) {
      const info = this.#infos.get(node);
      const pod = info?.pods.get(uid);
      if (info && pod) all.push({ pod, info });
    }
    return all;
  }

  setNode(node: Node): void {
    const info = new NodeInfo(node);
    for (const placed of this.#placed.values()) if (placed.node === info.name) info.add(placed.pod);
    this.#infos.set(info.name, info);
    this.#sorted = undefined;
  }

  removeNode(name: string): void {
    this.#infos.delete(name);
    this.#sorted = undefined;
  }

  /** Puts the pod on a node, wherever it was before. */
  place(pod: Pod, node: string): void {
    const uid = pod.metadata?.uid ?? "";
    const placed = this.#placed.get(uid);
    if (placed?.node === node && asksTheSame(placed.pod, pod)) {
      placed.pod = pod;
      this.#infos.get(node)?.pods.set(uid, pod);
      return;
    }
    this.remove(uid);
    this.#placed.set(uid, { pod, node });
    this.#infos.get(node)?.add(pod);
    if (isLoner(pod)) this.#loners.set(uid, node);
  }

  /** @returns whether it was on a node */
  remove(uid: string): boolean {
    const placed = this.#placed.get(uid);
    if (!placed) return false;
    this.#placed.delete(uid);
    this.#loners.delete(uid);
    this.#infos.get(placed.node)?.remove(placed.pod);
    return true;
  }

  nodeOf(uid: string): string | undefined {
    return this.#placed.get(uid)?.node;
  }
}
