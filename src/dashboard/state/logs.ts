/**
 * Logs of several containers at once. They are asked for again and again, each from where its reading stands: a browser
 * opens six connections to a server, so a stream for each of twenty pods would leave none for the rest of the page.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Clock } from "../../base/clock.ts";
import { isNotFound } from "../../base/errors.ts";
import { type LogLine, type LogPosition, merged, newLines, parseLog } from "../model/log-lines.ts";

export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface SourcedLine extends LogLine {
  readonly id: number;
  readonly source: LogSource;
}

/** Fetches a log. @param path of the API, with its query. @throws StatusError when the server refuses */
export type FetchLog = (path: string, signal: AbortSignal) => Promise<string>;

/** Milliseconds between two looks at all logs. */
const pause = 1000;
/** Lines of each log that are taken at one look, the last ones, and lines of all logs that are kept. */
const tail = 500;
const most = 5000;

export const sourceKey = ({ namespace, pod, container }: LogSource): string => `${namespace}/${pod}/${container}`;

interface Reading {
  readonly source: LogSource;
  position?: LogPosition;
}

export class LogReader {
  readonly #fetch: FetchLog;
  readonly #clock: Clock;
  readonly #lines = signal<readonly SourcedLine[]>([]);
  readonly #problems = signal<ReadonlyMap<string, string>>(new Map());
  readonly #stopped = new AbortController();
  #readings = new Map<string, Reading>();
  #previous = false;
  #round = new AbortController();
  #lastId = 0;

  constructor(fetch: FetchLog, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
    void this.#run();
  }

  /** At most 5000, in the order of their stamps. */
  get lines(): ReadonlySignal<readonly SourcedLine[]> {
    return this.#lines;
  }

  /** Why there is nothing of a container, by {@link sourceKey}: the server's sentence. */
  get problems(): ReadonlySignal<ReadonlyMap<string, string>> {
    return this.#problems;
  }

  /**
   * What is read from now on. Containers that were read before go on; the lines of those that are gone stay.
   * @param previous the logs of the containers' last runs; changing it begins anew
   */
  read(sources: readonly LogSource[], previous: boolean): void {
    if (previous !== this.#previous) {
      this.#readings = new Map();
      this.#lines.value = [];
      this.#problems.value = new Map();
    }
    this.#previous = previous;
    this.#readings = new Map(
      sources.map((source) => {
        const key = sourceKey(source);
        return [key, this.#readings.get(key) ?? { source }];
      }),
    );
    this.#round.abort();
  }

  stop(): void {
    this.#stopped.abort();
    this.#round.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#round = new AbortController();
      const { signal: ended } = this.#round;
      const previous = this.#previous;
      for (const reading of this.#readings.values()) {
        if (ended.aborted) break;
        await this.#look(reading, previous, ended);
      }
      if (!ended.aborted) await this.#clock.sleep(pause, ended);
    }
  }

  async #look(reading: Reading, previous: boolean, ended: AbortSignal): Promise<void> {
    // The log of a run that is over is read once.
    if (previous && reading.position) return;
    const { namespace, pod, container } = reading.source;
    const { position } = reading;
    const query = new URLSearchParams({ container, timestamps: "true", tailLines: String(tail) });
    if (previous) query.set("previous", "true");
    if (position?.stamp) query.set("sinceTime", `${position.stamp.slice(0, 19)}Z`);
    let text: string;
    try {
      text = await this.#fetch(`/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`, ended);
    } catch (error) {
      // A pod that is gone has said all that it had to say.
      const gone = position && isNotFound(error);
      if (!ended.aborted && !gone) this.#problem(reading, error instanceof Error ? error.message : String(error));
      return;
    }
    if (ended.aborted) return;
    this.#problem(reading, undefined);
    const { fresh, next } = newLines(parseLog(text, position?.stamp), position);
    reading.position = next ?? { stamp: "", count: 0 };
    if (fresh.length === 0) return;
    const lines = fresh.map((line) => ({ ...line, id: ++this.#lastId, source: reading.source }));
    this.#lines.value = merged(this.#lines.value, lines).slice(-most);
  }

  #problem({ source }: Reading, why: string | undefined): void {
    const key = sourceKey(source);
    if (this.#problems.value.get(key) === why) return;
    const all = new Map(this.#problems.value);
    if (why === undefined) all.delete(key);
    else all.set(key, why);
    this.#problems.value = all;
  }
}
