/** The numbers of pods over the whole recording, the events in it, and where the reader stands. */
import { useMemo } from "preact/hooks";
import { podsOverTime, type Recording } from "../model/recording.ts";
import { language } from "../state/preferences.ts";
import { t } from "../text/text.ts";
import { clockTime } from "../text/times.ts";
import { PodsChart } from "./pods-chart.tsx";

export function ReplayChart({ recording, at }: { readonly recording: Recording; readonly at: number }) {
  const samples = useMemo(() => podsOverTime(recording), [recording]);
  const { began, until, marks } = recording;
  const { total, available, low, high } = samples.findLast((sample) => sample.at <= at) ?? {
    ...{ total: 0, available: 0, low: 0, high: 0 },
    ...samples[0],
  };
  return (
    <PodsChart
      samples={samples}
      begin={began}
      end={until}
      band={{ low, high }}
      label={t().replay.chart(total, available)}
    >
      {({ x, left, right, top, bottom, below }) => (
        <>
          {marks.map((mark, i) => (
            <line
              key={i}
              class={`mark-line ${mark.warning ? "warning" : ""}`}
              x1={x(mark.at)}
              x2={x(mark.at)}
              y1={2}
              y2={top}
            />
          ))}
          <line class="cursor" x1={x(at)} x2={x(at)} y1={2} y2={bottom} />
          <text x={left} y={below}>
            {clockTime(began, language.value)}
          </text>
          <text x={right} y={below} text-anchor="end">
            {clockTime(until, language.value)}
          </text>
        </>
      )}
    </PodsChart>
  );
}
