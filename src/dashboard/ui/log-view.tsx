/** Logs of one pod or many, as they come. */
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Pod } from "../../api/generated/types.ts";
import { systemClock } from "../../base/clock.ts";
import { getText } from "../connection/api.ts";
import { LogReader, type LogSource, type SourcedLine, sourceKey } from "../state/logs.ts";
import { language } from "../state/preferences.ts";
import { t } from "../text/text.ts";
import { localTime } from "../text/times.ts";

/** The logs of more pods than this are not read all at once. */
const mostPods = 20;
/** Colours that tell pods apart; with more pods they come again. */
const hues = 8;
/** Pixels from the end within which the reader is taken to be at it. */
const nearEnd = 24;

const containerNames = ({ spec }: Pod): string[] =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name }) => name);

/** The one that people mean: `kubectl.kubernetes.io/default-container`, else the first. */
const defaultContainer = (pod: Pod): string =>
  pod.metadata?.annotations?.["kubectl.kubernetes.io/default-container"] ?? pod.spec?.containers[0]?.name ?? "";

/** Newest first. */
const byAge = (a: Pod, b: Pod) =>
  (a.metadata?.creationTimestamp ?? "") < (b.metadata?.creationTimestamp ?? "") ? 1 : -1;

export function LogView({ pods }: { readonly pods: readonly Pod[] }) {
  const words = t().logs;
  const chosen = useSignal<string | undefined>(undefined);
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const previous = useSignal(false);
  const stamps = useSignal(false);
  const follow = useSignal(true);
  const search = useSignal("");

  const reader = useMemo(() => new LogReader(getText, systemClock), []);
  useEffect(() => () => reader.stop(), [reader]);

  const shown = [...pods].sort(byAge).slice(0, mostPods);
  const containers = [...new Set(shown.flatMap(containerNames))];
  const sources: LogSource[] = shown.flatMap((pod) =>
    containerNames(pod)
      .filter((name) => chosen.value === "" || name === (chosen.value ?? defaultContainer(pod)))
      .map((container) => ({
        namespace: pod.metadata?.namespace ?? "",
        pod: pod.metadata?.name ?? "",
        container,
      })),
  );
  const wanted = sources.map(sourceKey).join(" ");
  useEffect(() => reader.read(sources, previous.value), [reader, wanted, previous.value]);

  // A pod keeps its colour when others come and go.
  const hueOf = useMemo(() => new Map<string, number>(), []);
  for (const pod of [...shown].reverse()) {
    const name = pod.metadata?.name ?? "";
    if (!hueOf.has(name)) hueOf.set(name, hueOf.size % hues);
  }

  // Of a container that was looked at before there are lines too; of a pod that is gone they stay.
  const asked = new Set(sources.map(({ container }) => container));
  const own = reader.lines.value.filter(({ source }) => asked.has(source.container));
  const needle = search.value.toLowerCase();
  const lines = own.filter(
    ({ source, text }) => !hidden.value.has(source.pod) && (needle === "" || text.toLowerCase().includes(needle)),
  );
  const problems = [...reader.problems.value];
  const single = chosen.value !== "" && asked.size <= 1;

  if (pods.length === 0) return <p class="muted">{words.noPods}</p>;
  return (
    <div class="stack tight">
      <div class="row log-controls">
        {containers.length > 1 ? (
          <label class="row">
            {words.container}
            <select
              value={chosen.value ?? (shown[0] ? defaultContainer(shown[0]) : "")}
              onChange={(event) => {
                chosen.value = event.currentTarget.value;
              }}
            >
              {containers.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
              <option value="">{words.allContainers}</option>
            </select>
          </label>
        ) : null}
        <label class="row grow">
          {words.search}
          <input type="search" value={search.value} onInput={(event) => (search.value = event.currentTarget.value)} />
        </label>
        {(
          [
            [words.follow, follow],
            [words.previous, previous],
            [words.stamps, stamps],
          ] as const
        ).map(([label, on]) => (
          <label key={label} class="row">
            <input type="checkbox" checked={on.value} onChange={(event) => (on.value = event.currentTarget.checked)} />
            {label}
          </label>
        ))}
      </div>
      {shown.length > 1 ? (
        <fieldset class="row legend">
          <legend class="unseen">{words.pods}</legend>
          {shown.map(({ metadata }) => {
            const name = metadata?.name ?? "";
            const on = !hidden.value.has(name);
            return (
              <button
                key={name}
                type="button"
                aria-pressed={on}
                class={`hue-${hueOf.get(name)} ${on ? "on" : ""}`}
                onClick={() => {
                  const next = new Set(hidden.value);
                  if (on) next.add(name);
                  else next.delete(name);
                  hidden.value = next;
                }}
              >
                {name}
              </button>
            );
          })}
        </fieldset>
      ) : null}
      {pods.length > shown.length ? <p class="note">{words.tooMany(shown.length, pods.length)}</p> : null}
      {problems.map(([key, why]) => (
        <p key={key} class="note small">
          {why}
        </p>
      ))}
      <p class="muted small" role="status">
        {own.length === 0 ? words.none : words.lines(lines.length, own.length)}
      </p>
      {lines.length > 0 ? (
        <Lines
          lines={lines}
          many={shown.length > 1}
          containers={!single}
          stamps={stamps.value}
          search={search.value}
          hueOf={hueOf}
          follow={follow.value}
          onScroll={(atEnd) => {
            follow.value = atEnd;
          }}
        />
      ) : null}
    </div>
  );
}

interface LinesProps {
  readonly lines: readonly SourcedLine[];
  readonly many: boolean;
  readonly containers: boolean;
  readonly stamps: boolean;
  readonly search: string;
  readonly hueOf: ReadonlyMap<string, number>;
  readonly follow: boolean;
  readonly onScroll: (atEnd: boolean) => void;
}

function Lines({ lines, many, containers, stamps, search, hueOf, follow, onScroll }: LinesProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follow]);
  return (
    <div
      ref={box}
      class="log"
      role="log"
      aria-live="off"
      aria-label={t().logs.title}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        const atEnd = scrollHeight - scrollTop - clientHeight < nearEnd;
        if (atEnd !== follow) onScroll(atEnd);
      }}
    >
      {lines.map(({ id, source, stamp, text }) => (
        <div key={id} class={`line ${many ? `hue-${hueOf.get(source.pod) ?? 0}` : ""}`}>
          {many ? (
            <span class="who" title={source.pod}>
              {source.pod.slice(source.pod.lastIndexOf("-") + 1)}
            </span>
          ) : null}
          {containers ? <span class="who">{source.container}</span> : null}
          {stamps ? (
            <time class="muted" dateTime={stamp}>
              {localTime(stamp, language.value)}
            </time>
          ) : null}
          <Marked text={text} search={search} />
        </div>
      ))}
    </div>
  );
}

/** The text, with what is searched for marked. */
function Marked({ text, search }: { readonly text: string; readonly search: string }) {
  if (!search) return <span>{text}</span>;
  const hay = text.toLowerCase();
  const needle = search.toLowerCase();
  // Some letters have other lengths in lower case: then places in one text are not those in the other.
  if (hay.length !== text.length) return <span>{text}</span>;
  const parts = [];
  let at = 0;
  for (let found = hay.indexOf(needle); found >= 0; found = hay.indexOf(needle, at)) {
    parts.push(text.slice(at, found), <mark key={found}>{text.slice(found, found + needle.length)}</mark>);
    at = found + needle.length;
  }
  return (
    <span>
      {parts}
      {text.slice(at)}
    </span>
  );
}
