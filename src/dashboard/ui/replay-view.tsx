/** A recording and a scrubber: any moment of it, as it was. Needs nothing but the recording. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { systemClock } from "../../base/clock.ts";
import { type MomentPod, momentAt, type Recording } from "../model/recording.ts";
import { language } from "../state/preferences.ts";
import { t } from "../text/text.ts";
import { clockTime } from "../text/times.ts";
import { Section, StateBadge } from "./parts.tsx";
import { PodTiles } from "./pod-tiles.tsx";
import { ReplayChart } from "./replay-chart.tsx";

/** Milliseconds between two pictures while it plays. */
const picture = 50;
/** Milliseconds: what began so short before it was seen was seen. */
const seenAtOnce = 2000;
const speeds = [1, 4, 16] as const;
/** Events that are shown: those before the moment, the latest first. */
const mostMarks = 6;

export function ReplayView({ recording }: { readonly recording: Recording }) {
  const words = t().replay;
  const { began, until } = recording;
  const at = useSignal(until);
  const playing = useSignal(false);
  const speed = useSignal<number>(4);
  useEffect(() => {
    if (!playing.value) return undefined;
    return systemClock.every(picture, () => {
      at.value = Math.min(until, at.value + picture * speed.value);
      if (at.value >= until) playing.value = false;
    });
  }, [playing.value, until]);

  const step = Math.max(1, Math.min(1000, Math.round((until - began) / 200)));
  const moment = momentAt(recording, at.value);
  const past = recording.marks.filter((mark) => mark.at <= at.value);
  const time = (ms: number) => clockTime(ms, language.value);
  return (
    <div class="stack">
      <div class="row replay-controls">
        <button
          type="button"
          class="primary"
          onClick={() => {
            if (!playing.value && at.value >= until) at.value = began;
            playing.value = !playing.value;
          }}
        >
          {playing.value ? words.pause : words.play}
        </button>
        <label class="row">
          {words.speed}
          <select value={speed.value} onChange={(event) => (speed.value = Number(event.currentTarget.value))}>
            {speeds.map((n) => (
              <option key={n} value={n}>
                {words.times(n)}
              </option>
            ))}
          </select>
        </label>
        <output class="tabular">{time(at.value)}</output>
        {moment ? <StateBadge state={moment.setting.state} /> : null}
      </div>
      <input
        type="range"
        class="scrubber"
        aria-label={words.time}
        aria-valuetext={time(at.value)}
        min={began}
        max={until}
        step={step}
        value={at.value}
        onInput={(event) => {
          playing.value = false;
          const chosen = event.currentTarget.valueAsNumber;
          // The last step may end short of the end.
          at.value = chosen + step > until ? until : chosen;
        }}
      />
      <ReplayChart recording={recording} at={at.value} />
      {recording.seen - began > seenAtOnce ? <p class="note">{words.earlier(time(recording.seen))}</p> : null}
      <Section title={t().rollout.pods} id="replay-pods">
        {moment?.revisions.length === 0 ? <p class="muted">{t().rollout.noPods}</p> : null}
        {moment?.revisions.map(({ id, number, images, current, pods }) => (
          <section key={id} class={`group ${current ? "current" : ""}`} aria-labelledby={`replay-${id}`}>
            <header class="row">
              <h3 id={`replay-${id}`}>{t().rollout.revision(BigInt(number))}</h3>
              {current ? <span class="badge move">{t().rollout.newest}</span> : null}
              {images.map((image) => (
                <code key={image}>{image}</code>
              ))}
            </header>
            <Pods pods={pods} />
          </section>
        ))}
      </Section>
      <Section title={words.marks} id="marks">
        {past.length === 0 ? <p class="muted">{words.noMarks}</p> : null}
        <ul class="plain-list">
          {past
            .slice(-mostMarks)
            .reverse()
            .map((mark, i) => (
              <li key={`${mark.at} ${i}`} class="stack tight">
                <span class="row spread small">
                  <span class={`badge ${mark.warning ? "warn" : ""}`}>{mark.reason}</span>
                  <button
                    type="button"
                    class="link tabular"
                    onClick={() => {
                      at.value = mark.at;
                    }}
                  >
                    {time(mark.at)}
                  </button>
                </span>
                <span>{mark.text}</span>
              </li>
            ))}
        </ul>
      </Section>
    </div>
  );
}

function Pods({ pods }: { readonly pods: readonly MomentPod[] }) {
  if (pods.length === 0) return <p class="muted">{t().rollout.noPods}</p>;
  return (
    <PodTiles
      pods={pods.map((pod) => ({ ...pod, id: pod.name, own: pod.name.slice(pod.name.lastIndexOf("-") + 1) }))}
    />
  );
}
