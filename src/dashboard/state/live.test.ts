import { effect, signal } from "@preact/signals";
import { afterEach, expect, test, vi } from "vitest";
import type { ConfigMap } from "../../api/generated/types.ts";
import { systemClock, systemRandom } from "../../base/clock.ts";
import { silentLogger } from "../../base/logger.ts";
import type { Client } from "../../client/client.ts";
import { createInformerFactory } from "../../client/informer.ts";
import { configMaps } from "../../client/kinds.ts";
import { type Access, createLive } from "./live.ts";

afterEach(() => vi.unstubAllGlobals());

/** Everything there is, and then nothing any more. */
function clientOf(items: readonly ConfigMap[]): Client {
  const watch = () => {
    const end = new AbortController();
    const ended = new Promise((resolve) => end.signal.addEventListener("abort", resolve));
    return {
      close: () => end.abort(),
      [Symbol.asyncIterator]: () => ({ next: () => ended.then(() => ({ done: true, value: undefined })) }),
    };
  };
  return { list: async () => ({ items, resourceVersion: "1" }), watch: async () => watch() } as unknown as Client;
}

test("what is ready is there at once, also for who looked before it was", async () => {
  vi.stubGlobal("requestAnimationFrame", () => 0); // the next frame is yet to come
  const client = clientOf([{ metadata: { name: "a", namespace: "default", resourceVersion: "1" } }]);
  const factory = createInformerFactory({ client, clock: systemClock, random: systemRandom, logger: silentLogger });
  const informer = factory.informer(configMaps);
  const live = createLive(informer, signal<Access>({ state: "ready" }), { indexes: {} });
  const seen: (string | number)[][] = [];
  effect(() => {
    const { length } = live.list();
    seen.push([live.access.value.state, length]);
  });
  await informer.synced();
  expect(seen).toEqual([
    ["loading", 0],
    ["ready", 1],
  ]);
  await factory.stop();
});
