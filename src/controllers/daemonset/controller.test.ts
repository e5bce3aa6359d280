/** The DaemonSet controller over the real registry: events, its history, and what goes wrong on the way. */
import { afterEach, describe, expect, test } from "vitest";
import type { ControllerRevision, DaemonSet } from "../../api/generated/types.ts";
import { controllerRevisions, daemonSets, nodes, pods } from "../../client/kinds.ts";
import { controllerStarts, isCall, podsOf, refused, said } from "../../testing/controller-fixture.ts";
import { addNode, type TestPlane } from "../../testing/test-plane.ts";
import { daemonSetController } from "./controller.ts";
import { newRevision } from "./revisions.ts";

const start = controllerStarts(afterEach, daemonSetController, (plane) => addNode(plane, "a"));

const key = { namespace: "default", name: "logs" };
const logs = (image = "app:1"): DaemonSet => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: key,
  spec: {
    selector: { matchLabels: { app: "logs" } },
    template: { metadata: { labels: { app: "logs" } }, spec: { containers: [{ name: "logs", image }] } },
  },
});
const revisionsOf = async (plane: TestPlane) =>
  (await plane.client.list(controllerRevisions, { namespace: "default" })).items;
const hashKey = "controller-revision-hash";
describe("a node that changes", () => {
  const taint = (plane: TestPlane, ...effects: string[]) => {
    const taints = effects.map((effect) => ({ key: "x", effect }));
    return plane.client.patch(nodes, { name: "a" }, { spec: { taints } }, { type: "merge" });
  };
  const statusOf = async (plane: TestPlane) => {
    const { desiredNumberScheduled, numberMisscheduled } = (await plane.client.get(daemonSets, key)).status ?? {};
    return [desiredNumberScheduled, numberMisscheduled];
  };

  test("concerns nobody whose pod is there and may stay; the status tells later, as upstream's does", async () => {
    const plane = await start();
    await plane.client.create(daemonSets, logs());
    await plane.clock.advance(10);
    const [pod] = await podsOf(plane);
    await plane.client.bind({ namespace: "default", name: pod?.metadata?.name ?? "" }, "a");
    await plane.clock.advance(10);
    await taint(plane, "NoSchedule");
    await plane.clock.advance(60_000);
    expect(await statusOf(plane)).toEqual([1, 0]);
    await plane.client.patch(daemonSets, key, { metadata: { labels: { a: "b" } } }, { type: "merge" });
    await plane.clock.advance(10);
    expect(await statusOf(plane)).toEqual([0, 1]);
    // One that is where it should not be may be right again.
    await taint(plane);
    await plane.clock.advance(10);
    expect(await statusOf(plane)).toEqual([1, 0]);
    await taint(plane, "NoExecute");
    await plane.clock.advance(10);
    expect((await podsOf(plane))[0]?.metadata?.deletionTimestamp).toBeDefined();
  });

  test("concerns, when it is gone, those whose pod has not come to it; others hear when their pod ends", async () => {
    const plane = await start();
    await addNode(plane, "b");
    await plane.client.create(daemonSets, logs());
    await plane.clock.advance(10);
    const on = (name: string) => async () =>
      (await podsOf(plane)).find(({ spec }) => JSON.stringify(spec?.affinity).includes(`"${name}"`));
    const [onA, onB] = [await on("a")(), await on("b")()];
    await plane.client.bind({ namespace: "default", name: onA?.metadata?.name ?? "" }, "a");
    await plane.clock.advance(10);
    await plane.client.delete(nodes, { name: "a" });
    await plane.clock.advance(60_000);
    expect(await statusOf(plane)).toEqual([2, 0]);
    await plane.client.delete(
      pods,
      { namespace: "default", name: onA?.metadata?.name ?? "" },
      { gracePeriodSeconds: 0 },
    );
    await plane.clock.advance(10);
    expect(await statusOf(plane)).toEqual([1, 0]);
    expect((await podsOf(plane)).map(({ metadata }) => metadata?.name)).toEqual([onB?.metadata?.name]);
    await plane.client.delete(nodes, { name: "b" });
    await plane.clock.advance(10);
    expect(await podsOf(plane)).toEqual([]);
    expect(await statusOf(plane)).toEqual([0, 0]);
  });

  test("concerns those that should have a pod there and have none", async () => {
    const plane = await start();
    await taint(plane, "NoSchedule");
    await plane.client.create(daemonSets, logs());
    await plane.clock.advance(10);
    expect(await podsOf(plane)).toEqual([]);
    await taint(plane);
    await plane.clock.advance(10);
    expect(await podsOf(plane)).toHaveLength(1);
    await addNode(plane, "b");
    await plane.clock.advance(10);
    expect(await podsOf(plane)).toHaveLength(2);
  });
});

