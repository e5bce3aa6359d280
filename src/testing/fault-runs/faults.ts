/** The faults, as data, and what each does to the acting controller's client. */
import type { KindRef, KubeObject } from "../../api/kind.ts";
import type { Clock } from "../../base/clock.ts";
import { expired } from "../../base/errors.ts";
import type { Client, ObjectEvent, ObjectWatch, WriteQuery } from "../../client/client.ts";

/**
 * What happens to the acting controller. Its writes and the events of all its watches are numbered from 1 in the order
 * in which they happen; up to the fault, a run is the same as the undisturbed one.
 */
export type Fault =
  | { readonly fault: "none" }
  /** It is killed when the write has been made, before it learns of it, and started anew after `down` milliseconds. */
  | { readonly fault: "crash"; readonly write: number; readonly down: number }
  /** It is killed after every single write. */
  | { readonly fault: "crash after every write" }
  /**
   * As `crash`; and lists that accept any version answer with what was there before the last `depth` writes, as a
   * server that lags behind may; watches stand still for `ms`.
   */
  | { readonly fault: "stale"; readonly write: number; readonly depth: number; readonly ms: number }
  /** The event, and with it what comes after it on the same watch, is held back. Without a number: every event is. */
  | { readonly fault: "delay"; readonly event?: number; readonly ms: number }
  /** The watch breaks before the event; what happens within `ms` is never heard of; then everything is listed anew. */
  | { readonly fault: "drop"; readonly event: number; readonly ms: number }
  /** From the event on all watches stand still together: the controller goes on with an old snapshot. */
  | { readonly fault: "freeze"; readonly event: number; readonly ms: number };

export const textOf = ({ fault, ...rest }: Fault): string =>
  [fault, ...Object.entries(rest).map(([key, value]) => `${key}=${value}`)].join(" ");

/** A write that the server has accepted: `create pods`, `update deployments/status`, … */
export type Write = string;

export interface Interception {
  readonly client: Client;
  readonly clock: Clock;
  readonly fault: Fault;
  /** The newest revision of the store that anyone has heard of. */
  revision(): string;
  /**
   * Told of each accepted write of the acting controller.
   * @param before the revision when it began
   * @returns whether the controller dies of it
   */
  written(write: Write, before: string): boolean;
  /** Has it tried to write so often that it will never come to rest? Asked before each write. */
  hasRunWild(): boolean;
  /** The number of the watch event that comes now. */
  nextEvent(): number;
  /** Until when all watches stand still, in milliseconds since the epoch. */
  stillUntil(): number;
  freeze(until: number): void;
  /** The revision as of which lists that accept any version are answered; undefined for the newest. */
  readonly listAt: string | undefined;
}

/** The client of one life of the acting controller. A dead one's calls never return, and do nothing. */
export function intercepted(seam: Interception): { client: Client; kill(): void; isDead(): boolean } {
  const { client, clock, fault } = seam;
  let dead = false;
  const never = () => new Promise<never>(() => {});
  const read = <R>(call: () => Promise<R>): Promise<R> => (dead ? never() : call());

  /** One after the other, so that a crash falls between any two, those of a concurrent batch too. */
  let last: Promise<unknown> = Promise.resolve();
  const write = <R>(verb: string, kind: KindRef, query: WriteQuery | undefined, make: () => Promise<R>): Promise<R> => {
    const made = last.then(async () => {
      if (dead || seam.hasRunWild()) return never();
      const before = seam.revision();
      const result = await make();
      const subresource = query?.subresource ? `/${query.subresource}` : "";
      return seam.written(`${verb} ${kind.plural}${subresource}`, before) ? never() : result;
    });
    last = made.catch(() => {});
    return made;
  };

  const disturbed = <T extends KubeObject>(watch: ObjectWatch<T>): ObjectWatch<T> => ({
    close: () => watch.close(),
    async *[Symbol.asyncIterator](): AsyncGenerator<ObjectEvent<T>> {
      for await (const event of fault.fault === "delay" && !fault.event ? late(watch, clock, fault.ms) : watch) {
        if (event.type !== "BOOKMARK" && !dead) {
          const number = seam.nextEvent();
          const isHit = "event" in fault && fault.event === number;
          if (fault.fault === "delay" && isHit) await clock.sleep(fault.ms);
          if (fault.fault === "drop" && isHit) {
            watch.close();
            await clock.sleep(fault.ms);
            throw expired("too old resource version");
          }
          if (fault.fault === "freeze" && isHit) seam.freeze(clock.now() + fault.ms);
        }
        while (clock.now() < seam.stillUntil()) await clock.sleep(seam.stillUntil() - clock.now());
        yield event;
      }
    },
  });

  return {
    kill() {
      dead = true;
    },
    isDead: () => dead,
    client: {
      get: (kind, key) => read(() => client.get(kind, key)),
      list: (kind, query) => {
        const old = query?.resourceVersion === "0" && seam.listAt !== undefined;
        return read(() => client.list(kind, old ? { ...query, resourceVersion: seam.listAt, limit: 1000 } : query));
      },
      watch: (kind, query) => read(async () => disturbed(await client.watch(kind, query))),
      create: (kind, object, query) => write("create", kind, query, () => client.create(kind, object, query)),
      update: (kind, object, query) => write("update", kind, query, () => client.update(kind, object, query)),
      patch: (kind, key, body, query) => write("patch", kind, query, () => client.patch(kind, key, body, query)),
      delete: (kind, key, query) => write("delete", kind, undefined, () => client.delete(kind, key, query)),
      deleteCollection: (kind, select, query) =>
        write("deletecollection", kind, undefined, () => client.deleteCollection(kind, select, query)),
      bind: never,
    },
  };
}

/** Everything comes `ms` milliseconds after it has happened. */
async function* late<T>(source: AsyncIterable<T>, clock: Clock, ms: number): AsyncGenerator<T> {
  const waiting: { readonly item: T; readonly due: number }[] = [];
  let ended = false;
  let wake = () => {};
  const pump = async () => {
    try {
      for await (const item of source) {
        waiting.push({ item, due: clock.now() + ms });
        wake();
      }
    } finally {
      ended = true;
      wake();
    }
  };
  const pumped = pump();
  while (!ended || waiting.length > 0) {
    const next = waiting.shift();
    if (next) {
      if (next.due > clock.now()) await clock.sleep(next.due - clock.now());
      yield next.item;
    } else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
  await pumped;
}
