/** A control plane with two simulated nodes, one of which is lost and comes back: minutes pass in no time. */
import { afterEach, expect, test } from "vitest";
import type { Deployment, Pod, Service } from "../api/generated/types.ts";
import { silentLogger } from "../base/logger.ts";
import { deployments, endpointSlices, events, nodes, pods, services } from "../client/kinds.ts";
import { type ControlPlane, createControlPlane } from "../cluster/control-plane.ts";
import { type Agent, createAgent } from "../node/agent.ts";
import { simulatedFacts } from "../node/registration/node-facts.ts";
import { simulatedPodCIDR } from "../node/runtime/simulated/addresses.ts";
import { createSimulatedRuntime } from "../node/runtime/simulated/runtime.ts";
import { createMemoryStore } from "../store/memory/memory.ts";
import { createSeededRandom, createVirtualClock } from "./virtual-clock.ts";

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of started.splice(0).reverse()) await part.stop();
});

async function cluster() {
  const clock = createVirtualClock();
  const random = createSeededRandom();
  const logger = silentLogger;
  const plane: ControlPlane = await createControlPlane({
    store: createMemoryStore(),
    clock,
    random,
    logger,
    ca: "PEM",
  });
  await plane.start();
  started.push(plane);
  const runtimes = [0, 1].map((index) => createSimulatedRuntime({ clock, podCIDR: simulatedPodCIDR(index) }));
  const join = async (index: 0 | 1): Promise<Agent> => {
    const nodeName = ["a", "b"][index] as string;
    const agent = await createAgent({
      client: plane.clientOf(`system:node:${nodeName}`, "system:nodes"),
      informers: plane.informers,
      nodeName,
      runtime: runtimes[index] as (typeof runtimes)[number],
      clock,
      random,
      logger,
      facts: simulatedFacts(),
    });
    await agent.start();
    return agent;
  };
  return { clock, plane, client: plane.client, join };
}

const labels = { app: "web" };
const web: Deployment = {
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "app:1" }] } },
  },
};
const service: Service = {
  metadata: { name: "web", namespace: "default" },
  spec: { selector: labels, ports: [{ port: 80 }] },
};
const onNode = (list: readonly Pod[], node: string) => list.filter((pod) => pod.spec?.nodeName === node);

test("a node that is lost becomes NotReady, its pods are replaced elsewhere, and it is forgiven when it returns", async () => {
  const { clock, client, join } = await cluster();
  const lost = await join(0);
  started.push(await join(1));
  await client.create(deployments, web);
  await client.create(services, service);
  const all = async () => (await client.list(pods, { namespace: "default" })).items;
  const ready = async (name: string) =>
    (await client.get(nodes, { name })).status?.conditions?.find(({ type }) => type === "Ready");
  const taints = async (name: string) => ((await client.get(nodes, { name })).spec?.taints ?? []).map((t) => t.key);
  const endpoints = async () => {
    const { items } = await client.list(endpointSlices, { namespace: "default" });
    return items.flatMap((slice) => slice.endpoints ?? []).map((e) => `${e.nodeName} ${e.conditions?.ready}`);
  };
  const settled = async () =>
    (await client.get(deployments, { namespace: "default", name: "web" })).status?.availableReplicas === 2;
  await clock.runUntil(settled, 10_000);
  const [victim] = onNode(await all(), "a");
  expect(victim).toBeDefined();
  expect(onNode(await all(), "b")).toHaveLength(1);
  await clock.advance(2_000);
  expect((await endpoints()).sort()).toEqual(["a true", "b true"]);

  await lost.stop();
  await clock.advance(60_000);
  expect(await ready("a")).toMatchObject({ status: "Unknown", reason: "NodeStatusUnknown" });
  expect(await taints("a")).toEqual(["node.kubernetes.io/unreachable", "node.kubernetes.io/unreachable"]);
  expect(await ready("b")).toMatchObject({ status: "True" });
  expect((await endpoints()).sort()).toEqual(["a false", "b true"]);
  expect(await settled()).toBe(false);

  await clock.advance(240_000);
  expect(onNode(await all(), "b")).toHaveLength(1);
  await clock.advance(60_000);
  expect(onNode(await all(), "b")).toHaveLength(2);
  expect(await settled()).toBe(true);
  // Nobody can say that the containers of the lost node are gone.
  const stuck = (await all()).find((pod) => pod.metadata?.uid === victim?.metadata?.uid);
  expect(stuck?.metadata?.deletionTimestamp).toBeDefined();
  expect(stuck?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: "DisruptionTarget", reason: "DeletionByTaintManager" }),
  );

  started.push(await join(0));
  await clock.advance(60_000);
  expect(await ready("a")).toMatchObject({ status: "True", reason: "KubeletReady" });
  expect(await taints("a")).toEqual([]);
  expect((await all()).map((pod) => pod.spec?.nodeName)).toEqual(["b", "b"]);
  expect((await endpoints()).sort()).toEqual(["b true", "b true"]);
  const said = (await client.list(events, { namespace: "default" })).items.map((e) => `${e.reason} ${e.message}`);
  expect(said).toContain(`TaintManagerEviction Marking for deletion Pod default/${victim?.metadata?.name}`);
  expect(said).toContain("NodeNotReady Node a status is now: NodeNotReady");
});

test("what is stopped leaves no timer behind", async () => {
  const { clock, client, plane, join } = await cluster();
  const agents = [await join(0), await join(1)];
  // Service accounts come to their namespaces.
  await clock.advance(1_000);
  await client.create(deployments, web);
  await client.create(services, service);
  await client.create(pods, {
    metadata: { name: "lost", namespace: "default" },
    spec: { nodeSelector: { no: "where" }, containers: [{ name: "c", image: "app:1" }] },
  });
  await clock.advance(30_000);
  started.splice(0);
  for (const agent of agents) await agent.stop();
  await plane.stop();
  await clock.settle();
  expect(clock.pending).toBe(0);
});
