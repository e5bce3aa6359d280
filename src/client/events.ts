/**
 * Events that people read in `kubectl describe`. Recording is best effort: it never throws, never blocks the caller,
 * and gives up on what the server refuses.
 */
import type { CoreEvent, ObjectReference } from "../api/generated/types.ts";
import { apiVersionOf, type KubeObject } from "../api/kind.ts";
import { type Clock, formatTime } from "../base/clock.ts";
import { isAlreadyExists, isNotFound, StatusError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { calmTurn, nextTurn } from "../base/turn.ts";
import type { Client } from "./client.ts";
import { EventCorrelator, type Occurrence, type RecordedEvent } from "./event-correlator.ts";
import { continued, firstOf, isSeriesEvent, RunningSeries, type SeriesEvent } from "./event-series.ts";
import { events as eventKind } from "./kinds.ts";

/** Who says something. */
interface EventSource {
  /** For example `deployment-controller`. */
  readonly component: string;
  /** The node's name, for node agents. */
  readonly host?: string;
  /** Which process of the component it is: what it says is written in the new form, as upstream's scheduler does. */
  readonly instance?: string;
}

/** What an Event of the new form is about besides. */
export interface Doing {
  /** For example `Binding`. */
  readonly action: string;
  /** A second object. */
  readonly related?: KubeObject;
}

export interface EventRecorder {
  /**
   * @param about needs apiVersion, kind and metadata, as every object from a cache has
   * @param reason one word in CamelCase
   * @param part a part of the object, `spec.containers{web}`; or, of who has an instance, what it was doing
   */
  event(about: KubeObject, type: "Normal" | "Warning", reason: string, message: string, part?: string | Doing): void;
  /** The same recorder, speaking for another component. */
  as(source: EventSource): EventRecorder;
  /** Resolves when everything said so far is written or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: EventSource;
}

/** What waits to be written; more is dropped. */
const longestQueue = 4096;
const attempts = 12;
const retryDelay = 10_000;
/**
 * Milliseconds that what is said waits for a process that is busy. Upstream's kubelet writes 50 events a second, after a
 * burst of 100: of as many pods as a node takes, the last are written after some four seconds.
 */
const longestWait = { Normal: 5_000, Warning: 1_000 };

export function createEventRecorder({ client, clock, logger, source }: EventRecorderOptions): EventRecorder {
  const correlator = new EventCorrelator();
  const series = new RunningSeries();
  const queue: { occurrence: Occurrence; at: number }[] = [];
  /** How many of `queue` are warnings: what is before them is as urgent. */
  let warnings = 0;
  let flushing = 0;
  let draining: Promise<void> | undefined;
  let lastNanos = 0n;

  /** Rises with every call, so that no two Events of an object share a name. */
  const nextNanos = (at: number): bigint => {
    const nanos = BigInt(Math.round(at)) * 1_000_000n;
    lastNanos = nanos > lastNanos ? nanos : lastNanos + 1n;
    return lastNanos;
  };

  const create = async (o: Occurrence, message: string, at: number, seen: number): Promise<RecordedEvent> => {
    const time = formatTime(at);
    const namespace = o.about.namespace || "default";
    const event: CoreEvent = {
      apiVersion: apiVersionOf(eventKind),
      kind: eventKind.kind,
      metadata: { name: nameFor(o.about.name ?? "", nextNanos(at).toString(16)), namespace },
      involvedObject: o.about,
      reason: o.reason,
      message,
      type: o.type,
      ...(isSeriesEvent(o)
        ? firstOf(o, at)
        : {
            source: { component: o.component, ...(o.host ? { host: o.host } : {}) },
            reportingComponent: o.component,
            reportingInstance: o.host,
            firstTimestamp: time,
            lastTimestamp: time,
            count: seen,
          }),
    };
    try {
      await client.create(eventKind, event);
    } catch (error) {
      // Another recorder has spoken of the object at the same moment.
      if (isAlreadyExists(error)) return create(o, message, at, seen);
      throw error;
    }
    return { name: event.metadata.name ?? "", namespace, count: seen };
  };

  const writeSeries = async (o: SeriesEvent, at: number): Promise<void> => {
    const running = series.find(o, at);
    if (!running) return series.wrote(o, await create(o, o.message, at, 1), at);
    const count = running.count + 1;
    try {
      const key = { namespace: running.namespace, name: running.name };
      await client.patch(eventKind, key, continued(count, at), { type: "strategic" });
      series.wrote(o, { ...running, count }, at);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      series.wrote(o, await create(o, o.message, at, 1), at);
    }
  };

  const write = async (o: Occurrence, at: number): Promise<void> => {
    if (isSeriesEvent(o)) return writeSeries(o, at);
    const what = correlator.correlate(o, at);
    if (what.action === "create") return correlator.wrote(what.key, await create(o, what.message, at, 1));
    const { recorded } = what;
    const count = recorded.count + 1;
    const patch = { count, lastTimestamp: formatTime(at), message: what.message };
    try {
      const key = { namespace: recorded.namespace, name: recorded.name };
      await client.patch(eventKind, key, patch, { type: "strategic" });
      correlator.wrote(what.key, { ...recorded, count });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      correlator.wrote(what.key, await create(o, what.message, at, count));
    }
  };

  /** The server's refusals are final; a broken connection is tried again, as upstream, every ten seconds. */
  const writeWithRetries = async (o: Occurrence, at: number): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await write(o, at);
      } catch (error) {
        if (error instanceof StatusError || attempt === attempts) {
          logger.debug("event not written", { reason: o.reason, about: o.about.name, error: String(error) });
          return;
        }
        await clock.sleep(retryDelay);
      }
    }
  };

  /** Objects come before talk about them: while the process is busy, an event waits, but not for long. */
  const drain = async (): Promise<void> => {
    await nextTurn();
    for (let next = queue[0]; next; next = queue[0]) {
      const { occurrence, at } = next;
      const hasWaited = () => flushing > 0 || clock.now() - at > longestWait[warnings > 0 ? "Warning" : "Normal"];
      await calmTurn(clock, hasWaited);
      queue.shift();
      if (occurrence.type === "Warning") warnings--;
      await writeWithRetries(occurrence, at);
    }
    draining = undefined;
  };

  const recorderFor = (from: EventSource): EventRecorder => ({
    event(about, type, reason, message, part) {
      if (queue.length >= longestQueue) return;
      const { action = reason, related } = typeof part === "object" ? part : ({} as Partial<Doing>);
      const occurrence: Occurrence = {
        about: referenceTo(about, typeof part === "string" ? part : undefined),
        type,
        reason,
        message,
        component: from.component,
        host: from.host ?? "",
        ...(from.instance
          ? { series: { instance: from.instance, action, ...(related ? { related: referenceTo(related) } : {}) } }
          : {}),
      };
      const at = clock.now();
      if (!from.instance && !correlator.admits(occurrence, at)) return;
      queue.push({ occurrence, at });
      if (type === "Warning") warnings++;
      draining ??= drain();
    },
    as: recorderFor,
    async flush() {
      flushing++;
      while (draining) await draining;
      flushing--;
    },
  });
  return recorderFor(source);
}

/** The longest name that the API takes. */
const longestName = 253;

/** An Event is called after its object, as far as its name fits. */
const nameFor = (about: string, suffix: string): string =>
  `${about.slice(0, longestName - suffix.length - 1).replace(/[-.]+$/, "")}.${suffix}`;

/** The reference that an Event carries to its object. */
function referenceTo(object: KubeObject, fieldPath?: string): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  return {
    kind,
    ...(metadata?.namespace ? { namespace: metadata.namespace } : {}),
    name: metadata?.name,
    uid: metadata?.uid,
    apiVersion,
    ...(metadata?.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}),
    ...(fieldPath ? { fieldPath } : {}),
  };
}
