/** Numbers of pods over a span of time, in the band that the strategy allows. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { PodsAt } from "../model/recording.ts";
import type { Band } from "../model/rollout.ts";
import { t } from "../text/text.ts";

const height = 170;
const inset = { top: 14, right: 12, bottom: 24, left: 34 };
/** Pixels. */
const narrowest = 240;

/** Where things are in the drawing. */
export interface ChartFrame {
  x(at: number): number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Where a line of text below the axis stands. */
  readonly below: number;
}

/** Whole numbers, four or so of them. */
function ticks(most: number): number[] {
  const step = Math.max(1, Math.ceil(most / 4));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

export interface PodsChartProps {
  /** Each holds until the next one. */
  readonly samples: readonly PodsAt[];
  /** Milliseconds since the epoch, both. */
  readonly begin: number;
  readonly end: number;
  /** What somebody hears who does not see it. */
  readonly label: string;
  /** The one that is spoken of below it. */
  readonly band: Band;
  /** What else is drawn. */
  readonly children: (frame: ChartFrame) => ComponentChildren;
}

export function PodsChart({ samples, begin, end, label, band, children }: PodsChartProps) {
  const words = t().rollout;
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(600);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      width.value = Math.max(narrowest, Math.round(entry?.contentRect.width ?? 600));
    });
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const most = Math.max(1, ...samples.flatMap(({ total, high }) => [total, high]));
  const frame: ChartFrame = {
    x: (at) =>
      inset.left +
      ((Math.max(at, begin) - begin) / Math.max(1, end - begin)) * (width.value - inset.left - inset.right),
    left: inset.left,
    right: width.value - inset.right,
    top: inset.top,
    bottom: height - inset.bottom,
    below: height - 6,
  };
  const y = (n: number) => frame.bottom - (n / most) * (frame.bottom - frame.top);
  const steps = (of: (sample: PodsAt) => number): [number, number][] =>
    samples.flatMap((sample, i) => [
      [frame.x(sample.at), y(of(sample))],
      [frame.x(samples[i + 1]?.at ?? end), y(of(sample))],
    ]);
  const text = (points: readonly [number, number][]) =>
    points.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" ");
  const allowed = [...steps(({ high }) => high), ...steps(({ low }) => low).reverse()];
  return (
    <figure class="chart">
      <div ref={box}>
        <svg width="100%" height={height} viewBox={`0 0 ${width.value} ${height}`} role="img" aria-label={label}>
          {ticks(most).map((n) => (
            <g key={n}>
              <line class="grid" x1={frame.left} x2={frame.right} y1={y(n)} y2={y(n)} />
              <text x={frame.left - 8} y={y(n)} text-anchor="end" dominant-baseline="middle">
                {n}
              </text>
            </g>
          ))}
          <polygon class="band" points={text(allowed)} />
          <polyline class="line total" points={text(steps(({ total }) => total))} />
          <polyline class="line available" points={text(steps(({ available }) => available))} />
          {children(frame)}
        </svg>
      </div>
      <figcaption class="row small">
        <span class="key total">{words.total}</span>
        <span class="key available">{t().phases.available}</span>
        <span class="key band">{words.band(band.low, band.high)}</span>
      </figcaption>
    </figure>
  );
}
