import fc from "fast-check";
import { expect, test } from "vitest";
import { configMapKind } from "../api/core/configmap.ts";
import { isNotFound, isStatus } from "../base/errors.ts";
import { testRegistry } from "../testing/registry-fixture.ts";
import type { Watch } from "./registry.ts";

const names = ["a", "b", "c"];
const step = fc.oneof(
  fc.record({ op: fc.constant("create" as const), name: fc.constantFrom(...names), app: fc.constantFrom("web", "db") }),
  fc.record({ op: fc.constant("label" as const), name: fc.constantFrom(...names), app: fc.constantFrom("web", "db") }),
  fc.record({ op: fc.constant("touch" as const), name: fc.constantFrom(...names), app: fc.constant("") }),
  fc.record({ op: fc.constant("delete" as const), name: fc.constantFrom(...names), app: fc.constant("") }),
);

/** Follows a watch until it is closed, as an informer does, and fails where an event does not fit what came before. */
async function follow(watch: Watch): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  for await (const events of watch) {
    for (const event of events) {
      if (event.type === "BOOKMARK") continue;
      const { name = "", resourceVersion = "" } = event.stored.object.metadata ?? {};
      expect(seen.has(name)).toBe(event.type !== "ADDED");
      expect(String(event.stored.revision)).toBe(resourceVersion);
      if (event.type === "DELETED") seen.delete(name);
      else seen.set(name, resourceVersion);
    }
  }
  return seen;
}

test("whoever follows a watch, from any point and with any selector, ends with what a list shows", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(25), async (steps, startAfter) => {
      const { registry, ctx, store, clock } = await testRegistry();
      const selectors = ["", "app=web", "app!=web", "app"];
      const options = { allowWatchBookmarks: true, sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" };
      const watches: Watch[] = [];
      const followed: Promise<unknown>[] = [];
      const open = async () => {
        for (const labelSelector of selectors) {
          const watch = await registry.watch(configMapKind, "default", { ...options, labelSelector }, ctx);
          watches.push(watch);
          followed.push(follow(watch).catch((error: unknown) => error));
        }
      };
      for (const [i, { op, name, app }] of steps.entries()) {
        if (i === startAfter) await open();
        const key = { namespace: "default", name };
        const patch = (body: object) => registry.patch(configMapKind, key, { type: "merge", body }, ctx);
        const write =
          op === "create"
            ? registry.create(configMapKind, "default", { metadata: { name, labels: { app } } }, {}, ctx)
            : op === "label"
              ? patch({ metadata: { labels: { app } } })
              : op === "touch"
                ? patch({ data: { at: String(i) } })
                : registry.delete(configMapKind, key, {}, ctx);
        await write.catch((error: unknown) => {
          if (!isNotFound(error) && !isStatus(error, "AlreadyExists")) throw error;
        });
      }
      if (watches.length === 0) await open();
      await clock.settle();
      for (const watch of watches) watch.close();
      for (const [i, labelSelector] of selectors.entries()) {
        const { items } = await registry.list(configMapKind, "default", { labelSelector }, ctx);
        const wanted = new Map(items.map(({ object }) => [object.metadata?.name, object.metadata?.resourceVersion]));
        expect(await followed[i]).toEqual(wanted);
      }
      await store.close();
    }),
    { numRuns: 60 },
  );
});
