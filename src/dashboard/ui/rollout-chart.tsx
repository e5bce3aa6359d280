/** The number of pods up to now. */

import { keyOf } from "../../api/kind.ts";
import { sampleSpan } from "../model/recording.ts";
import type { Rollout } from "../model/rollout.ts";
import { now } from "../state/now.ts";
import { samplesOf } from "../state/recordings.ts";
import { t } from "../text/text.ts";
import { PodsChart } from "./pods-chart.tsx";

/** Milliseconds: it begins that wide and grows. */
const shortestSpan = 15_000;

export function RolloutChart({ rollout }: { readonly rollout: Rollout }) {
  const words = t().rollout;
  const { plural, object } = rollout.workload;
  const samples = samplesOf(plural, keyOf(object));
  const last = samples.at(-1);
  const end = Math.max(now.value, last?.at ?? 0);
  const span = Math.min(sampleSpan, Math.max(shortestSpan, end - (samples[0]?.at ?? end)));
  const { band } = rollout;
  return (
    <PodsChart
      samples={samples}
      begin={end - span}
      end={end}
      band={band}
      label={words.chart(last?.total ?? 0, last?.available ?? 0, band.low, band.high)}
    >
      {({ left, right, below }) => (
        <>
          <text x={left} y={below}>
            {words.secondsAgo(Math.round(span / 1000))}
          </text>
          <text x={right} y={below} text-anchor="end">
            {words.nowLabel}
          </text>
        </>
      )}
    </PodsChart>
  );
}
