import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  isQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
} from "./quantity.ts";

test.each([
  ["0", "0"],
  ["0.5", "500m"],
  ["1.0", "1"],
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["100Mi", "100Mi"],
  ["1024Ki", "1Mi"],
  ["1.5Gi", "1536Mi"],
  ["0.1Ki", "102400m"],
  ["512", "512"],
  ["1000", "1k"],
  ["1e3", "1e3"],
  ["12e6", "12e6"],
  ["0.000000001", "1n"],
  ["0.0000000001", "1n"],
  ["-1", "-1"],
  ["+5M", "5M"],
  [".5", "500m"],
  ["1E", "1E"],
  ["1000E", "9223372036854775807"],
  ["1e999999", "9223372036854775807"],
  ["-1e999999", "-9223372036854775807"],
  ["1e-999999", "1e-9"],
  [`${"9".repeat(100_000)}`, "9223372036854775807"],
  [`0.${"0".repeat(100_000)}1`, "1n"],
])("%s is written %s", (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});

test.each(["", "x", "1x", "1 Gi", "Gi", "1e", "--1", "1mm"])("%j is no quantity", (text) => {
  expect(isQuantity(text)).toBe(false);
});

test("values are rounded away from zero", () => {
  expect(quantityValue(parseQuantity("1m"))).toBe(1);
  expect(quantityMilliValue(parseQuantity("100u"))).toBe(1);
  expect(quantityValue(parseQuantity("2Gi"))).toBe(2 ** 31);
});

describe("properties", () => {
  const quantity = fc
    .tuple(
      fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
      fc.constantFrom("", "m", "k", "M", "Ki", "Mi", "Gi", "e3"),
    )
    .map(([n, suffix]) => parseQuantity(`${n}${suffix}`));

  test("the canonical form reads back as the same value", () => {
    fc.assert(
      fc.property(quantity, (q) => {
        expect(compareQuantities(parseQuantity(formatQuantity(q)), q)).toBe(0);
      }),
    );
  });

  test("adding is commutative and compares as numbers do", () => {
    fc.assert(
      fc.property(quantity, quantity, (a, b) => {
        expect(compareQuantities(addQuantities(a, b), addQuantities(b, a))).toBe(0);
        expect(compareQuantities(a, b)).toBe(-compareQuantities(b, a) + 0);
      }),
    );
  });
});
