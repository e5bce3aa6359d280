import { expect, test } from "vitest";
import { isKnown } from "./main.ts";

test.each([
  ["get pods", true],
  ["rollout status deployment/web", true],
  ["rollout", true],
  ["create secret", true],
  ["-n default get pods", true],
  ["--help", true],
  ["po", false],
  ["gett pods", false],
  ["hello -n default", false],
])("%s", (line, known) => {
  expect(isKnown(line.split(" "))).toBe(known);
});
