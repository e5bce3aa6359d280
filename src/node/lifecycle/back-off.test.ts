import { expect, test } from "vitest";
import { type BackOff, durationText, raise, waitUntil } from "./back-off.ts";

test("the first restart is free, then 10 s doubling to 5 min", () => {
  let backOff: BackOff | undefined;
  let now = 0;
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    const ended = now;
    const until = waitUntil(backOff, ended, now);
    waits.push((until ?? now) - now);
    now = until ?? now;
    backOff = raise(backOff, ended, now);
  }
  expect(waits).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
});

test("ten quiet minutes and all is forgotten", () => {
  const backOff = { delay: 160_000, since: 0 };
  expect(waitUntil(backOff, 600_000, 600_000)).toBe(760_000);
  expect(waitUntil(backOff, 600_001, 600_001)).toBeUndefined();
  expect(raise(backOff, 600_001, 600_001)).toEqual({ delay: 10_000, since: 600_001 });
});

test("delays read as Go prints them", () => {
  expect([10_000, 80_000, 160_000, 300_000].map(durationText)).toEqual(["10s", "1m20s", "2m40s", "5m0s"]);
});
