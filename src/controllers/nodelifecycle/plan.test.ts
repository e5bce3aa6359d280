import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Node, Pod, Taint, Toleration } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";
import { evictionDelay } from "./eviction-plan.ts";
import { defaultGracePeriods, plan } from "./plan.ts";

const start = "2026-01-01T00:00:00Z";
const now = parseTime(start);

describe("eviction", () => {
  const taint: Taint = { key: "k", value: "v", effect: "NoExecute", timeAdded: start };
  const delay = (tolerations: Toleration[], taints: Taint[] = [taint], after = 0) =>
    evictionDelay({ spec: { containers: [], tolerations } } as Pod, { spec: { taints } }, now + after);

  it.each<[string, Toleration[], number | undefined]>([
    ["nothing tolerates it", [], 0],
    ["another key is tolerated", [{ key: "x", operator: "Exists" }], 0],
    ["another value is tolerated", [{ key: "k", value: "x" }], 0],
    ["another effect is tolerated", [{ key: "k", operator: "Exists", effect: "NoSchedule" }], 0],
    ["it is tolerated for ever", [{ key: "k", value: "v" }], undefined],
    ["everything is tolerated", [{ operator: "Exists" }], undefined],
    ["it is tolerated for a time", [{ key: "k", operator: "Exists", tolerationSeconds: 30 }], 30_000],
    [
      "two tolerations hold for different times",
      [
        { key: "k", operator: "Exists", tolerationSeconds: 30 },
        { operator: "Exists", tolerationSeconds: 20 },
      ],
      20_000,
    ],
    ["the time is negative", [{ operator: "Exists", tolerationSeconds: -5 }], 0],
  ])("when %s", (_, tolerations, expected) => {
    expect(delay(tolerations)).toBe(expected);
  });

  it("counts from when the taint was added", () => {
    expect(delay([{ operator: "Exists", tolerationSeconds: 30 }], [taint], 12_000)).toBe(18_000);
  });

  it("leaves alone pods that are going, and taints that only keep pods away", () => {
    const going: Pod = { metadata: { deletionTimestamp: start }, spec: { containers: [] } };
    expect(evictionDelay(going, { spec: { taints: [taint] } }, now)).toBeUndefined();
    expect(delay([], [{ ...taint, effect: "NoSchedule" }])).toBeUndefined();
  });
});

describe("a node's plan", () => {
  const status = fc.constantFrom("True", "False", "Unknown");
  const taint = fc.record({
    key: fc.constantFrom("mine", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"),
    effect: fc.constantFrom("NoSchedule", "NoExecute"),
  });
  const node = fc
    .record({
      ready: fc.option(status, { nil: undefined }),
      pressure: status,
      taints: fc.uniqueArray(taint, { selector: (t) => `${t.key}${t.effect}` }),
      unschedulable: fc.boolean(),
    })
    .map(
      ({ ready, pressure, taints, unschedulable }): Node => ({
        metadata: { name: "n", creationTimestamp: start },
        spec: { taints, unschedulable },
        status: {
          conditions: [
            ...(ready ? [{ type: "Ready", status: ready }] : []),
            { type: "MemoryPressure", status: pressure },
          ],
        },
      }),
    );
  const silence = fc.nat(100_000);

  it("is done once carried out", () => {
    fc.assert(
      fc.property(node, silence, fc.boolean(), (node, silent, othersAllDown) => {
        const first = plan({ node, seenAt: now - silent, othersAllDown }, defaultGracePeriods, now);
        const after: Node = {
          ...node,
          spec: { ...node.spec, ...(first.taints ? { taints: [...first.taints] } : {}) },
          ...(first.status ? { status: first.status } : {}),
        };
        const second = plan({ node: after, seenAt: now - silent, othersAllDown }, defaultGracePeriods, now);
        expect([second.status, second.taints]).toEqual([undefined, undefined]);
        expect(second.ready).toBe(first.ready);
      }),
    );
  });

  it("evicts only from a node that is not ready while another is, and never touches others' taints", () => {
    fc.assert(
      fc.property(node, silence, fc.boolean(), (node, silent, othersAllDown) => {
        const { ready, taints } = plan({ node, seenAt: now - silent, othersAllDown }, defaultGracePeriods, now);
        const after = taints ?? node.spec?.taints ?? [];
        const evicting = after.filter((t) => t.effect === "NoExecute" && t.key !== "mine");
        if (ready !== undefined) expect(evicting.length).toBe(ready !== "True" && !othersAllDown ? 1 : 0);
        const mine = (list: readonly Taint[]) => list.filter((t) => t.key === "mine");
        expect(mine(after)).toEqual(mine(node.spec?.taints ?? []));
      }),
    );
  });

  it("says Unknown after the grace period and not before", () => {
    fc.assert(
      fc.property(node, silence, (node, silent) => {
        const todo = plan({ node, seenAt: now - silent, othersAllDown: false }, defaultGracePeriods, now);
        const had = node.status?.conditions?.find((c) => c.type === "Ready")?.status;
        const limit = had ? defaultGracePeriods.monitor : defaultGracePeriods.startup;
        if (silent >= limit) expect([todo.ready, todo.checkAfter]).toEqual(["Unknown", undefined]);
        else expect([todo.ready, todo.checkAfter]).toEqual([had, limit - silent]);
      }),
    );
  });
});
