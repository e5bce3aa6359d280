/**
 * HTTP/1.1 answers that are ready at once. They leave together at the end of the turn of the event loop in which their
 * requests were read: a client with several connections is woken once for all of them, and not once for each.
 */
import type { ServerResponse } from "node:http";
import { soon } from "../../base/turn.ts";
import type { ResponseHeaders } from "./exchange.ts";

interface Answer {
  readonly response: ServerResponse;
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Uint8Array;
}

export class Outbox {
  /** Is a request being handled that has just been read? What is answered later does not wait. */
  open = false;
  #answers: Answer[] = [];

  add(answer: Answer): void {
    if (this.#answers.push(answer) === 1) soon(this.#send);
  }

  readonly #send = (): void => {
    const answers = this.#answers;
    this.#answers = [];
    for (const { response, status, headers, body } of answers) response.writeHead(status, headers).end(body);
  };
}
