/** The slices that one controller keeps: found by their Service, written, and followed. */
import type { EndpointSlice } from "../../api/generated/types.ts";
import type { Cancel, Clock } from "../../base/clock.ts";
import { isNamespaceTerminating, isNotFound } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { KeyQueue } from "../../client/controller-loop.ts";
import type { Informer } from "../../client/informer.ts";
import { endpointSlices } from "../../client/kinds.ts";
import { WrittenObjects } from "../written-objects.ts";
import { managedByLabel, serviceNameLabel } from "./slice.ts";

export interface OwnedSlicesOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly slices: Informer<EndpointSlice>;
  /** The value of the managed-by label that makes a slice this controller's. */
  readonly managedBy: string;
}

/** What is to be written of one Service's slices. */
export interface SliceChanges {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly delete: readonly EndpointSlice[];
}

/** Keys are those of Services. */
export class OwnedSlices {
  readonly #options: OwnedSlicesOptions;
  readonly #index: string;
  readonly #written = new WrittenObjects();

  constructor(options: OwnedSlicesOptions) {
    this.#options = options;
    this.#index = `service of ${options.managedBy}`;
    options.slices.addIndex(this.#index, (slice) => this.#keysOf(slice));
  }

  /** In the cache. */
  of(key: string): readonly EndpointSlice[] {
    return this.#options.slices.byIndex(this.#index, key);
  }

  /** Does the cache lack something that was written? To plan on it would do the same things twice. */
  isStale(key: string): boolean {
    return this.#written.isStale(key, this.of(key), this.#options.clock.now());
  }

  forget(key: string): void {
    this.#written.forget(key);
  }

  /** Creations first, deletions last; in a namespace that is being deleted nothing after a creation is done. */
  async write(key: string, changes: SliceChanges): Promise<void> {
    const { client } = this.#options;
    try {
      for (const slice of changes.create) this.#written.wrote(key, await client.create(endpointSlices, slice));
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      throw error;
    }
    for (const slice of changes.update) this.#written.wrote(key, await client.update(endpointSlices, slice));
    for (const slice of changes.delete) await this.#remove(key, slice);
  }

  async #remove(key: string, slice: EndpointSlice): Promise<void> {
    const { namespace = "", name = "", uid } = slice.metadata ?? {};
    this.#written.deleted(key, slice);
    try {
      await this.#options.client.delete(endpointSlices, { namespace, name }, { preconditions: { uid } });
    } catch (error) {
      if (isNotFound(error)) return;
      this.#written.vanished(key, slice);
      throw error;
    }
  }

  /** Puts the Service of every slice that changes into the queue. */
  watch(queue: KeyQueue): Cancel {
    const wake = (slice: EndpointSlice) => {
      for (const key of this.#keysOf(slice)) queue.add(key);
    };
    return this.#options.slices.addHandlers({
      onAdd: wake,
      onUpdate(next, previous) {
        wake(previous);
        wake(next);
      },
      onDelete: (slice) => {
        for (const key of this.#keysOf(slice)) this.#written.vanished(key, slice);
        wake(slice);
      },
    });
  }

  #keysOf({ metadata }: EndpointSlice): readonly string[] {
    const name = metadata?.labels?.[serviceNameLabel];
    return name && metadata?.labels?.[managedByLabel] === this.#options.managedBy
      ? [`${metadata.namespace}/${name}`]
      : [];
  }
}
