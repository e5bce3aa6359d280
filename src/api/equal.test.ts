import { expect, test } from "vitest";
import { semanticEqual } from "./equal.ts";

test.each<[unknown, unknown, boolean]>([
  [1, 1, true],
  [1, "1", false],
  [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, true],
  [[1, 2], [2, 1], false],
  [{ list: [] }, {}, true],
  [{ value: null }, {}, true],
  [{ labels: {} }, {}, true],
  [{}, { labels: {} }, true],
  [{ emptyDir: {} }, {}, false],
  [{}, { emptyDir: {} }, false],
  [{ a: 0 }, {}, false],
  [{ 0: 1 }, [1], false],
  [[1], { 0: 1 }, false],
  [{ constructor: "x" }, {}, false],
  [{}, { constructor: "x" }, false],
])("%j and %j: %j", (a, b, expected) => {
  expect(semanticEqual(a, b)).toBe(expected);
});
