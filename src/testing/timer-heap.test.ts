import fc from "fast-check";
import { expect, test } from "vitest";
import { propertyRuns } from "./property-runs.ts";
import { type Timer, TimerHeap } from "./timer-heap.ts";

const runs = propertyRuns("timers in order");

test("whatever is set and taken back in between, the rest comes by time, and at one time in the order it was set", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ set: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ takeBack: fc.nat() }) },
    { weight: 1, arbitrary: fc.constant({ fire: true as const }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
      const heap = new TimerHeap();
      const set: Timer[] = [];
      let waiting: Timer[] = [];
      const expected = () => [...waiting].sort((a, b) => a.at - b.at || set.indexOf(a) - set.indexOf(b))[0];
      for (const action of steps) {
        if ("set" in action) {
          const timer = heap.add(action.set, () => {});
          set.push(timer);
          waiting.push(timer);
        } else {
          const timer = "fire" in action ? heap.soonest : set[action.takeBack % set.length];
          if (!timer) continue;
          runs.reach("taken back twice", !waiting.includes(timer));
          runs.reach("of many", waiting.length > 15);
          heap.remove(timer);
          waiting = waiting.filter((other) => other !== timer);
        }
        expect(heap.soonest).toBe(expected());
        expect(heap.size).toBe(waiting.length);
      }
    }),
    runs.of(300),
  );
  expect(runs.reached("taken back twice")).toBeGreaterThan(100);
  expect(runs.reached("of many")).toBeGreaterThan(100);
});
