/** The suite can fail: it finds bugs that were planted on purpose. */
import { afterAll, expect, test } from "vitest";
import { bugs } from "./bugs.ts";
import { differences } from "./compare.ts";
import { type Fault, textOf } from "./faults.ts";
import { faultsFor, sampled } from "./plans.ts";
import { play, playWhole } from "./run.ts";
import { workloads } from "./workloads.ts";

const found: string[] = [];
afterAll(() => console.log(`planted bugs: ${found.length} of ${bugs.length} found\n  ${found.join("\n  ")}`));

/** Plans that are tried first, evenly over all places. */
const patience = 80;

test.each(bugs.map((bug) => [bug.name, bug] as const))(
  "finds: %s",
  async (_, bug) => {
    const concerned = workloads.filter(({ name }) => bug.workloads.includes(name));
    expect(concerned).toHaveLength(bug.workloads.length);
    const find = async (): Promise<string | undefined> => {
      for (const workload of concerned) {
        const right = await play(workload, bug.controller, { fault: "none" });
        const whole = await playWhole(workload, bug.controller, right);
        const all = faultsFor(right);
        const some = new Set(sampled(all, patience));
        // Most bugs show up soon; the rarest only at one place of all.
        const rest = all.filter((fault) => !some.has(fault));
        for (const fault of [{ fault: "none" } satisfies Fault, ...some, ...rest]) {
          const outcome = await play(workload, bug.controller, fault, bug.planted);
          const [what] = differences(right, outcome, fault, workload, whole);
          if (what !== undefined) return `${workload.name}, ${textOf(fault)}: ${what.slice(0, 100)}`;
        }
      }
      return undefined;
    };
    const what = await find();
    if (what !== undefined) found.push(`${bug.name} (${what})`);
    expect(what).toBeDefined();
  },
  120_000,
);
