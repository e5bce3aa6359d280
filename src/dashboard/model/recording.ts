/**
 * What a rollout looked like over time: changes, from which any moment is put together again. Pure, and all of it is
 * plain JSON, so that it can be kept in a file.
 */
import type { Earlier } from "./earlier.ts";
import type { PodPhase } from "./pod-state.ts";
import { podStateOf } from "./pod-state.ts";
import type { Band, Rollout, RolloutState } from "./rollout.ts";

/** A pod comes, changes, or goes: without a phase. */
export interface PodChange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly pod: string;
  /** `id` of the revision. */
  readonly revision: string;
  readonly phase?: PodPhase;
  readonly reason?: string;
}

export interface RevisionMoment {
  readonly id: string;
  /** Of 64 bits, which JSON numbers do not keep. */
  readonly number: string;
  readonly images: readonly string[];
  readonly current: boolean;
}

/** What is so from a time on, until the next one. */
export interface Setting {
  readonly at: number;
  readonly state: RolloutState | "stuck";
  readonly desired: number;
  /** What the strategy allows: available pods from below, all pods from above. */
  readonly low: number;
  readonly high: number;
  readonly revisions: readonly RevisionMoment[];
}

/** Something that was said at a time. */
export interface Mark {
  readonly at: number;
  readonly reason: string;
  readonly text: string;
  readonly warning: boolean;
}

export interface Recording {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly began: number;
  /** From when on it was seen; what is before was put together of what the cluster still knew. */
  readonly seen: number;
  /** When it was last looked at. */
  readonly until: number;
  readonly changes: readonly PodChange[];
  readonly settings: readonly Setting[];
  readonly marks: readonly Mark[];
}

export interface MomentPod {
  readonly name: string;
  readonly phase: PodPhase;
  readonly reason?: string;
}

export interface Moment {
  readonly setting: Setting;
  /** Those with pods, and the current one; newest first. */
  readonly revisions: readonly (RevisionMoment & { readonly pods: readonly MomentPod[] })[];
}

export interface PodsAt {
  readonly at: number;
  /** All that are not stopping. */
  readonly total: number;
  readonly available: number;
  readonly low: number;
  readonly high: number;
}

/** Most changes that are kept of one workload: the oldest are forgotten. */
const mostChanges = 20_000;

/** Milliseconds for which {@link Recorder.samples} goes back. */
export const sampleSpan = 120_000;

/** Takes down what changes, whenever it is shown a rollout. */
export class Recorder {
  readonly #changes: PodChange[] = [];
  readonly #settings: Setting[] = [];
  readonly #known = new Map<string, PodChange>();
  #setting = "";
  #began: number | undefined;
  #seen: number | undefined;
  readonly #samples: PodsAt[] = [];

  /** Has it anything? */
  get empty(): boolean {
    return this.#began === undefined;
  }

  /** One per change, the oldest first: the one that still held when {@link sampleSpan} began is kept. */
  get samples(): readonly PodsAt[] {
    return this.#samples;
  }

  /** What was before anybody looked. Before all else. */
  begin(earlier: Earlier | undefined): void {
    if (!earlier) return;
    this.#began = earlier.began;
    for (const change of earlier.changes) this.#push(change);
    this.#settings.push(...earlier.settings);
    this.#samples.push(...podsOverTime(earlier));
  }

