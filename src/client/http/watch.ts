import type { KubeObject } from "../../api/kind.ts";
import { type Status, StatusError } from "../../base/errors.ts";
import type { ObjectEvent, ObjectWatch } from "../client.ts";
import { deepFreeze } from "./freeze.ts";
import type { Response } from "./response.ts";

interface Frame<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

/** Splits a stream into lines, without their ends. */
export async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest) yield rest;
}

/** A watch over an answer of newline-delimited frames. */
export function streamWatch<T extends KubeObject>(response: Response, abort: AbortController): ObjectWatch<T> {
  let closed = false;
  // Closing ends the body with an error, which nobody may be iterating over to see.
  response.body.on("error", () => {});
  async function* events(): AsyncGenerator<ObjectEvent<T>> {
    try {
      for await (const line of lines(response.body)) {
        if (line) yield eventOf(JSON.parse(line) as Frame<T>);
      }
    } catch (error) {
      if (!closed) throw error;
    }
  }
  return {
    [Symbol.asyncIterator]: events,
    close() {
      closed = true;
      abort.abort();
      response.body.destroy();
    },
  };
}

function eventOf<T extends KubeObject>({ type, object }: Frame<T>): ObjectEvent<T> {
  if (type === "ERROR") throw StatusError.from(object as unknown as Status);
  if (type !== "BOOKMARK") return { type, object: deepFreeze(object) };
  return {
    type,
    resourceVersion: object.metadata?.resourceVersion ?? "",
    initialEventsEnd: object.metadata?.annotations?.["k8s.io/initial-events-end"] === "true",
  };
}
