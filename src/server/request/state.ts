/** One request on its way through the server. */
import type { Logger } from "../../base/logger.ts";
import type { RequestContext, UserInfo } from "../../registry/registry.ts";
import type { Exchange } from "../transport/exchange.ts";
import type { Query } from "./query.ts";

export class RequestState implements RequestContext {
  readonly exchange: Exchange;
  readonly query: Query;
  readonly auditId: string;
  readonly logger: Logger;
  readonly warnings: string[] = [];
  /** Known once authenticated. */
  user: UserInfo;
  #abort: AbortController | undefined;
  #aborted = false;

  constructor(exchange: Exchange, query: Query, auditId: string, logger: Logger, user: UserInfo) {
    this.exchange = exchange;
    this.query = query;
    this.auditId = auditId;
    this.logger = logger;
    this.user = user;
  }

  readonly warn = (text: string): void => {
    this.warnings.push(text);
  };

  /** Aborts when the client is gone or the time is up. Made only for who asks. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      const controller = new AbortController();
      this.#abort = controller;
      if (this.#aborted || this.exchange.closed) controller.abort();
      else this.exchange.onClose(() => controller.abort());
    }
    return this.#abort.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#abort?.abort();
  }
}