  add(rollout: Rollout, state: Setting["state"], at: number): void {
    this.#began ??= at;
    this.#seen ??= at;
    const seen = new Set<string>();
    for (const { id, pods } of rollout.revisions) {
      for (const pod of pods) {
        const name = pod.metadata?.name ?? "";
        seen.add(name);
        const { phase, reason } = podStateOf(pod, rollout.minReadySeconds, at);
        const known = this.#known.get(name);
        if (known && known.phase === phase && known.reason === reason && known.revision === id) continue;
        this.#push({ at, pod: name, revision: id, phase, ...(reason ? { reason } : {}) });
      }
    }
    for (const [name, { revision }] of this.#known) if (!seen.has(name)) this.#push({ at, pod: name, revision });
    const revisions = rollout.revisions.map(({ id, number, images, current }) => ({
      id,
      number: String(number),
      images,
      current,
    }));
    const { low, high } = rollout.band;
    const setting = { state, desired: rollout.counts.desired, low, high, revisions };
    const text = JSON.stringify(setting);
    if (text !== this.#setting) this.#settings.push({ at, ...setting });
    this.#setting = text;
    const sample = sampleOf(this.#known.values(), at, rollout.band);
    const last = this.#samples.at(-1);
    if (last && sameNumbers(last, sample)) return;
    this.#samples.push(sample);
    let over = 0;
    while ((this.#samples[over + 1]?.at ?? at) <= at - sampleSpan) over++;
    if (over > 0) this.#samples.splice(0, over);
  }

  #push(change: PodChange): void {
    this.#changes.push(change);
    if (change.phase) this.#known.set(change.pod, change);
    else this.#known.delete(change.pod);
    if (this.#changes.length > mostChanges * 1.5) this.#forget();
  }

  /** What the oldest changes came to becomes the beginning. */
  #forget(): void {
    const gone = this.#changes.splice(0, this.#changes.length - mostChanges);
    const began = gone.at(-1)?.at ?? 0;
    const left = new Map<string, PodChange>();
    for (const change of gone) {
      if (change.phase) left.set(change.pod, { ...change, at: began });
      else left.delete(change.pod);
    }
    this.#changes.unshift(...left.values());
    this.#began = began;
    const first = this.#settings.findLastIndex(({ at }) => at <= began);
    if (first > 0) this.#settings.splice(0, first);
  }

  /** @returns nothing as long as nothing was seen */
  recording(of: Pick<Recording, "kind" | "namespace" | "name" | "marks">, until: number): Recording | undefined {
    const began = this.#began;
    if (began === undefined) return undefined;
    const marks = of.marks.filter(({ at }) => at >= began && at <= until).sort((a, b) => a.at - b.at);
    return {
      ...of,
      began,
      seen: this.#seen ?? until,
      until,
      changes: [...this.#changes],
      settings: [...this.#settings],
      marks,
    };
  }
}

/** How it was at a time; before the beginning as at the beginning. */
export function momentAt({ changes, settings, began }: Recording, time: number): Moment | undefined {
  const at = Math.max(time, began);
  const setting = settings.findLast((one) => one.at <= at) ?? settings[0];
  if (!setting) return undefined;
  const pods = new Map<string, PodChange>();
  for (const change of changes) {
    if (change.at > at) break;
    if (change.phase) pods.set(change.pod, change);
    else pods.delete(change.pod);
  }
  const all = [...pods.values()];
  const revisions = setting.revisions
    .map((revision) => ({
      ...revision,
      pods: all
        .filter((pod) => pod.revision === revision.id)
        .map(({ pod, phase = "ended", reason }): MomentPod => ({ name: pod, phase, ...(reason ? { reason } : {}) })),
    }))
    .filter((revision) => revision.current || revision.pods.length > 0);
  return { setting, revisions };
}

/** What counts as there, and as available. */
function sampleOf(pods: Iterable<Pick<PodChange, "phase">>, at: number, { low, high }: Band): PodsAt {
  let total = 0;
  let available = 0;
  for (const { phase } of pods) {
    if (phase !== "stopping" && phase !== "ended") total++;
    if (phase === "available") available++;
  }
  return { at, total, available, low, high };
}

const sameNumbers = (a: PodsAt, b: PodsAt): boolean =>
  a.total === b.total && a.available === b.available && a.low === b.low && a.high === b.high;

/** The numbers of pods over the whole time, one entry whenever one of them changes. */
export function podsOverTime({
  changes,
  settings,
  began,
}: Pick<Recording, "changes" | "settings" | "began">): PodsAt[] {
  const pods = new Map<string, PodChange>();
  const times = [...new Set([began, ...changes.map(({ at }) => at), ...settings.map(({ at }) => at)])].sort(
    (a, b) => a - b,
  );
  const out: PodsAt[] = [];
  let next = 0;
  let setting = 0;
  for (const at of times) {
    for (; (changes[next]?.at ?? Number.POSITIVE_INFINITY) <= at; next++) {
      const change = changes[next] as PodChange;
      if (change.phase) pods.set(change.pod, change);
      else pods.delete(change.pod);
    }
    while ((settings[setting + 1]?.at ?? Number.POSITIVE_INFINITY) <= at) setting++;
    const sample = sampleOf(pods.values(), at, settings[setting] ?? { low: 0, high: 0 });
    const last = out.at(-1);
    if (!last || !sameNumbers(last, sample)) out.push(sample);
  }
  return out;
}
