import type { Clock } from "../../base/clock.ts";
import type { Entry, Store } from "../store.ts";
import { createEngine } from "./engine.ts";
import { History } from "./history.ts";

/** What a store holds at one revision: what `list("")` gives. */
export interface StoreSnapshot {
  readonly entries: readonly Entry[];
  readonly revision: number;
}

/** A store that lives as long as the process: for tests and throw-away clusters. */
export const createMemoryStore = (): Store => createEngine();

/** A memory store that can be made slow, and that can start as a copy of another one. */
export interface SlowableStore extends Store {
  /** How long a commit takes from now on to become visible, in milliseconds of the clock; those of one turn share it. */
  setLatency(ms: number): void;
  latency(): number;
}

/** @param from entries are shared with the store they come from; history from before is compacted away */
export function createSlowableStore(clock: Clock, from?: StoreSnapshot): SlowableStore {
  let latency = 0;
  const history = from ? new History(from.revision, from.revision) : new History();
  for (const entry of from?.entries ?? []) history.restore(entry);
  const store = createEngine(
    {
      write: () => clock.sleep(latency),
      compact: async () => {},
      instant: () => latency === 0,
      needsNoBytes: true,
      recoverable: () => true,
      close: async () => {},
    },
    history,
  );
  return {
    ...store,
    setLatency(ms) {
      latency = ms;
    },
    latency: () => latency,
  };
}
