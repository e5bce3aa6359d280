import { expect, test } from "vitest";
import { editDistance, nearest } from "./nearest.ts";

test.each([
  ["get", "get", 0],
  ["", "get", 3],
  ["ste", "set", 2],
  ["deploymnt", "deployment", 1],
])("from %j to %j: %i letters", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test("the nearest word, if one is near", () => {
  const kinds = ["pods", "services", "deployments", "nodes"];
  expect(nearest("deploymnets", kinds)).toBe("deployments");
  expect(nearest("PODZ", kinds)).toBe("pods");
  expect(nearest("volumes", kinds)).toBeUndefined();
  expect(nearest("sv", ["svc", "sa"])).toBe("svc");
  expect(nearest("x", [])).toBeUndefined();
});
