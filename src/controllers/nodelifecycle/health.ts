import type { Lease, Node } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";
import { conditionOf } from "./plan.ts";

interface Seen {
  readonly uid: string;
  at: number;
  heartbeat: string | undefined;
  renewTime: number;
}

/**
 * When nodes last gave a sign of life: a renewed Lease, or a new heartbeat in their status. By our own clock, so that a
 * node's clock does not matter. After a restart of this process every node has been seen just now.
 */
export class NodeHealth {
  readonly #seen = new Map<string, Seen>();

  /** @returns when the node was last seen, in milliseconds since the epoch */
  node(node: Node, now: number): number {
    const name = node.metadata?.name ?? "";
    const uid = node.metadata?.uid ?? "";
    const ready = conditionOf(node, "Ready");
    const heartbeat = ready?.lastHeartbeatTime;
    const known = this.#seen.get(name);
    if (known?.uid === uid) {
      // Our own writes keep the heartbeat as it was.
      if (known.heartbeat !== heartbeat && ready?.reason !== "NodeStatusNeverUpdated") {
        known.heartbeat = heartbeat;
        known.at = now;
      }
      return known.at;
    }
    const created = node.metadata?.creationTimestamp;
    const at = !ready && created ? parseTime(created) : now;
    this.#seen.set(name, { uid, at, heartbeat, renewTime: known?.renewTime ?? 0 });
    return at;
  }

  lease(lease: Lease, now: number): void {
    const renewTime = parseTime(lease.spec?.renewTime ?? "");
    const known = this.#seen.get(lease.metadata?.name ?? "");
    if (!known || !(renewTime > known.renewTime)) return;
    known.renewTime = renewTime;
    known.at = now;
  }

  forget(name: string): void {
    this.#seen.delete(name);
  }
}
