/** The kinds that the page watches, each in the scope that is looked at. */
import { computed, type Signal, signal } from "@preact/signals";
import type { KindRef, KubeObject } from "../../api/kind.ts";
import { type Clock, systemClock, systemRandom } from "../../base/clock.ts";
import { silentLogger } from "../../base/logger.ts";
import { byController, createInformerFactory } from "../../client/informer.ts";
import type { IndexFunction, InformerFactory } from "../../client/informer-contract.ts";
import { endpointSlices, events, pods } from "../../client/kinds.ts";
import { client } from "../connection/api.ts";
import { serviceNameLabel } from "../model/backends.ts";
import { type Access, createLive, type Live, observingClient } from "./live.ts";

/** The namespace that is looked at; empty: all of them. Changing it ends the watches of the old one. */
export const scope = signal("default");

/** Bucket by UID of the controlling owner. */
export const controllerBucket = "controller";
/** Bucket of Events by the UID of what they are about. */
export const subjectBucket = "subject";
/** Bucket of EndpointSlices by `namespace/name` of their Service. */
export const serviceBucket = "service";
/** Bucket of pods by node. */
export const nodeBucket = "node";

let wake = new AbortController();

/** Ends every back-off: what waits to try again tries now. */
export function tryNow(): void {
  wake.abort();
  wake = new AbortController();
}

/** The clock of back-offs, which {@link tryNow} cuts short. */
const impatientClock: Clock = {
  ...systemClock,
  sleep: (ms, ended) => systemClock.sleep(ms, ended ? AbortSignal.any([ended, wake.signal]) : wake.signal),
};

const indexesOf = (kind: KindRef): Record<string, IndexFunction<KubeObject>> => ({
  [controllerBucket]: byController,
  ...(kind.kind === events.kind
    ? { [subjectBucket]: (e) => [(e as { involvedObject?: { uid?: string } }).involvedObject?.uid ?? ""] }
    : {}),
  ...(kind.kind === endpointSlices.kind
    ? {
        [serviceBucket]: ({ metadata }) => [`${metadata?.namespace}/${metadata?.labels?.[serviceNameLabel] ?? ""}`],
      }
    : {}),
  ...(kind.kind === pods.kind
    ? { [nodeBucket]: (p) => [(p as { spec?: { nodeName?: string } }).spec?.nodeName ?? ""] }
    : {}),
});

/** All kinds of one scope. */
class Scope {
  readonly #factory: InformerFactory;
  readonly #access = new Map<string, Signal<Access>>();
  readonly #live = new Map<string, Live<never>>();
  readonly #namespace: string;

  constructor(namespace: string) {
    this.#namespace = namespace;
    this.#factory = createInformerFactory({
      client: observingClient(client, (kind, access) => {
        this.#accessOf(kind).value = access;
      }),
      clock: impatientClock,
      random: systemRandom,
      logger: silentLogger,
    });
  }

  live<T extends KubeObject>(kind: KindRef<T>): Live<T> {
    const id = `${kind.group}/${kind.plural}`;
    const known = this.#live.get(id);
    if (known) return known as unknown as Live<T>;
    const informer = this.#factory.informer(kind, this.#namespace ? { namespace: this.#namespace } : {});
    const made = createLive(informer, this.#accessOf(kind), { indexes: indexesOf(kind) });
    this.#live.set(id, made as unknown as Live<never>);
    return made;
  }

  stop(): void {
    void this.#factory.stop();
  }

  #accessOf(kind: KindRef): Signal<Access> {
    const id = `${kind.group}/${kind.plural}`;
    let access = this.#access.get(id);
    if (!access) {
      access = signal<Access>({ state: "loading" });
      this.#access.set(id, access);
    }
    return access;
  }
}

const clusterScope = new Scope("");
let last: Scope | undefined;
const namespaceScope = computed(() => {
  last?.stop();
  last = new Scope(scope.value);
  return last;
});

/** Is there a kind among these of which nothing is known yet? Reactive. */
export const isLoading = (...kinds: readonly KindRef[]): boolean =>
  kinds.some((kind) => live(kind).access.value.state === "loading");

/** Everything of a kind in the scope that is looked at. Reactive; the first call begins the watch. */
export const live = <T extends KubeObject>(kind: KindRef<T>): Live<T> =>
  (kind.namespaced ? namespaceScope.value : clusterScope).live(kind);
