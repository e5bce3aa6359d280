/**
 * Many watches over one connection: `/watches?path=…&path=…` of the page's server. Watches that are opened within a
 * moment share one request. Too many requests are too many connections: then all are dropped, and whoever wants its
 * watch again opens it again, together with the others.
 */
import { type Status, StatusError } from "../../base/errors.ts";
import type { Response, ResponseBody } from "../../client/http/response.ts";
import { lines } from "../../client/http/watch.ts";
import { bodyOf } from "./fetch-body.ts";

/** What is below. */
interface Wire {
  /** @param query `?path=…&path=…`. Rejects when there is no answer, and for any answer that is a failure. */
  open(query: string, signal: AbortSignal): Promise<globalThis.Response>;
  /** A watch failed, or never began. */
  ended(why: Status): void;
  after(ms: number, fn: () => void): unknown;
}

/** A line of the server's answer that hands over one of a watch's: it is in there as it came. */
const eventLine = /^\{"watch":(\d+),"event":/;

/** Any other line: a watch ended. */
interface EndLine {
  readonly watch: number;
  readonly end: { readonly code: number; readonly status?: Status };
}

interface Waiting {
  readonly path: string;
  readonly queue: EventQueue;
}

/** Milliseconds. As long as the first back-off of a reflector, so that those that were dropped come back together. */
const gather = 100;
const mostRequests = 2;

export class WatchStreams {
  readonly #wire: Wire;
  readonly #requests = new Set<AbortController>();
  #waiting: Waiting[] = [];

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /**
   * @param path of the API, with `watch=true`
   * @returns an answer as the API's own; a watch that never began fails when it is read
   */
  open(path: string, signal: AbortSignal | undefined): Response {
    const queue = new EventQueue();
    signal?.addEventListener("abort", () => queue.fail(new Error("the watch was closed")), { once: true });
    this.#waiting.push({ path, queue });
    if (this.#waiting.length === 1) this.#wire.after(gather, () => void this.#request());
    return { status: 200, body: queue.body };
  }

  /** Ends all watches: each fails, and whoever wants it opens it again. */
  drop(): void {
    for (const request of this.#requests) request.abort();
  }

  async #request(): Promise<void> {
    const watches = this.#waiting.filter(({ queue }) => !queue.closed);
    this.#waiting = [];
    if (watches.length === 0) return;
    if (this.#requests.size >= mostRequests) this.drop();
    const abort = new AbortController();
    this.#requests.add(abort);
    let left = watches.length;
    for (const { queue } of watches) {
      // Nobody listens any more: the connection is free again.
      queue.onClose = () => --left === 0 && abort.abort();
    }
    const query = watches.map(({ path }) => `path=${encodeURIComponent(path)}`).join("&");
    let why: unknown = new Error("the connection broke off");
    try {
      const response = await this.#wire.open(`?${query}`, abort.signal);
      for await (const text of lines(bodyOf(response))) {
        if (!text) continue;
        const event = eventLine.exec(text);
        if (event) watches[Number(event[1])]?.queue.push(text.slice(event[0].length, -1));
        else {
          const { watch, end } = JSON.parse(text) as EndLine;
          if (end.status) {
            this.#wire.ended(end.status);
            watches[watch]?.queue.fail(StatusError.from(end.status));
          } else watches[watch]?.queue.end();
        }
      }
    } catch (error) {
      why = error;
    }
    this.#requests.delete(abort);
    for (const { queue } of watches) queue.fail(why);
  }
}

/** Lines for one reader. */
class EventQueue {
  #lines: string[] = [];
  #ended = false;
  #error: unknown;
  #wake = () => {};
  /** Called once, when no more is wanted or will come. */
  onClose = () => {};

  get closed(): boolean {
    return this.#ended;
  }

  push(line: string): void {
    if (this.#ended) return;
    this.#lines.push(line);
    this.#wake();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onClose();
    this.#wake();
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#error = error;
    this.end();
  }

  readonly body: ResponseBody = {
    [Symbol.asyncIterator]: () => this.#read(),
    destroy: () => this.end(),
    on: () => {},
  };

  async *#read(): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder();
    for (;;) {
      if (this.#lines.length > 0) {
        const text = `${this.#lines.join("\n")}\n`;
        this.#lines = [];
        yield encoder.encode(text);
      } else if (this.#error !== undefined) throw this.#error;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
