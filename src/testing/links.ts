/**
 * What stands between the components of a cluster and its API server: every call of theirs passes here, so here is
 * where the network is cut, where watches lag and where writes conflict.
 */
import { apiVersionOf, type KindRef, type KubeObject } from "../api/kind.ts";
import type { Clock } from "../base/clock.ts";
import { objectModified } from "../base/errors.ts";
import { batchesOf, eachOf } from "../client/batches.ts";
import type { Client, ObjectEvent, ObjectWatch } from "../client/client.ts";

/** Who has a link. */
export interface LinkOwner {
  /** `kube-controller-manager`, `kube-scheduler`, `kubelet`. */
  readonly process: string;
  /** The controller in the process, or the kubelet's node. Absent: what the whole process shares. */
  readonly part?: () => string;
}

/** Which calls a disturbance is about. What is absent does not restrict. */
export interface LinkSelector {
  /** A process, or a controller or node within one: `kube-scheduler`, `deployment`, `node-1`. */
  readonly component?: string;
  readonly kind?: KindRef;
}

/** What may be wrong with links; each is asked anew for every call and event. */
export interface Disturbances {
  /** No call arrives and no watch brings anything. */
  cut(owner: LinkOwner): boolean;
  /** How late events come, in milliseconds. */
  watchDelay(owner: LinkOwner, kind: KindRef): number;
  /** No watch can be opened. */
  watchesDown(owner: LinkOwner, kind: KindRef): boolean;
  /** Is this write to be answered with a conflict? Asking counts as one. */
  conflict(owner: LinkOwner, kind: KindRef): boolean;
  /** A write has been made. */
  wrote(owner: LinkOwner): void;
}

export interface Links {
  /** The client, as the component has it. */
  through(client: Client, owner: LinkOwner): Client;
  /** Breaks the open watches off. */
  breakWatches(which: (owner: LinkOwner, kind: KindRef) => boolean): void;
  /** Has watches that wait for a delay look again how long it is. */
  delaysChanged(): void;
}

export const selects = ({ component, kind }: LinkSelector, owner: LinkOwner, about: KindRef): boolean =>
  (component === undefined || component === owner.process || component === owner.part?.()) &&
  (kind === undefined || (kind.plural === about.plural && apiVersionOf(kind) === apiVersionOf(about)));

/** As a client sees a server that it cannot reach. */
const unreachable = () => new Error("connect ECONNREFUSED");
const broken = () => new Error("read ECONNRESET");

interface OpenWatch {
  readonly owner: LinkOwner;
  readonly kind: KindRef;
  break(): void;
  /** Ends the wait for a late event, if there is one. */
  wake(): void;
}

export function createLinks(clock: Clock, disturbances: Disturbances): Links {
  const open = new Set<OpenWatch>();
  return {
    breakWatches(which) {
      for (const watch of [...open]) if (which(watch.owner, watch.kind)) watch.break();
    },
    delaysChanged() {
      for (const watch of [...open]) watch.wake();
    },
    through(client, owner) {
      const reach = () => {
        if (disturbances.cut(owner)) throw unreachable();
      };
      const write = async <R>(make: () => Promise<R>): Promise<R> => {
        reach();
        const result = await make();
        disturbances.wrote(owner);
        return result;
      };
      const change = <R>(kind: KindRef, name: string, make: () => Promise<R>): Promise<R> =>
        write(() => {
          if (disturbances.conflict(owner, kind))
            throw objectModified({ group: kind.group, resource: kind.plural }, name);
          return make();
        });
      return {
        async get(kind, key) {
          reach();
          return client.get(kind, key);
        },
        async list(kind, query) {
          reach();
          return client.list(kind, query);
        },
        async watch(kind, query) {
          reach();
          if (disturbances.watchesDown(owner, kind)) throw unreachable();
          const delay = () => disturbances.watchDelay(owner, kind);
          return watchThrough(await client.watch(kind, query), clock, delay, owner, kind, open);
        },
        create: (kind, object, query) => write(() => client.create(kind, object, query)),
        update: (kind, object, query) =>
          change(kind, object.metadata?.name ?? "", () => client.update(kind, object, query)),
        patch: (kind, key, patch, query) => change(kind, key.name, () => client.patch(kind, key, patch, query)),
        delete: (kind, key, query) => write(() => client.delete(kind, key, query)),
        deleteCollection: (kind, select, query) => write(() => client.deleteCollection(kind, select, query)),
        bind: (pod, node) => write(() => client.bind(pod, node)),
      };
    },
  };
}

/** What has come at one time. */
type Batch<T extends KubeObject> = readonly ObjectEvent<T>[];

/** Events pass as they come; from the first one that is late on, they wait in a queue, each until its own time. */
function watchThrough<T extends KubeObject>(
  watch: ObjectWatch<T>,
  clock: Clock,
  delay: () => number,
  owner: LinkOwner,
  kind: KindRef,
  open: Set<OpenWatch>,
): ObjectWatch<T> {
  let failure: Error | undefined;
  let closed = false;
  let nap = new AbortController();
  const end = () => {
    closed = true;
    open.delete(entry);
    nap.abort();
    watch.close();
  };
  const entry: OpenWatch = {
    owner,
    kind,
    wake: () => nap.abort(),
    break() {
      failure = broken();
      end();
    },
  };
  open.add(entry);

  async function* late(first: Batch<T>, events: AsyncIterator<Batch<T>>): AsyncGenerator<Batch<T>> {
    const queue: { batch: Batch<T>; due: number }[] = [{ batch: first, due: clock.now() + delay() }];
    let ended = false;
    let arrived = () => {};
    const pump = async () => {
      for (;;) {
        const next = await events.next();
        if (next.done) break;
        queue.push({ batch: next.value, due: clock.now() + delay() });
        arrived();
      }
    };
    void pump()
      .catch((error: Error) => {
        failure ??= error;
      })
      .finally(() => {
        ended = true;
        arrived();
      });
    while (!closed) {
      const head = queue.shift();
      if (head) {
        // A delay that is taken back lets go at once what has waited for it.
        while (!closed && clock.now() < head.due && delay() > 0) {
          nap = new AbortController();
          await clock.sleep(head.due - clock.now(), nap.signal);
        }
        if (!closed) yield head.batch;
      } else if (ended) return;
      else
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
    }
  }

  async function* batches(): AsyncGenerator<Batch<T>> {
    const events = batchesOf(watch)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await events.next();
        if (failure) throw failure;
        if (next.done) return;
        if (delay() === 0) yield next.value;
        else {
          yield* late(next.value, events);
          if (failure) throw failure;
          if (closed) return;
        }
      }
    } finally {
      end();
    }
  }

  return { close: end, batches, [Symbol.asyncIterator]: () => eachOf(batches()) };
}
