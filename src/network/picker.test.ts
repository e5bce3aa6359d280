import { expect, test } from "vitest";
import { createSeededRandom, createVirtualClock } from "../testing/virtual-clock.ts";
import { Picker } from "./picker.ts";

const a = { ip: "10.244.0.2", port: 80 };
const b = { ip: "10.244.0.3", port: 80 };

test("spreads evenly, and never picks what has been tried", () => {
  const picker = new Picker(createVirtualClock(), createSeededRandom(1));
  picker.update([a, b], undefined);
  const counts = { a: 0, b: 0 };
  for (let i = 0; i < 1000; i++) counts[picker.pick("c") === a ? "a" : "b"]++;
  expect(counts.a).toBeGreaterThan(400);
  expect(counts.b).toBeGreaterThan(400);
  expect(picker.pick("c", [a])).toBe(b);
  expect(picker.pick("c", [a, b])).toBeUndefined();
});

test("affinity lasts its time since the last connection, and ends with its backend", async () => {
  const clock = createVirtualClock();
  const picker = new Picker(clock, createSeededRandom(2));
  const many = Array.from({ length: 50 }, (_, i) => ({ ip: `10.244.0.${i + 2}`, port: 80 }));
  picker.update(many, 10);
  const first = picker.pick("client");
  await clock.advance(9_000);
  expect(picker.pick("client")).toBe(first);
  await clock.advance(9_000);
  expect(picker.pick("client")).toBe(first);
  picker.update(
    many.filter((x) => x !== first),
    10,
  );
  const second = picker.pick("client");
  expect(second).not.toBe(first);
  const later = new Set<unknown>();
  for (let i = 0; i < 20; i++) {
    await clock.advance(11_000);
    later.add(picker.pick("client"));
  }
  expect(later.size).toBeGreaterThan(1);
});
