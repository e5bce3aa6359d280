/** Adopting and releasing over the real registry. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ReplicaSet } from "../api/generated/types.ts";
import { selectorOfSet } from "../api/labels.ts";
import { deployments, replicaSets } from "../client/kinds.ts";
import { type Call, intercepted } from "../testing/intercept.ts";
import { createTestPlane, type TestPlane } from "../testing/test-plane.ts";
import { claimObjects } from "./claiming.ts";

let plane: TestPlane;
let calls: string[];
beforeEach(async () => {
  plane = await createTestPlane();
  calls = [];
});
afterEach(async () => {
  await plane.stop();
});

const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "app:1" }] } };
const createOwner = (finalizers: string[] = []) =>
  plane.client.create(deployments, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default", finalizers },
    spec: { selector: { matchLabels: labels }, template },
  });
const createSet = (name: string, more: ReplicaSet["metadata"] = {}) =>
  plane.client.create(replicaSets, {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name, namespace: "default", labels, ...more },
    spec: { replicas: 0, selector: { matchLabels: labels }, template },
  });
const key = (name: string) => ({ namespace: "default", name });
const claim = (
  owner: Awaited<ReturnType<typeof createOwner>>,
  candidates: readonly ReplicaSet[],
  before: (call: Call) => void = () => {},
) =>
  claimObjects({
    client: intercepted(plane.client, (call) => {
      calls.push(`${call.verb} ${call.kind} ${call.name}`);
      before(call);
    }),
    ownerKind: deployments,
    owner,
    selector: selectorOfSet(labels),
    kind: replicaSets,
    candidates,
  });
const ownersOf = async (name: string) => (await plane.client.get(replicaSets, key(name))).metadata?.ownerReferences;

describe("an orphan that matches", () => {
  test("is adopted as controlled, and blocks its owner's deletion", async () => {
    const owner = await createOwner();
    const [adopted] = await claim(owner, [await createSet("a")]);
    const reference = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: owner.metadata?.uid };
    expect(await ownersOf("a")).toEqual([{ ...reference, controller: true, blockOwnerDeletion: true }]);
    expect(adopted?.metadata?.ownerReferences).toEqual(await ownersOf("a"));
  });

  test("its owner is read anew, once before the first adoption", async () => {
    await claim(await createOwner(), [await createSet("a"), await createSet("b")]);
    expect(calls).toEqual(["get Deployment web", "patch ReplicaSet a", "patch ReplicaSet b"]);
  });

  test("is left alone when the owner was replaced, which the cache does not show", async () => {
    const cached = await createOwner();
    await plane.client.delete(deployments, key("web"));
    await createOwner();
    const orphan = await createSet("a");
    await expect(claim(cached, [orphan])).rejects.toThrow("can't adopt: it has been replaced");
    expect(await ownersOf("a")).toBeUndefined();
  });

  test("is left alone when the owner is being deleted, which the cache does not show", async () => {
    const cached = await createOwner(["example.com/hold"]);
    await plane.client.delete(deployments, key("web"));
    const orphan = await createSet("a");
    await expect(claim(cached, [orphan])).rejects.toThrow("can't adopt: it is being deleted");
    expect(await ownersOf("a")).toBeUndefined();
  });

  test("is left alone when the owner is gone", async () => {
    const cached = await createOwner();
    await plane.client.delete(deployments, key("web"));
    await expect(claim(cached, [await createSet("a")])).rejects.toThrow('deployments.apps "web" not found');
  });

  test("that is gone meanwhile does not count", async () => {
    const owner = await createOwner();
    const [gone, there] = [await createSet("a"), await createSet("b")];
    await plane.client.delete(replicaSets, key("a"));
    const claimed = await claim(owner, [gone, there]);
    expect(claimed.map(({ metadata }) => metadata?.name)).toEqual(["b"]);
  });

  test("whose name another has now is not touched", async () => {
    const owner = await createOwner();
    const gone = await createSet("a");
    await plane.client.delete(replicaSets, key("a"));
    await createSet("a");
    expect(await claim(owner, [gone])).toEqual([]);
    expect(await ownersOf("a")).toBeUndefined();
  });
});

describe("what no longer matches", () => {
  const owned = async (more: ReplicaSet["metadata"] = {}) => {
    const owner = await createOwner();
    const controller = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: owner.metadata?.uid ?? "" };
    const other = { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "other" };
    const ownerReferences = [{ ...controller, controller: true, blockOwnerDeletion: true }, other];
    const set = await createSet("a", { labels: { app: "other" }, ownerReferences, ...more });
    return { owner, set, other };
  };

  test("is released; its other owners stay", async () => {
    const { owner, set, other } = await owned();
    expect(await claim(owner, [set])).toEqual([]);
    expect(await ownersOf("a")).toEqual([other]);
    expect(calls).toEqual(["patch ReplicaSet a"]);
  });

  test("is left alone once its owner is being deleted", async () => {
    const { owner, set } = await owned();
    const dying = { ...owner, metadata: { ...owner.metadata, deletionTimestamp: "2025-01-01T00:00:00Z" } };
    expect(await claim(dying, [set])).toEqual([]);
    expect(calls).toEqual([]);
  });

  test("may be gone already", async () => {
    const { owner, set } = await owned();
    await plane.client.delete(replicaSets, key("a"));
    expect(await claim(owner, [set])).toEqual([]);
  });
});
