import { expect, test } from "vitest";
import type { Pod } from "../api/generated/types.ts";
import type { Informer } from "../client/informer-contract.ts";
import { pods } from "../client/kinds.ts";
import { createTestPlane } from "../testing/test-plane.ts";
import { type NodePods, podsOfNode } from "./pods-of-node.ts";

const pod = (name: string, nodeName?: string): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { containers: [{ name: "c", image: "app:1" }], ...(nodeName ? { nodeName } : {}) },
});

test("each node is told of its pods as by a watch of them alone", async () => {
  const plane = await createTestPlane();
  const { client, clock, informers } = plane;
  const listen = (informer: NodePods): string[] => {
    const heard: string[] = [];
    informer.addHandlers({
      onAdd: (p, initial) => heard.push(`add ${p.metadata?.name} on ${p.spec?.nodeName}${initial ? " at first" : ""}`),
      onUpdate: (p) => heard.push(`update ${p.metadata?.name} ${p.metadata?.labels?.v ?? ""}`),
      onDelete: (p) => heard.push(`delete ${p.metadata?.name}`),
    });
    return heard;
  };
  const all: Informer<Pod> = informers.informer(pods);
  await client.create(pods, pod("early", "n1"));
  await clock.settle();
  const nodes = ["n1", "n2", "n3"];
  const views = nodes.map((node) => podsOfNode(all, node));
  const alone = nodes.map((node) => informers.informer(pods, { fieldSelector: `spec.nodeName=${node}` }));
  await Promise.all([...views, ...alone].map((informer) => informer.synced()));
  const heard = views.map(listen);
  const expected = alone.map(listen);

  const key = (name: string) => ({ namespace: "default", name });
  const label = (name: string, v: string) =>
    client.patch(pods, key(name), { metadata: { labels: { v } } }, { type: "merge" });
  await client.create(pods, pod("placed", "n2"));
  await client.create(pods, pod("waiting"));
  await clock.settle();
  await label("waiting", "1");
  await client.bind(key("waiting"), "n1");
  await clock.settle();
  await label("waiting", "2");
  await label("placed", "3");
  await clock.settle();
  await client.delete(pods, key("placed"), { gracePeriodSeconds: 0 });
  await client.delete(pods, key("early"), { gracePeriodSeconds: 0 });
  await client.create(pods, pod("early", "n2"));
  await clock.settle();

  expect(heard).toEqual(expected);
  expect(heard[0]).toEqual([
    "add early on n1 at first",
    "add waiting on n1",
    "update waiting 2",
    "update early ",
    "delete early",
  ]);
  expect(views.map((view) => view.get("default/early")?.spec?.nodeName)).toEqual([undefined, "n2", undefined]);
  await plane.stop();
});

test("who has left is told no more", async () => {
  const plane = await createTestPlane();
  const view = podsOfNode(plane.informers.informer(pods), "n1");
  const heard: string[] = [];
  const listener = (name: string) => ({ onAdd: (p: Pod) => void heard.push(`${name} ${p.metadata?.name}`) });
  const leave = view.addHandlers(listener("first"));
  view.addHandlers(listener("second"));
  leave();
  leave();
  await plane.client.create(pods, pod("a", "n1"));
  await plane.clock.settle();
  expect(heard).toEqual(["second a"]);
  await plane.stop();
});
