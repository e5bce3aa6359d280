/** All controllers together, with the scheduler, over the real registry: what they do for each other. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Deployment, Lease, Namespace, Service } from "../api/generated/types.ts";
import { builtinKinds } from "../api/kinds.ts";
import { formatMicroTime } from "../base/clock.ts";
import {
  configMaps,
  deployments,
  endpointSlices,
  leases,
  namespaces,
  pods,
  replicaSets,
  serviceAccounts,
  services,
} from "../client/kinds.ts";
import { createScheduler } from "../scheduler/scheduler.ts";
import { addNode, createTestPlane, playAgents, type TestPlane } from "../testing/test-plane.ts";
import { controllerFactories } from "./all.ts";

let plane: TestPlane;
let parts: { start(): Promise<void>; stop(): Promise<void> }[];
let alive: Set<string>;
let stopBeating: () => void;

const beat = async (name: string): Promise<void> => {
  const metadata = { name, namespace: "kube-node-lease" };
  const spec = { renewTime: formatMicroTime(plane.clock.now()) };
  await plane.client.patch(leases, metadata, { spec }, { type: "merge" });
};
const createNamespace = (name: string) =>
  plane.client.create<Namespace>(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });

beforeEach(async () => {
  plane = await createTestPlane();
  const factories = controllerFactories({ rootCertificate: "PEM", kinds: builtinKinds });
  parts = [...factories.map((factory) => factory(plane)), createScheduler(plane)];
  for (const part of parts) await part.start();
  playAgents(plane);
  await createNamespace("kube-node-lease");
  alive = new Set(["a", "b"]);
  for (const name of alive) {
    await addNode(plane, name);
    const metadata = { name, namespace: "kube-node-lease" };
    await plane.client.create<Lease>(leases, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata,
      spec: {},
    });
    await beat(name);
  }
  stopBeating = plane.clock.every(10_000, () => {
    for (const name of alive) void beat(name);
  });
});
afterEach(async () => {
  stopBeating();
  for (const part of parts) await part.stop();
  await plane.stop();
});

const deploy = async (namespace: string, replicas: number): Promise<void> => {
  const labels = { app: "web" };
  await plane.client.create<Deployment>(deployments, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
    },
  });
  await plane.client.create<Service>(services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace },
    spec: { selector: labels, ports: [{ port: 80 }] },
  });
};
const podsIn = async (namespace: string) => (await plane.client.list(pods, { namespace })).items;
const ready = async (namespace: string) =>
  (await plane.client.get(deployments, { namespace, name: "web" })).status?.readyReplicas ?? 0;

it("replaces the pods of a node that falls silent", async () => {
  await deploy("default", 4);
  await plane.clock.advance(5_000);
  expect(await ready("default")).toBe(4);
  expect(new Set((await podsIn("default")).map((p) => p.spec?.nodeName))).toEqual(new Set(["a", "b"]));
  alive.delete("a");
  await plane.clock.advance(60_000);
  expect(await ready("default")).toBe(2);
  await plane.clock.advance(310_000);
  expect(await ready("default")).toBe(4);
  expect(new Set((await podsIn("default")).map((p) => p.spec?.nodeName))).toEqual(new Set(["b"]));
});

it("leaves nothing of a Deployment that is deleted", async () => {
  await deploy("default", 3);
  await plane.clock.advance(5_000);
  await plane.client.delete(deployments, { namespace: "default", name: "web" }, { propagationPolicy: "Background" });
  await plane.client.delete(services, { namespace: "default", name: "web" });
  await plane.clock.advance(60_000);
  expect(await podsIn("default")).toEqual([]);
  expect((await plane.client.list(replicaSets)).items).toEqual([]);
  expect((await plane.client.list(endpointSlices)).items).toEqual([]);
});

it("keeps a Deployment deleted in the foreground until its pods are gone", async () => {
  await deploy("default", 3);
  await plane.clock.advance(5_000);
  const seen: number[] = [];
  const informer = plane.informers.informer(deployments);
  informer.addHandlers({ onDelete: () => seen.push(plane.informers.informer(pods).list("default").length) });
  await plane.client.delete(deployments, { namespace: "default", name: "web" }, { propagationPolicy: "Foreground" });
  await plane.clock.advance(60_000);
  expect(seen).toEqual([0]);
});

it("keeps the pods of a Deployment that is deleted without them", async () => {
  await deploy("default", 3);
  await plane.clock.advance(5_000);
  const before = (await podsIn("default")).map((p) => p.metadata?.uid).sort();
  await plane.client.delete(deployments, { namespace: "default", name: "web" }, { propagationPolicy: "Orphan" });
  await plane.clock.advance(60_000);
  expect((await podsIn("default")).map((p) => p.metadata?.uid).sort()).toEqual(before);
  const [replicaSet] = (await plane.client.list(replicaSets)).items;
  expect(replicaSet?.metadata?.ownerReferences ?? []).toEqual([]);
});

it("empties a namespace in which a Deployment keeps making pods", async () => {
  await createNamespace("team");
  await plane.clock.settle();
  await deploy("team", 3);
  await plane.clock.advance(5_000);
  expect(await ready("team")).toBe(3);
  await plane.client.delete(namespaces, { name: "team" });
  await plane.clock.advance(120_000);
  expect((await plane.client.list(namespaces)).items.map((n) => n.metadata?.name)).not.toContain("team");
  for (const kind of [pods, replicaSets, deployments, services, endpointSlices, configMaps, serviceAccounts])
    expect((await plane.client.list(kind as typeof pods, { namespace: "team" })).items).toEqual([]);
});
