/**
 * The visible state of an embedded store: what is current, and every event since the compacted revision. Older
 * revisions are read by looking at what each later event replaced, so history costs one event per write and no index.
 */
import { CompactedError, type Entry, FutureRevisionError, type ListResult, type StoreEvent } from "../store.ts";
import { SortedKeys } from "./sorted-keys.ts";

export class History {
  private readonly current = new Map<string, Entry>();
  private readonly keys = new SortedKeys();
  /** `events[i].revision === base + i + 1`. */
  private events: StoreEvent[] = [];
  private base: number;
  /** The oldest revision that can be read. */
  compacted: number;

  constructor(revision = 1, compacted = 0) {
    this.base = revision;
    this.compacted = compacted;
  }

  get revision(): number {
    return this.base + this.events.length;
  }

  /** Takes in an entry from before all events: the state that a reopened store starts from. */
  restore(entry: Entry): void {
    this.current.set(entry.key, entry);
    this.keys.add(entry.key);
  }

  get(key: string): Entry | undefined {
    return this.current.get(key);
  }

  apply(event: StoreEvent): void {
    this.events.push(event);
    if (event.type === "put") {
      const { key } = event.entry;
      this.current.set(key, event.entry);
      if (!event.previous) this.keys.add(key);
    } else {
      this.current.delete(event.key);
      this.keys.delete(event.key);
    }
  }

  getAt(key: string, revision: number): Entry | undefined {
    this.check(revision);
    for (let i = revision - this.base; i < this.events.length; i++) {
      const event = this.events[i];
      if (event && keyOfEvent(event) === key) return event.previous;
    }
    return this.current.get(key);
  }

  list(prefix: string, from: string, limit: number): ListResult {
    const entries: Entry[] = [];
    let remaining = 0;
    for (const key of this.keys.range(prefix, from)) {
      if (entries.length === limit) {
        remaining = this.keys.count(prefix, key);
        break;
      }
      entries.push(this.current.get(key) as Entry);
    }
    return { entries, revision: this.revision, remaining };
  }

  listAt(prefix: string, from: string, limit: number, revision: number): ListResult {
    this.check(revision);
    /** What each key touched since then was before its first change. */
    const before = new Map<string, Entry | undefined>();
    for (let i = revision - this.base; i < this.events.length; i++) {
      const event = this.events[i];
      if (!event) continue;
      const key = keyOfEvent(event);
      if (key.startsWith(prefix) && !before.has(key)) before.set(key, event.previous);
    }
    const changed = [...before.keys()].filter((key) => key >= from).sort();
    const entries: Entry[] = [];
    let next = 0;
    /** Changed keys below `key`, which the current state may not have any more. */
    const takeChanged = (key: string | undefined) => {
      for (; next < changed.length && entries.length <= limit; next++) {
        const k = changed[next] as string;
        if (key !== undefined && k >= key) return;
        const entry = before.get(k);
        if (entry) entries.push(entry);
      }
    };
    for (const key of this.keys.range(prefix, from)) {
      takeChanged(key);
      if (entries.length > limit) break;
      if (!before.has(key)) entries.push(this.current.get(key) as Entry);
    }
    takeChanged(undefined);
    const after = entries.length > limit ? entries[limit] : undefined;
    if (!after) return { entries, revision, remaining: 0 };
    let remaining = this.keys.count(prefix, after.key);
    for (const key of changed) {
      if (key >= after.key) remaining += (before.get(key) ? 1 : 0) - (this.current.has(key) ? 1 : 0);
    }
    return { entries: entries.slice(0, limit), revision, remaining };
  }

  count(prefix: string): number {
    return this.keys.count(prefix);
  }

  /** The event of a revision that is not compacted. */
  eventAt(revision: number): StoreEvent {
    return this.events[revision - this.base - 1] as StoreEvent;
  }

  /** Forgets the events up to `revision` and returns them. */
  compact(revision: number): readonly StoreEvent[] {
    if (revision <= this.compacted) return [];
    this.compacted = revision;
    const dropped = this.events.splice(0, Math.max(0, revision - this.base));
    this.base += dropped.length;
    return dropped;
  }

  check(revision: number): void {
    if (revision < this.compacted) throw new CompactedError(this.compacted);
    if (revision > this.revision) throw new FutureRevisionError(revision, this.revision);
  }
}

export const keyOfEvent = (event: StoreEvent): string => (event.type === "put" ? event.entry.key : event.key);
