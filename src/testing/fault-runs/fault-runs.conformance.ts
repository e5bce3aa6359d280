/** What every controller must withstand: each fault at each place of each workload, compared with the undisturbed run. */
import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { differences } from "./compare.ts";
import { textOf } from "./faults.ts";
import { faultsFor, sampled } from "./plans.ts";
import { type ControllerName, play, playWhole } from "./run.ts";
import { type Workload, workloads } from "./workloads.ts";

/** `npm run test:faults` plays all; otherwise one of so many is played, evenly over all places. */
const share = process.env.WHERRY_FAULTS === "all" ? 1 : 25;
/** Spreads what is sampled of one workload and of the next. */
const goldenRatio = 0.618;
const timeout = 3_600_000;

/** @param concerns the workloads in which the controller has something to do */
export function faultRuns(acting: ControllerName, concerns: (workload: Workload) => boolean): void {
  let [played, possible, found, index] = [0, 0, 0, 0];
  let milliseconds = 0;
  afterAll(() => {
    const seconds = (milliseconds / 1000).toFixed(1);
    console.log(`fault runs, ${acting}: ${played} of ${possible} plans, ${found} differences, ${seconds} s`);
  });

  describe(`the ${acting} controller, disturbed`, () => {
    test.each(workloads.filter(concerns).map((workload) => [workload.name, workload] as const))(
      "%s",
      async (_, workload) => {
        const began = systemClock.monotonic();
        const undisturbed = await play(workload, acting, { fault: "none" });
        const again = await play(workload, acting, { fault: "none" });
        expect(again).toEqual(undisturbed);
        expect(differences(undisturbed, undisturbed, { fault: "none" }, workload)).toEqual([]);
        expect(undisturbed.writes).not.toEqual([]);
        const whole = await playWhole(workload, acting, undisturbed);
        const all = faultsFor(undisturbed);
        possible += all.length;
        const wrong: string[] = [];
        for (const fault of sampled(all, Math.ceil(all.length / share), (goldenRatio * index++) % 1)) {
          played++;
          const outcome = await play(workload, acting, fault);
          const what = differences(undisturbed, outcome, fault, workload, whole);
          if (what.length > 0) wrong.push(`${textOf(fault)}: ${what.join("; ")}`);
        }
        found += wrong.length;
        milliseconds += systemClock.monotonic() - began;
        expect(wrong).toEqual([]);
      },
      timeout,
    );
  });
}

export const has = (verb: string) => (workload: Workload) => workload.steps.some((step) => step.do === verb);