describe("events", () => {
  test("of pods that are created and deleted", async () => {
    const plane = await start();
    await plane.client.create(daemonSets, logs());
    await plane.clock.advance(10);
    const taints = [{ key: "x", effect: "NoExecute" }];
    await plane.client.patch(nodes, { name: "a" }, { spec: { taints } }, { type: "merge" });
    await plane.clock.advance(10);
    expect(await said(plane, "logs")).toEqual([
      "daemonset-controller Normal SuccessfulCreate: Created pod: logs-x",
      "daemonset-controller Normal SuccessfulDelete: Deleted pod: logs-x",
    ]);
  });

  test("of pods that cannot be created", async () => {
    const plane = await start((call) => {
      if (isCall("create", "Pod")(call)) throw refused;
    });
    await plane.client.create(daemonSets, logs());
    await plane.clock.advance(3);
    expect((await said(plane, "logs"))[0]).toBe("daemonset-controller Warning FailedCreate: Error creating: no more");
  });

  test("of pods that cannot be deleted", async () => {
    const plane = await start((call) => {
      if (isCall("delete", "Pod")(call)) throw refused;
    });
    await plane.client.create(daemonSets, logs());
    await plane.clock.advance(10);
    const taints = [{ key: "x", effect: "NoExecute" }];
    await plane.client.patch(nodes, { name: "a" }, { spec: { taints } }, { type: "merge" });
    await plane.clock.advance(3);
    expect((await said(plane, "logs"))[1]).toBe("daemonset-controller Warning FailedDelete: Error deleting: no more");
  });

  test("of a set that selects everything, which then does nothing", async () => {
    const everything = <T>(object: T): T => {
      const set = object as DaemonSet;
      return { ...set, spec: { ...set.spec, selector: {} } } as T;
    };
    // The API takes no such set any more; one may be stored from before.
    const plane = await start(undefined, (client) => ({
      ...client,
      async watch(kind, query) {
        const watch = await client.watch(kind, query);
        if ((kind.kind as string) !== "DaemonSet") return watch;
        const show = async function* () {
          for await (const event of watch)
            yield event.type === "BOOKMARK" ? event : { ...event, object: everything(event.object) };
        };
        return { close: () => watch.close(), [Symbol.asyncIterator]: () => show() };
      },
    }));
    await plane.client.create(daemonSets, logs());
    await plane.clock.advance(10);
    expect(await said(plane, "logs")).toEqual([
      "daemonset-controller Warning SelectingAll: This daemon set is selecting all pods. A non-empty selector is required.",
    ]);
    expect(await podsOf(plane)).toEqual([]);
  });
});

describe("the history", () => {
  const squatter = (name: string, more: Partial<ControllerRevision> = {}): ControllerRevision => ({
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: { name, namespace: "default" },
    revision: 1,
    data: { spec: {} },
    ...more,
  });

  test("a revision whose name is taken gets another, and the collision is counted", async () => {
    const plane = await start();
    const stored = await plane.client.create(daemonSets, logs(), { dryRun: true });
    await plane.client.create(controllerRevisions, squatter(newRevision(stored, 1).metadata?.name ?? ""));
    await plane.client.create(daemonSets, logs());
    await plane.clock.advance(1000);
    expect((await plane.client.get(daemonSets, key)).status?.collisionCount).toBe(1);
    expect(await revisionsOf(plane)).toHaveLength(2);
    expect(await podsOf(plane)).toHaveLength(1);
  });

  test("a revision that has lost its label gets its name as one", async () => {
    const plane = await start();
    await plane.client.create(daemonSets, logs());
    await plane.clock.advance(10);
    const [{ metadata } = {}] = await revisionsOf(plane);
    const lost = { metadata: { labels: { [hashKey]: null } } };
    await plane.client.patch(controllerRevisions, { ...key, name: metadata?.name ?? "" }, lost, { type: "merge" });
    await plane.clock.advance(10);
    expect((await revisionsOf(plane))[0]?.metadata?.labels?.[hashKey]).toBe(metadata?.name);
  });

  test("of two revisions with the present template the newer stays, and pods of the other are relabelled", async () => {
    const plane = await start();
    await plane.client.create(daemonSets, logs());
    await plane.clock.advance(10);
    const [first] = await revisionsOf(plane);
    const [pod] = await podsOf(plane);
    const { ownerReferences } = first?.metadata ?? {};
    const labels = { app: "logs", [hashKey]: "again" };
    await plane.client.create(
      controllerRevisions,
      squatter("logs-again", {
        metadata: { name: "logs-again", namespace: "default", labels, ...(ownerReferences ? { ownerReferences } : {}) },
        revision: 2,
        data: first?.data,
      }),
    );
    await plane.clock.advance(1000);
    expect((await revisionsOf(plane)).map(({ metadata }) => metadata?.name)).toEqual(["logs-again"]);
    const [after] = await podsOf(plane);
    expect(after?.metadata?.uid).toBe(pod?.metadata?.uid);
    expect(after?.metadata?.labels?.[hashKey]).toBe("again");
  });
});
