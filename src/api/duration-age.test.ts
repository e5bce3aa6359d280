import { expect, test } from "vitest";
import { ageSince, humanDuration } from "./duration-age.ts";
import { percentOf, scaledValue } from "./int-or-string.ts";

const s = 1000;
const m = 60 * s;
const h = 60 * m;
const d = 24 * h;

test.each([
  [-2 * s, "<invalid>"],
  [-1 * s, "0s"],
  [0, "0s"],
  [119 * s + 999, "119s"],
  [2 * m, "2m"],
  [9 * m + 59 * s, "9m59s"],
  [10 * m + 5 * s, "10m"],
  [179 * m, "179m"],
  [3 * h, "3h"],
  [7 * h + 59 * m, "7h59m"],
  [8 * h + 30 * m, "8h"],
  [47 * h, "47h"],
  [48 * h, "2d"],
  [7 * d + 23 * h, "7d23h"],
  [8 * d + 5 * h, "8d"],
  [729 * d, "729d"],
  [730 * d, "2y"],
  [3 * 365 * d + 4 * d, "3y4d"],
  [9 * 365 * d + 4 * d, "9y"],
])("%d ms is %s", (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

test("age of a timestamp", () => {
  expect(ageSince("2024-01-01T00:00:00Z", Date.parse("2024-01-01T00:05:30Z"))).toBe("5m30s");
  expect(ageSince(undefined, 0)).toBe("<unknown>");
});

test("percentages of a total", () => {
  expect(scaledValue("25%", 10, "up")).toBe(3);
  expect(scaledValue("25%", 10, "down")).toBe(2);
  expect(scaledValue(4, 10, "up")).toBe(4);
  expect(percentOf("25%")).toBe(25);
  expect(percentOf("x")).toBeUndefined();
  expect(() => scaledValue("x", 1, "up")).toThrow(RangeError);
});
