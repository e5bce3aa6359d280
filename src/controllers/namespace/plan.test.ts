import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Namespace } from "../../api/generated/types.ts";
import { type Content, finalized, isToBeEmptied, statusFor, waitFor } from "./plan.ts";

const namespace: Namespace = {
  metadata: { name: "n", deletionTimestamp: "2026-01-01T00:00:00Z" },
  spec: { finalizers: ["kubernetes", "example.com/x"] },
};
const object = fc.record({
  metadata: fc.record({ finalizers: fc.subarray(["a", "b"]), deletionGracePeriodSeconds: fc.nat(60) }),
});
const content: fc.Arbitrary<Content> = fc.record({
  remaining: fc.array(
    fc.record({
      group: fc.constantFrom("", "apps"),
      plural: fc.constantFrom("pods", "secrets"),
      objects: fc.array(object, { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
  errors: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
});

describe("status", () => {
  it("is written once, and again only when something else is to be said", () => {
    fc.assert(
      fc.property(content, content, (first, second) => {
        const status = statusFor(namespace, first, 0);
        const after: Namespace = { ...namespace, status };
        expect(statusFor(after, first, 5_000)).toBeUndefined();
        const next = statusFor(after, second, 5_000)?.conditions ?? status?.conditions ?? [];
        for (const [i, condition] of next.entries()) {
          const before = status?.conditions?.[i];
          expect(condition.type).toBe(before?.type);
          const moved = condition.lastTransitionTime !== before?.lastTransitionTime;
          expect(moved).toBe(condition.status !== before?.status);
        }
      }),
    );
  });

  it("names errors and what remains", () => {
    const objects = [{ metadata: { finalizers: ["a"] } }, { metadata: {} }];
    const remaining = [
      { group: "apps", plural: "deployments", objects },
      { group: "", plural: "pods", objects: [] },
    ];
    const said = statusFor(namespace, { remaining, errors: ["b", "a"] }, 0)?.conditions ?? [];
    expect(said.filter((c) => c.status === "True").map((c) => c.message)).toEqual([
      "Failed to delete all resource types, 2 remaining: a, b",
      "Some resources are remaining: deployments.apps has 2 resource instances",
      "Some content in the namespace has finalizers remaining: a in 1 resource instances",
    ]);
  });
});

describe("waiting", () => {
  it("ends when nothing remains, and not before", () => {
    fc.assert(
      fc.property(content, (c) => {
        expect(waitFor(c) > 0).toBe(c.remaining.some(({ objects }) => objects.length > 0));
      }),
    );
  });

  it.each<[string, object, number]>([
    ["a pod with time to stop", { metadata: { deletionGracePeriodSeconds: 30 } }, 16_000],
    ["a pod that has stopped", { metadata: { deletionGracePeriodSeconds: 30 }, status: { phase: "Failed" } }, 1_000],
    ["a pod held by a finalizer", { metadata: { deletionGracePeriodSeconds: 1, finalizers: ["a"] } }, 8_000],
  ])("for %s", (_, pod, ms) => {
    expect(waitFor({ remaining: [{ group: "", plural: "pods", objects: [pod] }], errors: [] })).toBe(ms);
  });
});

it("takes only its own finalizer", () => {
  expect(isToBeEmptied(namespace)).toBe(true);
  expect(finalized(namespace).spec?.finalizers).toEqual(["example.com/x"]);
  expect(isToBeEmptied(finalized(namespace))).toBe(false);
  expect(isToBeEmptied({ ...namespace, metadata: {} })).toBe(false);
});
