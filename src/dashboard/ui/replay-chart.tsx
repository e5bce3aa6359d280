/** The numbers of pods over the whole recording, the events in it, and where the reader stands. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type PodsAt, podsOverTime, type Recording } from "../model/recording.ts";
import { t } from "../text/text.ts";

const height = 150;
const inset = { top: 14, right: 8, bottom: 8, left: 30 };

export function ReplayChart({ recording, at }: { readonly recording: Recording; readonly at: number }) {
  const words = t().replay;
  const frame = useRef<HTMLDivElement>(null);
  const width = useSignal(600);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      width.value = Math.max(240, Math.round(entry?.contentRect.width ?? 600));
    });
    if (frame.current) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const samples = useMemo(() => podsOverTime(recording), [recording]);
  const { began, until, marks } = recording;
  const most = Math.max(1, ...samples.flatMap(({ total, high }) => [total, high]));
  const x = (time: number) =>
    inset.left + ((time - began) / Math.max(1, until - began)) * (width.value - inset.left - inset.right);
  const y = (n: number) => height - inset.bottom - (n / most) * (height - inset.top - inset.bottom);
  /** A value holds until the next one. */
  const steps = (of: (sample: PodsAt) => number): [number, number][] =>
    samples.flatMap((sample, i) => [
      [x(sample.at), y(of(sample))],
      [x(samples[i + 1]?.at ?? until), y(of(sample))],
    ]);
  const text = (points: readonly [number, number][]) =>
    points.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" ");
  const band = [...steps(({ high }) => high), ...steps(({ low }) => low).reverse()];
  const now = samples.findLast((sample) => sample.at <= at) ?? samples[0];
  return (
    <figure class="chart">
      <div ref={frame}>
        <svg
          width="100%"
          height={height}
          viewBox={`0 0 ${width.value} ${height}`}
          role="img"
          aria-label={words.chart(now?.total ?? 0, now?.available ?? 0)}
        >
          {[0, most].map((n) => (
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
          {marks.map((mark, i) => (
            <line
              key={i}
              class={`mark-line ${mark.warning ? "warning" : ""}`}
              x1={x(mark.at)}
              x2={x(mark.at)}
              y1={2}
              y2={inset.top}
            />
          ))}
          <line class="cursor" x1={x(at)} x2={x(at)} y1={2} y2={height - inset.bottom} />
        </svg>
      </div>
      <figcaption class="row small">
        <span class="key total">{words.total}</span>
        <span class="key available">{words.available}</span>
        {now ? <span class="key band">{words.band(now.low, now.high)}</span> : null}
      </figcaption>
    </figure>
  );
}
