import { systemRandom } from "../base/clock.ts";

/** How the properties of one suite are played, and what they came across. */
export interface PropertyRuns {
  /** What fast-check takes: so many cases from the suite's seed. */
  of(numRuns: number): { readonly numRuns: number; readonly seed: number };
  /** Notes that a case was in a state worth reaching. */
  reach(state: string, isReached: boolean): void;
  /** How many cases were in the state. */
  reached(state: string): number;
  /** Cases, seed, and how often each state was reached, in one line. */
  text(): string;
}

/**
 * The seed is 1, the same in every run, unless `WHERRY_SEED` gives another; `random` takes a new one each time.
 * @param suite what is printed
 */
export function propertyRuns(suite: string): PropertyRuns {
  const asked = process.env.WHERRY_SEED ?? "1";
  const seed = asked === "random" ? Math.floor(systemRandom.next() * 2 ** 31) : Number(asked);
  const counts = new Map<string, number>();
  let cases = 0;
  return {
    of(numRuns) {
      cases += numRuns;
      return { numRuns, seed };
    },
    reach(state, isReached) {
      counts.set(state, (counts.get(state) ?? 0) + Number(isReached));
    },
    reached: (state) => counts.get(state) ?? 0,
    text() {
      const states = [...counts].map(([state, count]) => `${state} ${count}`).join(", ");
      return `${suite}: ${cases} cases, seed ${seed}${states && `; of these ${states}`}`;
    },
  };
}
