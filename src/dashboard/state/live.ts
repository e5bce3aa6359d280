/**
 * What the page knows of the cluster, in one place: a list and watch per kind, begun when somebody first looks, shared
 * by all who look. Whoever reads while it renders is rendered again when what it read changed, and only then. Changes
 * come in at most once per animation frame, however many there were, and more seldom when showing them takes long.
 */
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { KindRef, KubeObject } from "../../api/kind.ts";
import { keyOf } from "../../api/kind.ts";
import { systemClock } from "../../base/clock.ts";
import type { Client } from "../../client/client.ts";
import type { IndexFunction, Informer } from "../../client/informer-contract.ts";

/**
 * May this kind be read here?
 * - `absent`: the cluster does not serve the kind
 * - `forbidden`: `why` is the server's sentence
 */
export type Access =
  | { readonly state: "loading" | "ready" | "absent" }
  | { readonly state: "forbidden"; readonly why: string };

/** One kind in one scope. All readers are reactive. Objects are frozen and shared. */
export interface Live<T extends KubeObject> {
  readonly kind: KindRef<T>;
  readonly access: ReadonlySignal<Access>;
  /** Changes with this object alone. @param key `namespace/name`, or `name` for cluster-scoped kinds */
  get(key: string): T | undefined;
  /** Changes with every object of the kind. */
  list(): readonly T[];
  /** Changes with every object in the bucket. @param index defined with {@link LiveOptions.indexes} */
  by(index: string, value: string): readonly T[];
}

export interface LiveOptions<T extends KubeObject> {
  readonly indexes: Readonly<Record<string, IndexFunction<T>>>;
}

/** Collects what changed until the next animation frame. */
const dirty = new Set<Signal<number>>();
/** A frame is asked for, or the page rests after one. */
let busy = false;
/** So many times as long as showing a change took, nothing else is shown: the reader's own keys and clicks come between. */
const restFactor = 2;
/** Milliseconds; never longer, whatever else kept the page busy: what is shown is what is so. */
const longestRest = 300;

function ask(): void {
  if (busy || dirty.size === 0) return;
  busy = true;
  requestAnimationFrame(flush);
}

function flush(): void {
  const began = systemClock.monotonic();
  batch(() => {
    for (const version of dirty) version.value = version.peek() + 1;
  });
  dirty.clear();
  // A task of its own comes after what the changes made the page render.
  systemClock.after(0, () => {
    systemClock.after(Math.min(longestRest, (systemClock.monotonic() - began) * restFactor), () => {
      busy = false;
      ask();
    });
  });
}

function touch(version: Signal<number> | undefined): void {
  if (!version) return;
  dirty.add(version);
  ask();
}

/** Counters that exist only while somebody reads them. */
class Versions {
  readonly #versions = new Map<string, Signal<number>>();

  read(key: string): void {
    let version = this.#versions.get(key);
    if (!version) {
      version = signal(0, { unwatched: () => this.#versions.delete(key) });
      this.#versions.set(key, version);
    }
    void version.value;
  }

  touch(key: string): void {
    touch(this.#versions.get(key));
  }
}

const bucketKey = (index: string, value: string) => `${index} ${value}`;

/** @param listed what came of the last list; it is `ready` a moment before the objects are there, `access` is not */
export function createLive<T extends KubeObject>(
  informer: Informer<T>,
  listed: ReadonlySignal<Access>,
  { indexes }: LiveOptions<T>,
): Live<T> {
  const keys = new Versions();
  const buckets = new Versions();
  const all = signal(0);
  const entries = Object.entries(indexes);
  for (const [name, values] of entries) informer.addIndex(name, values);

  const changed = (object: T, previous?: T) => {
    touch(all);
    keys.touch(keyOf(object));
    for (const [name, values] of entries) {
      for (const value of values(object)) buckets.touch(bucketKey(name, value));
      if (previous) for (const value of values(previous)) buckets.touch(bucketKey(name, value));
    }
  };
  informer.addHandlers({
    onAdd: (object) => changed(object),
    onUpdate: changed,
    onDelete: (object) => changed(object),
  });
  const synced = signal(informer.hasSynced);
  void informer.synced().then(() => {
    synced.value = informer.hasSynced;
  });
  const access = computed<Access>(() =>
    listed.value.state === "ready" && !synced.value ? { state: "loading" } : listed.value,
  );
  const list = computed(() => {
    void synced.value; // what is ready is there at once, and not with the next frame
    void all.value;
    return informer.list();
  });

  return {
    kind: informer.kind,
    access,
    get(key) {
      keys.read(key);
      return informer.get(key);
    },
    list: () => list.value,
    by(index, value) {
      buckets.read(bucketKey(index, value));
      return informer.byIndex(index, value);
    },
  };
}

/** A client that tells what came of listing each kind. */
export function observingClient(client: Client, seen: (kind: KindRef, access: Access) => void): Client {
  return {
    ...client,
    async list(kind, query) {
      try {
        const result = await client.list(kind, query);
        seen(kind, { state: "ready" });
        return result;
      } catch (error) {
        const { code, message } = error as { code?: unknown; message?: unknown };
        if (code === 403) seen(kind, { state: "forbidden", why: String(message) });
        else if (code === 404 || code === 405) seen(kind, { state: "absent" });
        throw error;
      }
    },
  };
}
