import { expect, it } from "vitest";
import type { EndpointSlice } from "../api/generated/types.ts";
import { WrittenObjects } from "./written-objects.ts";

const slice = (name: string, resourceVersion: number): EndpointSlice => ({
  addressType: "IPv4",
  endpoints: [],
  metadata: { name, resourceVersion: String(resourceVersion) },
});

it("is stale until the cache shows what was written, or something newer", () => {
  const written = new WrittenObjects();
  expect(written.isStale("k", [], 0)).toBe(false);
  written.wrote("k", slice("a", 7));
  expect(written.isStale("k", [], 0)).toBe(true);
  expect(written.isStale("k", [slice("a", 6)], 0)).toBe(true);
  expect(written.isStale("other", [], 0)).toBe(false);
  expect(written.isStale("k", [slice("a", 8)], 0)).toBe(false);
  expect(written.isStale("k", [], 0)).toBe(false);
});

it("is stale until the cache shows a deletion", () => {
  const written = new WrittenObjects();
  written.deleted("k", slice("a", 7));
  expect(written.isStale("k", [slice("a", 7)], 0)).toBe(true);
  expect(written.isStale("k", [], 0)).toBe(false);
});

it("does not wait for what came and went unseen", () => {
  const written = new WrittenObjects();
  written.wrote("k", slice("a", 7));
  written.vanished("k", slice("a", 7));
  expect(written.isStale("k", [], 0)).toBe(false);
  written.wrote("k", slice("b", 9));
  expect(written.isStale("k", [], 1_000)).toBe(true);
  expect(written.isStale("k", [], 60_999)).toBe(true);
  expect(written.isStale("k", [], 61_000)).toBe(false);
});
