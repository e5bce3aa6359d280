/** Finds the watches that an event concerns without looking at the others. */
import type { StoreEvent, WatchTopic } from "../store.ts";
import { keyOfEvent } from "./history.ts";

/** What a watch wants to hear of. */
export interface Audience {
  readonly prefix: string;
  readonly topic: WatchTopic | undefined;
}

const none: readonly never[] = [];

interface Listener {
  readonly audience: Audience;
}

/** Those who listen to one prefix: to all of it, or to a topic. */
class Listeners<W extends Listener> {
  readonly all = new Set<W>();
  readonly byTopic = new Map<WatchTopic["topicsOf"], Map<string, Set<W>>>();

  get isEmpty(): boolean {
    return this.all.size === 0 && this.byTopic.size === 0;
  }

  add(watch: W): void {
    const { topic } = watch.audience;
    if (!topic) return void this.all.add(watch);
    const topics = getOrAdd(this.byTopic, topic.topicsOf, () => new Map<string, Set<W>>());
    getOrAdd(topics, topic.topic, () => new Set<W>()).add(watch);
  }

  delete(watch: W): void {
    const { topic } = watch.audience;
    if (!topic) return void this.all.delete(watch);
    const topics = this.byTopic.get(topic.topicsOf);
    const watches = topics?.get(topic.topic);
    watches?.delete(watch);
    if (watches?.size === 0) topics?.delete(topic.topic);
    if (topics?.size === 0) this.byTopic.delete(topic.topicsOf);
  }
}

export class WatchIndex<W extends Listener> {
  private readonly byPrefix = new Map<string, Listeners<W>>();
  /** How many prefixes there are of each length. */
  private readonly lengths = new Map<number, number>();

  add(watch: W): void {
    const { prefix } = watch.audience;
    const listeners = getOrAdd(this.byPrefix, prefix, () => {
      this.lengths.set(prefix.length, (this.lengths.get(prefix.length) ?? 0) + 1);
      return new Listeners<W>();
    });
    listeners.add(watch);
  }

  delete(watch: W): void {
    const { prefix } = watch.audience;
    const listeners = this.byPrefix.get(prefix);
    if (!listeners) return;
    listeners.delete(watch);
    if (!listeners.isEmpty) return;
    this.byPrefix.delete(prefix);
    const left = (this.lengths.get(prefix.length) ?? 0) - 1;
    if (left > 0) this.lengths.set(prefix.length, left);
    else this.lengths.delete(prefix.length);
  }

  /** Shows the watches that the event concerns; one may come twice. */
  concerned(event: StoreEvent, show: (watch: W) => void): void {
    const key = keyOfEvent(event);
    for (const length of this.lengths.keys()) {
      const listeners = length <= key.length ? this.byPrefix.get(key.slice(0, length)) : undefined;
      if (!listeners) continue;
      for (const watch of listeners.all) show(watch);
      for (const [topicsOf, topics] of listeners.byTopic)
        for (const topic of topicsOf(event)) for (const watch of topics.get(topic) ?? none) show(watch);
    }
  }
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
