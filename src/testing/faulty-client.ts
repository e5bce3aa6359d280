/** Failures of the kind that a network and a crashing server bring, in a repeatable order. */
import type { KubeObject } from "../api/kind.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { Client, ObjectEvent, ObjectWatch } from "../client/client.ts";

export interface ClientFaults {
  /** Share of writes that fail without being made. */
  readonly lostWrites?: number;
  /** Share of writes that are made, but whose answer is lost. */
  readonly lostAnswers?: number;
  /** Longest time that a watch event is held back, in milliseconds. */
  readonly watchDelay?: number;
  /** Share of watch events after which the watch breaks off. */
  readonly brokenWatches?: number;
}

/** The client, failing at times. Once `heal()` is called it no longer does. */
export function faultyClient(
  client: Client,
  clock: Clock,
  random: Random,
  faults: ClientFaults,
): { client: Client; heal(): void } {
  let healed = false;
  const { lostWrites = 0, lostAnswers = 0, watchDelay = 0, brokenWatches = 0 } = faults;
  const strikes = (share: number) => !healed && random.next() < share;

  const write = async <R>(make: () => Promise<R>): Promise<R> => {
    if (strikes(lostWrites)) throw new Error("connection refused");
    const result = await make();
    if (strikes(lostAnswers)) throw new Error("connection reset");
    return result;
  };

  const disturbed = <T extends KubeObject>(watch: ObjectWatch<T>): ObjectWatch<T> => ({
    close: () => watch.close(),
    async *[Symbol.asyncIterator](): AsyncGenerator<ObjectEvent<T>> {
      for await (const event of watch) {
        if (watchDelay > 0 && !healed) await clock.sleep(random.next() * watchDelay);
        yield event;
        if (strikes(brokenWatches)) {
          watch.close();
          throw new Error("connection reset");
        }
      }
    },
  });

  return {
    heal() {
      healed = true;
    },
    client: {
      get: (kind, key) => client.get(kind, key),
      list: (kind, query) => client.list(kind, query),
      watch: async (kind, query) => disturbed(await client.watch(kind, query)),
      create: (kind, object, query) => write(() => client.create(kind, object, query)),
      update: (kind, object, query) => write(() => client.update(kind, object, query)),
      patch: (kind, key, patch, query) => write(() => client.patch(kind, key, patch, query)),
      delete: (kind, key, query) => write(() => client.delete(kind, key, query)),
      deleteCollection: (kind, select, query) => write(() => client.deleteCollection(kind, select, query)),
      bind: (pod, node) => write(() => client.bind(pod, node)),
    },
  };
}
