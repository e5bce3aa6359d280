/** The node's heartbeat: a Lease in `kube-node-lease`, renewed four times within its duration. */
import type { Lease, Node } from "../../api/generated/types.ts";
import { type Cancel, type Clock, formatMicroTime } from "../../base/clock.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import type { Client } from "../../client/client.ts";
import { leases } from "../../client/kinds.ts";
import { errorText } from "../event-text.ts";
import { fieldManager } from "../field-manager.ts";

const namespace = "kube-node-lease";
const durationSeconds = 40;
const renewEvery = (durationSeconds * 1000) / 4;

export interface Heartbeat {
  /** Resolves when the first renewal is written or has failed (it is tried again). */
  start(node: Node | undefined): Promise<void>;
  stop(): void;
}

export interface HeartbeatOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeName: string;
}

export function createHeartbeat({ client, clock, logger, nodeName: name }: HeartbeatOptions): Heartbeat {
  let cancel: Cancel = () => {};
  let lease: Lease | undefined;
  let renewing = false;

  const renew = async (node: Node | undefined): Promise<void> => {
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: durationSeconds,
      renewTime: formatMicroTime(clock.now()),
    };
    const owner = node?.metadata?.uid
      ? { ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: node.metadata.uid }] }
      : {};
    try {
      lease ??= await client.get(leases, { namespace, name });
      lease = await client.update(leases, { ...lease, spec: { ...lease.spec, ...spec } }, { fieldManager });
    } catch (error) {
      lease = undefined;
      if (isConflict(error)) return renew(node);
      if (!isNotFound(error)) throw error;
      try {
        lease = await client.create(
          leases,
          {
            apiVersion: "coordination.k8s.io/v1",
            kind: "Lease",
            metadata: { name, namespace, ...owner },
            spec,
          },
          { fieldManager },
        );
      } catch (failure) {
        if (!isAlreadyExists(failure)) throw failure;
      }
    }
  };

  const beat = async (node: Node | undefined): Promise<void> => {
    if (renewing) return;
    renewing = true;
    try {
      await renew(node);
    } catch (error) {
      logger.warn("cannot renew the node's lease", { node: name, error: errorText(error) });
    } finally {
      renewing = false;
    }
  };

  return {
    async start(node) {
      cancel = clock.every(renewEvery, () => void beat(node));
      await beat(node);
    },
    stop: () => cancel(),
  };
}
