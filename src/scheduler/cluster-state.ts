import type { Node, Pod } from "../api/generated/types.ts";
import type { Labels } from "../api/labels.ts";
import { NodeInfo, ownerOf } from "./node-info.ts";

/** What filters may look at. */
export interface ClusterView {
  /** In order of their names. */
  readonly nodes: readonly NodeInfo[];
  /** Pods on nodes that refuse company: with required anti-affinity. */
  readonly loners: Iterable<{ readonly pod: Pod; readonly info: NodeInfo }>;
  readonly namespaceLabels: (namespace: string) => Labels | undefined;
}

/** What scores may look at as well. */
export interface ScoredView extends ClusterView {
  /** The nodes that are in a zone. */
  readonly zoned: readonly NodeInfo[];
}

export const zoneLabel = "topology.kubernetes.io/zone";

const isLoner = (pod: Pod): boolean =>
  (pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).length > 0;

/** Do two versions of a pod count alike? Most updates are of the status. */
const asksTheSame = (a: Pod, b: Pod): boolean =>
  a.metadata?.generation !== undefined && a.metadata.generation === b.metadata?.generation && ownerOf(a) === ownerOf(b);

/**
 * Nodes and the pods placed on them, kept up to date event by event. A pod that is assumed to be on a node counts like
 * one that is bound to it, so that the next decision sees it before the server does.
 */
export class ClusterState implements ScoredView {
  readonly namespaceLabels: (namespace: string) => Labels | undefined;
  readonly #infos = new Map<string, NodeInfo>();
  readonly #placed = new Map<string, { pod: Pod; node: string }>();
  /** UIDs of the pods that are placed on a node, which may not be known (yet). */
  readonly #onNode = new Map<string, Set<string>>();
  readonly #loners = new Map<string, string>();
  #sorted: readonly NodeInfo[] | undefined;
  #zoned: readonly NodeInfo[] | undefined;

  constructor(namespaceLabels: (namespace: string) => Labels | undefined) {
    this.namespaceLabels = namespaceLabels;
  }

  get nodes(): readonly NodeInfo[] {
    this.#sorted ??= [...this.#infos.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  get zoned(): readonly NodeInfo[] {
    this.#zoned ??= this.nodes.filter((info) => info.label(zoneLabel) !== undefined);
    return this.#zoned;
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
    for (const uid of this.#onNode.get(info.name) ?? []) {
      const placed = this.#placed.get(uid);
      if (placed) info.add(placed.pod);
    }
    this.#infos.set(info.name, info);
    this.#nodesChanged();
  }

  removeNode(name: string): void {
    this.#infos.delete(name);
    this.#nodesChanged();
  }

  #nodesChanged(): void {
    this.#sorted = undefined;
    this.#zoned = undefined;
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
    const there = this.#onNode.get(node);
    if (there) there.add(uid);
    else this.#onNode.set(node, new Set([uid]));
    this.#infos.get(node)?.add(pod);
    if (isLoner(pod)) this.#loners.set(uid, node);
  }

  /** @returns whether it was on a node */
  remove(uid: string): boolean {
    const placed = this.#placed.get(uid);
    if (!placed) return false;
    this.#placed.delete(uid);
    const there = this.#onNode.get(placed.node);
    there?.delete(uid);
    if (there?.size === 0) this.#onNode.delete(placed.node);
    this.#loners.delete(uid);
    this.#infos.get(placed.node)?.remove(placed.pod);
    return true;
  }

  nodeOf(uid: string): string | undefined {
    return this.#placed.get(uid)?.node;
  }
}
