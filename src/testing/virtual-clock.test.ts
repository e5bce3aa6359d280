import { expect, test } from "vitest";
import { createSeededRandom, createVirtualClock } from "./virtual-clock.ts";

test("fires timers in order of time, then of creation", async () => {
  const clock = createVirtualClock(0);
  const seen: string[] = [];
  clock.after(20, () => seen.push(`b${clock.now()}`));
  clock.after(10, () => seen.push(`a${clock.now()}`));
  clock.after(20, () => seen.push(`c${clock.now()}`));
  await clock.advance(19);
  expect(seen).toEqual(["a10"]);
  await clock.advance(1);
  expect(seen).toEqual(["a10", "b20", "c20"]);
  expect(clock.pending).toBe(0);
});

test("work that starts further timers finishes within one advance", async () => {
  const clock = createVirtualClock(0);
  const seen: number[] = [];
  void (async () => {
    for (let i = 0; i < 5; i++) {
      await clock.sleep(10);
      for (let hop = 0; hop < 20; hop++) await new Promise<void>((resolve) => setImmediate(resolve));
      seen.push(clock.now());
    }
  })();
  await clock.advance(50);
  expect(seen).toEqual([10, 20, 30, 40, 50]);
});

test("an interval repeats until cancelled; an aborted sleep ends early", async () => {
  const clock = createVirtualClock(0);
  let ticks = 0;
  const cancel = clock.every(10, () => ticks++);
  await clock.advance(35);
  cancel();
  await clock.advance(100);
  expect(ticks).toBe(3);
  const abort = new AbortController();
  const slept = clock.sleep(1000, abort.signal);
  abort.abort();
  await slept;
  expect(clock.now()).toBe(135);
});

test("runUntil jumps to the moment, and says why it cannot", async () => {
  const clock = createVirtualClock(0);
  let ready = false;
  clock.after(600_000, () => {
    ready = true;
  });
  await clock.runUntil(() => ready);
  expect(clock.now()).toBe(600_000);
  await expect(clock.runUntil(() => false)).rejects.toThrow("no timer is left");
  clock.every(1000, () => {});
  await expect(clock.runUntil(() => false, 5000)).rejects.toThrow("after 5000 ms");
});

test("the same seed gives the same numbers", () => {
  const draw = (seed: number) => {
    const random = createSeededRandom(seed);
    return [random.next(), random.uuid(), [...random.bytes(4)]];
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(createSeededRandom(3).uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
