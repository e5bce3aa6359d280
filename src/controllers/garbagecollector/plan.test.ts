import fc from "fast-check";
import { expect, it } from "vitest";
import type { KubeObject } from "../../api/kind.ts";
import { type OwnerState, plan } from "./plan.ts";

const object = (uid: string, more: object = {}): KubeObject => ({ metadata: { uid, name: uid, ...more } });
const finalizers = fc.subarray(["orphan", "foregroundDeletion", "example.com/x"]);
const snapshot = fc
  .record({
    states: fc.array(fc.constantFrom<OwnerState>("present", "absent", "waiting", "unknown"), { maxLength: 4 }),
    deleting: fc.boolean(),
    finalizers,
    dependents: fc.array(fc.record({ blocks: fc.boolean(), deleting: fc.boolean(), finalizers }), { maxLength: 4 }),
  })
  .map(({ states, deleting, finalizers, dependents }) => ({
    object: object("self", { finalizers, ...(deleting ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) }),
    owners: states.map((state, i) => ({
      reference: { apiVersion: "v1", kind: "ConfigMap", name: `o${i}`, uid: `o${i}` },
      state,
    })),
    dependents: dependents.map((d, i) =>
      object(`d${i}`, {
        finalizers: d.finalizers,
        ownerReferences: [{ apiVersion: "v1", kind: "X", name: "self", uid: "self", blockOwnerDeletion: d.blocks }],
        ...(d.deleting ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
      }),
    ),
  }));

it("deletes only what has owners, all of which are gone or going, and what is not being deleted already", () => {
  fc.assert(
    fc.property(snapshot, (s) => {
      if (plan(s).action !== "delete") return;
      expect(s.object.metadata?.deletionTimestamp).toBeUndefined();
      expect(s.owners.length).toBeGreaterThan(0);
      for (const { state } of s.owners) expect(["absent", "waiting"]).toContain(state);
    }),
  );
});

it("never takes an owner that is there, or may be, from an object", () => {
  fc.assert(
    fc.property(snapshot, (s) => {
      const action = plan(s);
      if (action.action !== "disown") return;
      const staying = s.owners.filter(({ reference }) => !action.uids.includes(reference.uid));
      expect(staying.some(({ state }) => state === "present")).toBe(true);
      for (const { state } of s.owners.filter((o) => !staying.includes(o)))
        expect(["absent", "waiting"]).toContain(state);
    }),
  );
});

it("lets an object that waits go only when nothing blocks it", () => {
  fc.assert(
    fc.property(snapshot, (s) => {
      const action = plan(s);
      if (action.action !== "removeFinalizer") return;
      expect(s.object.metadata?.deletionTimestamp).toBeDefined();
      expect(s.dependents.some((d) => d.metadata?.ownerReferences?.[0]?.blockOwnerDeletion)).toBe(false);
    }),
  );
});

it("orphans before it waits", () => {
  fc.assert(
    fc.property(snapshot, (s) => {
      const { deletionTimestamp, finalizers = [] } = s.object.metadata ?? {};
      if (deletionTimestamp && finalizers.includes("orphan")) expect(plan(s).action).toBe("orphanDependents");
    }),
  );
});
