import type { Node } from "../../api/generated/types.ts";
import { isNodeReady } from "./plan.ts";

/** Nodes with this label do not count when it is asked whether all are down. */
const excluded = "node.kubernetes.io/exclude-disruption";

/** Keeps count of the ready nodes, so that the question whether any is left costs nothing. */
export class ReadyNodes {
  readonly #uids = new Set<string>();

  /** Takes the node's newest state in. @returns whether {@link othersAllDown} has another answer for some node now */
  update(node: Node): boolean {
    const counts = node.metadata?.labels?.[excluded] === undefined && isNodeReady(node);
    return this.#change(() => {
      const uid = node.metadata?.uid ?? "";
      if (counts) this.#uids.add(uid);
      else this.#uids.delete(uid);
    });
  }

  /** The same for a node that is gone. */
  delete(node: Node): boolean {
    return this.#change(() => this.#uids.delete(node.metadata?.uid ?? ""));
  }

  /** Is no node ready but this one? */
  othersAllDown(node: Node): boolean {
    return this.#uids.size === (this.#uids.has(node.metadata?.uid ?? "") ? 1 : 0);
  }

  #change(make: () => void): boolean {
    const before = this.#uids.size;
    make();
    const after = this.#uids.size;
    return before !== after && Math.min(before, after) < 2;
  }
}
