/** A control plane for tests of its parts: the real registry over the memory store, in process, on a virtual clock. */
import type { Namespace, Node, Pod, ServiceAccount } from "../api/generated/types.ts";
import { builtinKinds } from "../api/kinds.ts";
import type { Clock, Random } from "../base/clock.ts";
import { formatTime } from "../base/clock.ts";
import { isConflict, isNotFound } from "../base/errors.ts";
import { type Logger, silentLogger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import { createEventRecorder, type EventRecorder } from "../client/events.ts";
import { createInformerFactory, type InformerFactory } from "../client/informer.ts";
import { namespaces, nodes, pods, serviceAccounts } from "../client/kinds.ts";
import { createInProcessClient } from "../cluster/in-process-client.ts";
import { createRegistry } from "../registry/create-registry.ts";
import { createMemoryStore } from "../store/memory/memory.ts";
import { createSeededRandom, createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

export interface TestPlane<C extends Clock = VirtualClock> {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly events: EventRecorder;
  readonly clock: C;
  readonly random: Random;
  readonly logger: Logger;
  stop(): Promise<void>;
}

/** With namespace `default` and its service account. */
export async function createTestPlane(): Promise<TestPlane>;
export async function createTestPlane<C extends Clock>(clock: C): Promise<TestPlane<C>>;
export async function createTestPlane(clock: Clock = createVirtualClock()): Promise<TestPlane<Clock>> {
  const random = createSeededRandom();
  const logger = silentLogger;
  const store = createMemoryStore();
  const kinds = builtinKinds as unknown as Parameters<typeof createRegistry>[0]["kinds"];
  const registry = await createRegistry({ store, kinds, clock, random, logger });
  const client = createInProcessClient(registry, { name: "test", groups: ["system:masters"] });
  const informers = createInformerFactory({ client, clock, random, logger });
  const events = createEventRecorder({ client, clock, logger, source: { component: "test" } });
  const namespace: Namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } };
  await client.create(namespaces, namespace);
  const account: ServiceAccount = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "default" },
  };
  await client.create(serviceAccounts, account);
  return {
    client,
    informers,
    events,
    clock,
    random,
    logger,
    async stop() {
      await informers.stop();
      await registry.close();
      await store.close();
    },
  };
}

/** A Ready node with room for `pods` pods. */
export async function addNode(
  plane: TestPlane<Clock>,
  name: string,
  extra: Partial<Node> = {},
  room = 110,
): Promise<void> {
  const allocatable = { cpu: "4", memory: "8Gi", pods: String(room) };
  const node: Node = {
    apiVersion: "v1",
    kind: "Node",
    ...extra,
    metadata: { ...extra.metadata, name, labels: { "kubernetes.io/hostname": name, ...extra.metadata?.labels } },
  };
  await plane.client.create(nodes, node);
  const conditions = [{ type: "Ready", status: "True" }];
  await plane.client.patch(
    nodes,
    { name },
    { status: { allocatable, capacity: allocatable, conditions, ...extra.status } },
    { type: "merge", subresource: "status" },
  );
}

/**
 * Plays the nodes' agents: a pod on a node becomes Ready, a pod that is being deleted goes away.
 * @param runs which pods' containers start at all
 * @returns waits until all that was begun has been answered
 */
export function playAgents(plane: TestPlane<Clock>, runs: (pod: Pod) => boolean = () => true): () => Promise<void> {
  const informer = plane.informers.informer(pods);
  const started = new Set<string>();
  const pending = new Set<Promise<unknown>>();
  const begin = (work: Promise<unknown>): void => {
    const done = work.catch(quiet).finally(() => pending.delete(done));
    pending.add(done);
  };
  const quiet = (error: unknown) => {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  };
  const look = (pod: Pod): void => {
    const { name = "", namespace = "", uid = "" } = pod.metadata ?? {};
    if (!pod.spec?.nodeName) return;
    if (pod.metadata?.deletionTimestamp)
      begin(plane.client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } }));
    else if (!started.has(uid) && runs(pod)) {
      started.add(uid);
      const now = formatTime(plane.clock.now());
      const status = {
        phase: "Running",
        startTime: now,
        conditions: [{ type: "Ready", status: "True", lastTransitionTime: now }],
      };
      begin(plane.client.patch(pods, { namespace, name }, { status }, { type: "strategic", subresource: "status" }));
    }
  };
  informer.addHandlers({ onAdd: look, onUpdate: look });
  return async () => {
    await Promise.all(pending);
  };
}
