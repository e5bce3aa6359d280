/** The number of pods over time, in the band that the strategy allows. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Rollout } from "../model/rollout.ts";
import { now } from "../state/now.ts";
import { type Sample, sampleSpan, useSamples } from "../state/samples.ts";
import { t } from "../text/text.ts";

const height = 170;
const inset = { top: 10, right: 12, bottom: 24, left: 34 };

/** Milliseconds: it begins that wide and grows. */
const shortestSpan = 15_000;

/** Whole numbers, four or so of them. */
function ticks(most: number): number[] {
  const step = Math.max(1, Math.ceil(most / 4));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

export function RolloutChart({ rollout }: { readonly rollout: Rollout }) {
  const words = t().rollout;
  const samples = useSamples(rollout).value;
  const frame = useRef<HTMLDivElement>(null);
  const width = useSignal(600);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      width.value = Math.max(240, Math.round(entry?.contentRect.width ?? 600));
    });
    if (frame.current) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const last = samples.at(-1);
  const end = Math.max(now.value, last?.at ?? 0);
  const span = Math.min(sampleSpan, Math.max(shortestSpan, end - (samples[0]?.at ?? end)));
  const begin = end - span;
  const most = Math.max(1, ...samples.flatMap(({ total, high }) => [total, high]));
  const x = (at: number) =>
    inset.left + ((Math.max(at, begin) - begin) / span) * (width.value - inset.left - inset.right);
  const y = (n: number) => height - inset.bottom - (n / most) * (height - inset.top - inset.bottom);

  /** A value holds until the next sample. */
  const steps = (of: (sample: Sample) => number): [number, number][] =>
    samples.flatMap((sample, i) => [
      [x(sample.at), y(of(sample))],
      [x(samples[i + 1]?.at ?? end), y(of(sample))],
    ]);
  const text = (points: readonly [number, number][]) =>
    points.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" ");
  const band = [...steps(({ high }) => high), ...steps(({ low }) => low).reverse()];
  const { low, high } = rollout.band;
  return (
    <figure class="chart">
      <div ref={frame}>
        <svg
          width="100%"
          height={height}
          viewBox={`0 0 ${width.value} ${height}`}
          role="img"
          aria-label={words.chart(last?.total ?? 0, last?.available ?? 0, low, high)}
        >
          {ticks(most).map((n) => (
            <g key={n}>
              <line class="grid" x1={inset.left} x2={width.value - inset.right} y1={y(n)} y2={y(n)} />
              <text x={inset.left - 8} y={y(n)} text-anchor="end" dominant-baseline="middle">
                {n}
              </text>
            </g>
          ))}
          <polygon class="band" points={text(band)} />
          <polyline class="line total" points={text(steps(({ total }) => total))} />
          <polyline class="line available" points={text(steps(({ available }) => available))} />
          <text x={inset.left} y={height - 6}>
            {words.secondsAgo(Math.round(span / 1000))}
          </text>
          <text x={width.value - inset.right} y={height - 6} text-anchor="end">
            {words.nowLabel}
          </text>
        </svg>
      </div>
      <figcaption class="row small">
        <span class="key total">{words.total}</span>
        <span class="key available">{words.available}</span>
        <span class="key band">{words.band(low, high)}</span>
      </figcaption>
    </figure>
  );
}
