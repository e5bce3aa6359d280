import { expect, test } from "vitest";
import type { ConfigMap } from "../api/generated/types.ts";
import { silentLogger } from "../base/logger.ts";
import { createSeededRandom, createVirtualClock } from "../testing/virtual-clock.ts";
import type { Client } from "./client.ts";
import { createInformerFactory } from "./informer.ts";
import { configMaps } from "./kinds.ts";

test("a watch that breaks off after it has worked is asked for again soon, however often that happens", async () => {
  const clock = createVirtualClock();
  const asked: number[] = [];
  let revision = 1;
  const watch = async () => {
    asked.push(clock.now());
    return {
      close() {},
      async *[Symbol.asyncIterator]() {
        const metadata = { name: "a", namespace: "default", resourceVersion: String(++revision) };
        yield { type: "MODIFIED", object: { metadata } as ConfigMap };
        throw new Error("the connection broke off");
      },
    };
  };
  const client = { list: async () => ({ items: [], resourceVersion: "1" }), watch } as unknown as Client;
  const factory = createInformerFactory({ client, clock, random: createSeededRandom(1), logger: silentLogger });
  factory.informer(configMaps);
  await clock.advance(5_000);
  expect(asked.length).toBeGreaterThan(40);
  await factory.stop();
});
