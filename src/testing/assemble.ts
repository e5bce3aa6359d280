/** Puts a cluster together out of what lasts: a store, a clock, a seed and machines. */
import type { KubeObject } from "../api/kind.ts";
import { silentLogger as logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import { type ControlPlane, createControlPlane } from "../cluster/control-plane.ts";
import type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
import { createSlowableStore, type StoreSnapshot } from "../store/memory/memory.ts";
import { applyObjects } from "./apply.ts";
import type { Cluster, InNamespace } from "./cluster.ts";
import { createFaults } from "./cluster-faults.ts";
import { describeCluster } from "./describe.ts";
import { drivenClient } from "./driven-client.ts";
import type { DrivenClock } from "./driven-clock.ts";
import { createFaultRules } from "./fault-rules.ts";
import type { Joined } from "./join.ts";
import { createLinks, type LinkOwner } from "./links.ts";
import type { LinuxNodes } from "./linux.ts";
import { createMachine, type Machine, type MachineState } from "./machines.ts";
import { readManifest } from "./manifests.ts";
import type { NodeOptions } from "./options.ts";
import { type ResourceName, type ResourceOf, resourceNamed } from "./resources.ts";
import { isRolledOut, undoRollout } from "./rollout.ts";
import { createTestClock } from "./test-clock.ts";
import { createSeededRandom, createVirtualClock, type SeededRandom } from "./virtual-clock.ts";

export interface Parts {
  readonly clock: DrivenClock;
  /** Time passes by itself: `clock` is the system's. */
  readonly real?: boolean;
  readonly random: SeededRandom;
  readonly images: readonly SimulatedImage[];
  readonly nodes: readonly Required<NodeOptions>[];
  /** Real nodes, instead of simulated ones. */
  readonly linux?: LinuxNodes;
  /** Where it goes on from; absent: an empty cluster. */
  readonly from?: Saved;
}

/** A cluster at rest, as data. */
interface Saved {
  readonly store: StoreSnapshot;
  readonly machines: readonly MachineState[];
  readonly cutOff: readonly string[];
}

/** Resolves when the control plane runs, all nodes are Ready, and nothing is left to do at this time. */
export async function assemble(parts: Parts): Promise<Cluster> {
  const { clock, random, images, nodes, from } = parts;
  const store = createSlowableStore(clock, from?.store);
  const rules = createFaultRules();
  const links = createLinks(clock, rules);
  const owners = new Set<LinkOwner>();
  const linked = (client: Client, owner: LinkOwner): Client => {
    owners.add(owner);
    return links.through(client, owner);
  };
  const sever = (which: (owner: LinkOwner) => boolean) => {
    for (const owner of [...owners])
      if (owner.part && which(owner)) {
        rules.sever(owner);
        owners.delete(owner);
      }
    links.breakWatches((owner) => rules.cut(owner));
  };
  const plane: ControlPlane = await createControlPlane({
    store,
    clock,
    random,
    logger,
    ...parts.linux?.planeOptions,
    through: (client, { process, controller }) =>
      linked(client, { process, ...(controller ? { part: controller } : {}) }),
  });
  const context = {
    clientOf: (node: string) =>
      linked(plane.clientOf(`system:node:${node}`, "system:nodes"), { process: "kubelet", part: () => node }),
    images,
    clock,
    random,
    logger,
  };
  const machines: Machine[] = nodes.map((node, index) => {
    const machine = createMachine(context, node, index, from?.machines[index]);
    return {
      ...machine,
      get agent() {
        return machine.agent;
      },
      cut() {
        sever((owner) => owner.process === "kubelet" && owner.part?.() === node.name);
        machine.cut();
      },
    };
  });
  for (const name of from?.cutOff ?? []) rules.cutOff.add(name);
  await plane.start();
  await parts.linux?.start(plane);
  const on = machines.filter((_, index) => from?.machines[index]?.on ?? true);
  const starts = on.map((machine) => ({ name: machine.name, ready: machine.start() }));
  await Promise.all(starts.filter(({ name }) => !rules.cutOff.has(name)).map(({ ready }) => ready));
  await clock.settle();

  const { latency } = store;
  const client = drivenClient(plane.client, (call) => (latency() > 0 ? clock.drive(call) : call));
  const keyIn = (namespaced: boolean, name: string, { namespace = "default" }: InNamespace = {}) =>
    namespaced ? { namespace, name } : { name };
  const faults = createFaults({
    clock,
    store,
    rules,
    links,
    machines,
    controllers: () => plane.controllers,
    crash(name) {
      sever((owner) => owner.process !== "kubelet" && owner.part?.() === name);
      return plane.restart(name);
    },
  });
  const testClock = createTestClock(clock, () => describeCluster(plane.client, clock.now()));

  let closing: Promise<void> | undefined;
  let joined: Promise<Joined> | undefined;
  let following = false;
  const watches = new Set<() => void>();
  const close = async () => {
    for (const end of [...watches]) end();
    faults.heal();
    testClock.stop();
    await (await joined)?.close();
    await parts.linux?.close();
    // What is still at work may wait for time to pass.
    await clock.drive(Promise.all(machines.map((machine) => machine.stop())));
    await clock.drive(plane.stop());
    await store.close();
  };
  const assertOpen = () => {
    if (closing) throw new Error("the cluster is closed");
  };
  const cluster: Cluster = {
    client,
    clock: testClock,
    faults,
    async apply(manifest) {
      assertOpen();
      return applyObjects(client, readManifest(manifest));
    },
    async get<N extends ResourceName>(resource: N, name: string, where?: InNamespace) {
      const kind = resourceNamed(resource);
      return (await client.get<KubeObject>(kind, keyIn(kind.namespaced, name, where))) as ResourceOf<N>;
    },
    async list<N extends ResourceName>(resource: N, { namespace = "default", ...query } = {}) {
      const kind = resourceNamed(resource);
      const where = kind.namespaced && namespace ? { namespace } : {};
      return (await client.list<KubeObject>(kind, { ...query, ...where })).items as readonly ResourceOf<N>[];
    },
    async watch(resource, onEvent, { namespace = "default", ...query } = {}) {
      const kind = resourceNamed(resource);
      const where = kind.namespaced && namespace ? { namespace } : {};
      const watch = await client.watch<KubeObject>(kind, { ...query, ...where });
      void (async () => {
        for await (const event of watch) if (event.type !== "BOOKMARK") onEvent(event as Parameters<typeof onEvent>[0]);
      })();
      const end = () => {
        watches.delete(end);
        watch.close();
      };
      watches.add(end);
      return { close: end, [Symbol.dispose]: end };
    },
    async delete(resource, name, where) {
      const kind = resourceNamed(resource);
      await client.delete<KubeObject>(kind, keyIn(kind.namespaced, name, where));
    },
    rolledOut: async (resource, name, where) => isRolledOut(await cluster.get(resource, name, where)),
    async undo(resource, name, { toRevision, ...where } = {}) {
      await undoRollout(client, resourceNamed(resource), keyIn(true, name, where), toRevision);
    },
    async kubeconfig({ followClock = true } = {}) {
      assertOpen();
      if (parts.linux) return parts.linux.kubeconfig;
      const { serveCluster } = await import("./join.ts");
      const reaches = (name: string) =>
        !rules.cutOff.has(name) && machines.some((machine) => machine.name === name && machine.agent);
      joined ??= serveCluster({ plane, machines, reaches, clock });
      // What comes from outside does not wait for the test to move the clock.
      if (followClock && !following) {
        following = true;
        testClock.follow();
      }
      return (await joined).kubeconfig;
    },
    async fork() {
      assertOpen();
      if (parts.real)
        throw new Error("a cluster with a real clock has no quiet point: only those in virtual time fork");
      await clock.settle();
      // All of one moment: nothing is waited for in between.
      const [listing, now, seed] = [store.list(""), clock.now(), random.state];
      const states = machines.map((machine) => machine.state());
      const { entries, revision } = await listing;
      return assemble({
        clock: createVirtualClock(now),
        random: createSeededRandom(seed),
        images,
        nodes,
        from: { store: { entries, revision }, machines: states, cutOff: [...rules.cutOff] },
      });
    },
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => cluster.close(),
  };
  return cluster;
}
