/** Every workload of the scope is recorded for as long as the page is open; before that counts what the cluster still knows. */
import { effect, signal, untracked } from "@preact/signals";
import type { CoreEvent } from "../../api/generated/types.ts";
import { parseTime, systemClock } from "../../base/clock.ts";
import { events } from "../../client/kinds.ts";
import { earlierOf } from "../model/earlier.ts";
import { lastSeen } from "../model/events.ts";
import { type Mark, type PodsAt, Recorder, type Recording } from "../model/recording.ts";
import type { Rollout } from "../model/rollout.ts";
import { isLoading, live } from "./cluster.ts";
import { eventsAbout, rolloutView, workloadNames } from "./rollouts.ts";
import type { WorkloadPlural } from "./route.ts";

/** By `plural namespace/name`; they outlive their workload, so that its end can be seen too. */
const recorders = new Map<string, Recorder>();

/** Counts those that have begun. */
const begun = signal(0);

const keyOf = (plural: WorkloadPlural, name: string) => `${plural} ${name}`;

/** Begins to record, now and whatever comes. */
export function recordRollouts(): void {
  const running = new Map<string, () => void>();
  effect(() => {
    const names = new Map(workloadNames().map(({ plural, key }) => [keyOf(plural, key), { plural, key }]));
    for (const [id, stop] of running) {
      if (names.has(id)) continue;
      stop();
      running.delete(id);
    }
    for (const [id, { plural, key }] of names) {
      if (running.has(id)) continue;
      const recorder = recorders.get(id) ?? new Recorder();
      recorders.set(id, recorder);
      running.set(
        id,
        effect(() => {
          const view = rolloutView(plural, key);
          // Once, and then never again: what happened before it was looked at.
          if (recorder.empty && isLoading(events)) return;
          if (!view) return;
          const now = systemClock.now();
          const begins = recorder.empty;
          if (begins) {
            const known = untracked(() => eventsIn(key));
            recorder.begin(earlierOf(view.of, known, now));
          }
          recorder.add(view.of, view.state, now);
          if (begins) begun.value = begun.peek() + 1;
        }),
      );
    }
  });
}

/** @param key `namespace/name` */
const eventsIn = (key: string): CoreEvent[] =>
  live(events)
    .list()
    .filter(({ metadata }) => key.startsWith(`${metadata.namespace}/`));

const none: readonly PodsAt[] = [];

/** The numbers of its pods of late: see {@link Recorder.samples}. */
export const samplesOf = (plural: WorkloadPlural, key: string): readonly PodsAt[] =>
  recorders.get(keyOf(plural, key))?.samples ?? none;

const markOf = (event: CoreEvent): Mark => ({
  at: parseTime(lastSeen(event) ?? ""),
  reason: event.reason ?? "",
  text: event.message ?? "",
  warning: event.type === "Warning",
});

/**
 * What there is of a workload up to now, with the events about it and warnings about its pods. It changes all the time;
 * who reads it while it is undefined, and reactively, learns when it begins.
 */
export function recordingOf(plural: WorkloadPlural, of: Rollout): Recording | undefined {
  void begun.value;
  const { namespace = "", name = "", uid = "" } = of.workload.object.metadata ?? {};
  const about = eventsAbout(uid);
  const warnings = of.revisions
    .flatMap(({ pods }) => pods)
    .flatMap(({ metadata }) => eventsAbout(metadata?.uid ?? ""))
    .filter(({ type }) => type === "Warning");
  return recorders
    .get(keyOf(plural, `${namespace}/${name}`))
    ?.recording({ kind: plural, namespace, name, marks: [...about, ...warnings].map(markOf) }, systemClock.now());
}
