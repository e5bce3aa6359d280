import { expect, test } from "vitest";
import { createVirtualClock } from "../testing/virtual-clock.ts";
import { WorkQueue } from "./workqueue.ts";

test("a burst of adds is one run; adding during a run gives another, never at the same time", async () => {
  const clock = createVirtualClock(0);
  const runs: string[] = [];
  let active = 0;
  const queue = new WorkQueue({
    clock,
    async handle(key) {
      expect(++active).toBe(1);
      runs.push(key);
      if (runs.length === 1) queue.add("a");
      await clock.sleep(10);
      active--;
    },
  });
  queue.add("a");
  queue.add("a");
  await clock.settle();
  expect(runs).toEqual([]);
  queue.start();
  await clock.advance(100);
  expect(runs).toEqual(["a", "a"]);
  expect(queue.size).toBe(0);
});

test("different keys run side by side, as many as there are workers", async () => {
  const clock = createVirtualClock(0);
  let active = 0;
  let most = 0;
  const queue = new WorkQueue({
    clock,
    workers: 3,
    async handle() {
      most = Math.max(most, ++active);
      await clock.sleep(10);
      active--;
    },
  });
  queue.start();
  for (const key of "abcdefgh") queue.add(key);
  await clock.advance(30);
  expect(most).toBe(3);
  expect(active).toBe(0);
});

test("failures are retried after 5, 10, 20 … ms, then dropped, and success starts over", async () => {
  const clock = createVirtualClock(0);
  const at: number[] = [];
  const dropped: string[] = [];
  let healthy = false;
  const queue = new WorkQueue({
    clock,
    maxRetries: 3,
    async handle() {
      at.push(clock.now());
      if (!healthy) throw new Error("no");
    },
    onError: (key, _, retryIn) => {
      if (retryIn === undefined) dropped.push(key);
    },
  });
  queue.start();
  queue.add("a");
  await clock.advance(1000);
  expect(at).toEqual([0, 5, 15, 35]);
  expect(dropped).toEqual(["a"]);
  queue.add("a");
  await clock.advance(5);
  healthy = true;
  await clock.advance(100);
  expect(at.slice(4)).toEqual([1000, 1005, 1015]);
});

test("of several delays the soonest counts; stopping waits for what runs and ends the rest", async () => {
  const clock = createVirtualClock(0);
  const at: number[] = [];
  const queue = new WorkQueue({
    clock,
    async handle() {
      at.push(clock.now());
      await clock.sleep(10);
    },
  });
  queue.start();
  queue.addAfter("a", 50);
  queue.addAfter("a", 20);
  queue.addAfter("a", 80);
  await clock.advance(25);
  queue.addAfter("b", 100);
  let stopped = false;
  void queue.stop().then(() => {
    stopped = true;
  });
  await clock.settle();
  expect(stopped).toBe(false);
  await clock.advance(1000);
  expect(stopped).toBe(true);
  expect(at).toEqual([20]);
});
