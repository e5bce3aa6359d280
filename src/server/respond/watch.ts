/** A watch as a stream of newline-delimited JSON frames, made of kept bytes. */
import { apiVersionOf } from "../../api/kind.ts";
import { lengthOf } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { StatusError } from "../../base/errors.ts";
import type { Watch, WatchEvent } from "../../registry/registry.ts";
import { jsonPieces } from "../../registry/stored.ts";
import type { AnswerForm } from "../request/negotiate.ts";
import type { RequestState } from "../request/state.ts";
import type { Resource } from "../resources.ts";
import { type IncludeObject, objectMeta, partialObject, type Row, rowOf, table } from "./convert.ts";
import { shownJson } from "./encode.ts";
import { responseHeaders, statusOf } from "./respond.ts";

/** How much is gathered before it is written, and so how much a slow client holds here. */
const chunkBytes = 64 * 1024;

const heads = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
  ERROR: Buffer.from('{"type":"ERROR","object":'),
};
const tail = Buffer.from("}\n");

function bookmarkRow(resource: Resource, { revision, initialEventsEnd }: WatchEvent & { type: "BOOKMARK" }): Row {
  const object = {
    kind: resource.kind.kind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(revision),
      ...(initialEventsEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
    },
  };
  return { stored: object, shown: object };
}

/** Turns events into the objects that the client wants to see in its frames. */
function encoder(resource: Resource, form: AnswerForm, include: IncludeObject, clock: Clock) {
  const { as } = form;
  let headers = true;
  const json = (value: object): readonly Uint8Array[] => [Buffer.from(JSON.stringify(value))];
  return (event: WatchEvent): readonly Uint8Array[] => {
    if (!as && event.type !== "BOOKMARK")
      return resource.alternate ? [shownJson(resource, event.stored)] : jsonPieces(event.stored);
    const row = event.type === "BOOKMARK" ? bookmarkRow(resource, event) : rowOf(resource, event.stored);
    if (!as) return json(row.shown);
    if (as.kind !== "Table") return json(partialObject(row.shown, as.version));
    // A bookmark has no content to show in cells.
    const shape = event.type === "BOOKMARK" ? { ...resource, kind: { ...resource.kind, columns: [] } } : resource;
    const frame = table(shape, [row], objectMeta(row.shown), clock.now(), { version: as.version, include, headers });
    if (event.type !== "BOOKMARK") headers = false; // columns are told once
    return json(frame);
  };
}

export interface WatchStreamOptions {
  readonly form: AnswerForm;
  readonly include: IncludeObject;
  /** Milliseconds after which the stream ends normally. */
  readonly timeout: number;
  readonly clock: Clock;
}

/**
 * Answers with the watch until it ends, the client goes, or the time is up. Only as much is read from the watch as the
 * client takes; what it does not take in time, the store gives up on, and that ends the stream with an ERROR frame.
 */
export async function streamWatch(
  state: RequestState,
  resource: Resource,
  open: () => Promise<Watch>,
  { form, include, timeout, clock }: WatchStreamOptions,
): Promise<void> {
  const { exchange } = state;
  const encode = encoder(resource, form, include, clock);
  let watch: Watch | undefined;
  let failure: StatusError | undefined;
  try {
    watch = await open();
  } catch (error) {
    // A revision that is too old is told in the stream, as upstream does.
    if (!(error instanceof StatusError) || error.code !== 410) throw error;
    failure = error;
  }
  if (exchange.closed) return watch?.close();

  const out = exchange.start(200, responseHeaders(state, "application/json"));
  const stop = () => watch?.close();
  const cancelTimer = clock.after(timeout, stop);
  exchange.onClose(stop);
  const taken = () =>
    new Promise<void>((resolve) => {
      const done = () => {
        out.off("drain", done);
        out.off("close", done);
        resolve();
      };
      out.on("drain", done);
      out.on("close", done);
    });
  const write = async (parts: Uint8Array[]) => {
    if (!exchange.closed && !out.write(Buffer.concat(parts))) await taken();
  };

  try {
    for await (const batch of watch ?? []) {
      let parts: Uint8Array[] = [];
      let size = 0;
      for (const event of batch) {
        const pieces = encode(event);
        parts.push(heads[event.type], ...pieces, tail);
        size += lengthOf(pieces);
        if (size >= chunkBytes) {
          await write(parts);
          if (exchange.closed) return;
          parts = [];
          size = 0;
        }
      }
      if (parts.length) await write(parts);
      if (exchange.closed) return;
    }
  } catch (error) {
    failure = error instanceof StatusError ? error : StatusError.from(statusOf(error, state));
  } finally {
    cancelTimer();
    stop();
  }
  if (failure) await write([heads.ERROR, Buffer.from(JSON.stringify(failure.status)), tail]);
  out.end();
}
