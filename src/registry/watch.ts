/** WATCH: store events as a client's selection sees them, with bookmarks and streaming lists. */
import type { Kind, KubeObject } from "../api/kind.ts";
import type { Cancel, Clock } from "../base/clock.ts";
import { expired, StatusError } from "../base/errors.ts";
import { CompactedError, type Store, type StoreEvent, type StoreWatch, type WatchTopic } from "../store/store.ts";
import {
  checkWatchOptions,
  type Matcher,
  matcherOf,
  parseRevision,
  prefixOfSelection,
  tooLargeRevision,
} from "./list-options.ts";
import { listObjects } from "./read.ts";
import type { Stored, Watch, WatchEvent, WatchOptions } from "./registry.ts";
import { lastState, storedOf } from "./stored.ts";
import { topicOf } from "./watch-topics.ts";

/** How often an idle watch that allows bookmarks gets one: about a minute, as upstream. */
const bookmarkInterval = 60_000;
/** Initial events handed over at a time. */
const initialBatch = 500;

export async function watchObjects<T extends KubeObject>(
  store: Store,
  clock: Clock,
  kind: Kind<T>,
  namespace: string,
  options: WatchOptions,
): Promise<Watch<T>> {
  checkWatchOptions(options);
  const matcher = matcherOf(kind, options);
  const prefix = prefixOfSelection(kind, namespace, options);
  const topic = topicOf(kind, options);
  const asked = parseRevision(options.resourceVersion, (why) => new StatusError(500, "", why));
  if (options.sendInitialEvents && asked > store.progress()) throw tooLargeRevision(asked, store.progress());
  // Without an opinion a revision of 0 or none means: begin with what there is.
  const initial = options.sendInitialEvents ?? asked === 0;
  if (!initial) {
    // sendInitialEvents=false without a revision: only what comes from now on.
    const since = asked === 0 ? store.progress() : asked;
    return new ObjectWatch(openWatch(store, prefix, since, topic), clock, matcher, [], options, false);
  }
  const { labelSelector, fieldSelector } = options;
  const list = await listObjects(store, kind, namespace, { labelSelector, fieldSelector });
  const source = openWatch(store, prefix, list.revision, topic);
  // As upstream since it has streaming lists: also a watch that begins with what there is without having asked for it.
  const withEnd = options.allowWatchBookmarks === true;
  return new ObjectWatch(source, clock, matcher, list.items, options, withEnd);
}

function openWatch(store: Store, prefix: string, since: number, topic: WatchTopic | undefined): StoreWatch {
  try {
    return store.watch(prefix, since, topic);
  } catch (error) {
    throw translate(error, since);
  }
}

const translate = (error: unknown, position: number): unknown =>
  error instanceof CompactedError
    ? expired(`too old resource version: ${position} (${error.compactedRevision})`)
    : error;

type SourceStep = IteratorResult<readonly StoreEvent[]> | { readonly error: unknown };
type Step<T extends KubeObject> = IteratorResult<readonly WatchEvent<T>[], undefined>;

class ObjectWatch<T extends KubeObject> implements Watch<T>, AsyncIterator<readonly WatchEvent<T>[], undefined> {
  private readonly source: StoreWatch;
  private readonly iterator: AsyncIterator<readonly StoreEvent[]>;
  private readonly matcher: Matcher<T>;
  private readonly cancelBookmarks: Cancel | undefined;
  /** What is to be sent before the first change. */
  private initial: readonly Stored<T>[];
  private sent = 0;
  private endMark: WatchEvent<T> | undefined;
  /** A read of the source is under way, or has {@link arrived}. It outlives the bookmarks that overtake it. */
  private reading = false;
  private arrived: SourceStep | undefined;
  /** Set while the consumer waits: ends that, with a bookmark or because something has arrived. */
  private interrupt: ((bookmark: WatchEvent<T> | undefined) => void) | undefined;

  constructor(
    source: StoreWatch,
    clock: Clock,
    matcher: Matcher<T>,
    initial: readonly Stored<T>[],
    options: WatchOptions,
    withEnd: boolean,
  ) {
    this.source = source;
    this.iterator = source[Symbol.asyncIterator]();
    this.matcher = matcher;
    this.initial = initial;
    if (withEnd) this.endMark = { type: "BOOKMARK", revision: source.position, initialEventsEnd: true };
    if (options.allowWatchBookmarks) {
      this.cancelBookmarks = clock.every(bookmarkInterval, () => {
        // Behind events that are already on their way to this watch.
        void Promise.resolve().then(() => {
          this.interrupt?.({ type: "BOOKMARK", revision: this.source.position, initialEventsEnd: false });
        });
      });
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<readonly WatchEvent<T>[], undefined> {
    return this;
  }

  async next(): Promise<Step<T>> {
    const first = this.nextInitial();
    if (first.length > 0) return { done: false, value: first };
    for (;;) {
      const step = await this.read();
      if ("type" in step) return { done: false, value: [step] };
      if (step.done) {
        this.close();
        return { done: true, value: undefined };
      }
      const events: WatchEvent<T>[] = [];
      for (const event of step.value) {
        const seen = asSeen(event, this.matcher);
        if (seen) events.push(seen);
      }
      if (events.length > 0) return { done: false, value: events };
    }
  }

  async return(): Promise<Step<T>> {
    this.close();
    return { done: true, value: undefined };
  }

  close(): void {
    this.cancelBookmarks?.();
    this.source.close();
  }

  private nextInitial(): WatchEvent<T>[] {
    const batch = this.initial.slice(this.sent, this.sent + initialBatch);
    this.sent += batch.length;
    const events: WatchEvent<T>[] = batch.map((stored) => ({ type: "ADDED", stored }));
    if (this.sent < this.initial.length) return events;
    this.initial = [];
    this.sent = 0;
    if (this.endMark) events.push(this.endMark);
    this.endMark = undefined;
    return events;
  }

  /** The next batch of the source, or a bookmark if one is due before it comes. */
  private async read(): Promise<IteratorResult<readonly StoreEvent[]> | WatchEvent<T>> {
    this.readSource();
    if (!this.arrived) {
      const bookmark = await new Promise<WatchEvent<T> | undefined>((resolve) => {
        this.interrupt = resolve;
      });
      this.interrupt = undefined;
      if (bookmark) return bookmark;
    }
    const step = this.arrived as unknown as SourceStep;
    this.arrived = undefined;
    this.reading = false;
    if (!("error" in step)) return step;
    this.cancelBookmarks?.();
    throw translate(step.error, this.source.position);
  }

  /** One promise for one read, however many bookmarks come meanwhile: on some prefixes nothing ever happens. */
  private readSource(): void {
    if (this.reading) return;
    this.reading = true;
    const arrive = (step: SourceStep) => {
      this.arrived = step;
      this.interrupt?.(undefined);
    };
    this.iterator.next().then(arrive, (error: unknown) => arrive({ error }));
  }
}

/** An object that enters the selection is added, one that leaves it is deleted; outside of it nothing is seen. */
function asSeen<T extends KubeObject>(event: StoreEvent, matcher: Matcher<T>): WatchEvent<T> | undefined {
  const before = event.previous !== undefined && (!matcher || matcher(storedOf<T>(event.previous)));
  const after = event.type === "put" && (!matcher || matcher(storedOf<T>(event.entry)));
  if (event.type === "put" && after) {
    return { type: before ? "MODIFIED" : "ADDED", stored: storedOf(event.entry) };
  }
  return before ? { type: "DELETED", stored: lastState(event) } : undefined;
}
