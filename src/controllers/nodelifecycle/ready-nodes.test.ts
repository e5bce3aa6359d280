import fc from "fast-check";
import { expect, test } from "vitest";
import type { Node } from "../../api/generated/types.ts";
import { isNodeReady } from "./plan.ts";
import { ReadyNodes } from "./ready-nodes.ts";

const nodeOf = (uid: string, ready: boolean, excluded: boolean): Node => ({
  metadata: { uid, ...(excluded ? { labels: { "node.kubernetes.io/exclude-disruption": "" } } : {}) },
  status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});

test("answers as if it looked at all nodes, and says when an answer may have changed", () => {
  const change = fc.record({
    uid: fc.constantFrom("a", "b", "c", "d"),
    ready: fc.boolean(),
    excluded: fc.boolean(),
    gone: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const nodes = new Map<string, Node>();
      const ready = new ReadyNodes();
      const counted = ({ metadata }: Node) => metadata?.labels === undefined;
      const truth = (node: Node) => [...nodes.values()].filter(counted).every((o) => o === node || !isNodeReady(o));
      const answers = () => new Map([...nodes].map(([uid, node]) => [uid, truth(node)]));
      for (const { uid, gone, ...facts } of changes) {
        const before = answers();
        const node = nodeOf(uid, facts.ready, facts.excluded);
        if (gone) nodes.delete(uid);
        else nodes.set(uid, node);
        const told = gone ? ready.delete(node) : ready.update(node);
        for (const [name, each] of nodes) {
          expect(ready.othersAllDown(each)).toBe(truth(each));
          if (name !== uid && before.get(name) !== truth(each)) expect(told).toBe(true);
        }
      }
    }),
  );
});
