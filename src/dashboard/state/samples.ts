/** How many pods there were, since somebody looks. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { systemClock } from "../../base/clock.ts";
import { podStateOf } from "../model/pod-state.ts";
import type { PodsAt } from "../model/recording.ts";
import type { Rollout } from "../model/rollout.ts";

/** Milliseconds that are kept. */
export const sampleSpan = 120_000;

function take({ revisions, minReadySeconds, band }: Rollout, at: number): PodsAt {
  const states = revisions.flatMap(({ pods }) => pods.map((pod) => podStateOf(pod, minReadySeconds, at).phase));
  const total = states.filter((phase) => phase !== "stopping" && phase !== "ended").length;
  const available = states.filter((phase) => phase === "available").length;
  return { at, total, available, ...band };
}

const same = (a: PodsAt | undefined, b: PodsAt) =>
  a !== undefined && a.total === b.total && a.available === b.available && a.low === b.low && a.high === b.high;

/** One sample per change, the oldest first: the one that still held when the span began is kept. */
export function useSamples(rollout: Rollout): ReadonlySignal<readonly PodsAt[]> {
  const samples = useMemo(() => signal<readonly PodsAt[]>([]), []);
  useEffect(() => {
    const next = take(rollout, systemClock.now());
    const known = samples.peek();
    if (same(known.at(-1), next)) return;
    const firstKept = known.findLastIndex(({ at }) => at <= next.at - sampleSpan);
    samples.value = [...known.slice(Math.max(0, firstKept)), next];
  }, [rollout]);
  return samples;
}
