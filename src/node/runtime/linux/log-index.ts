import {
  appendFileSync,
  closeSync,
  existsSync,
  type FSWatcher,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
  watch,
} from "node:fs";
import type { Clock } from "../../../base/clock.ts";

/** From `offset` on, bytes of the log were written at about `time` (milliseconds since the epoch). */
export interface LogMark {
  readonly offset: number;
  readonly time: number;
}

/**
 * Remembers when a container's output was written: it goes to a file without passing the agent, so the agent watches
 * the file and notes its size. Output written while no agent runs is given the file's time at the next start.
 */
export class LogIndex {
  readonly #log: string;
  readonly #index: string;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #size: number;
  #watcher: FSWatcher | undefined;

  constructor(log: string, clock: Clock) {
    this.#log = log;
    this.#index = `${log}.index`;
    this.#clock = clock;
    this.#size = marks(this.#index).end;
  }

  /** Starts to watch; the log file exists. */
  open(): void {
    this.#note(statSync(this.#log).mtimeMs);
    this.#watcher ??= watch(this.#log, () => this.#note(this.#clock.now()));
    this.#watcher.unref();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    if (existsSync(this.#log)) this.#note(this.#clock.now());
  }

  onGrowth(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  marks(): readonly LogMark[] {
    return marks(this.#index).all;
  }

  #note(time: number): void {
    const size = fileSize(this.#log);
    if (size <= this.#size) return;
    appendFileSync(this.#index, `${this.#size} ${Math.floor(time)} ${size}\n`);
    this.#size = size;
    for (const listener of this.#listeners) listener();
  }
}

function fileSize(path: string): number {
  try {
    const fd = openSync(path, "r");
    try {
      return fstatSync(fd).size;
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
}

function marks(path: string): { all: LogMark[]; end: number } {
  if (!existsSync(path)) return { all: [], end: 0 };
  const all: LogMark[] = [];
  let end = 0;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [offset, time, to] = line.split(" ").map(Number);
    if (offset === undefined || time === undefined || to === undefined || Number.isNaN(to)) continue;
    all.push({ offset, time });
    end = to;
  }
  return { all, end };
}

/** The mark that covers `offset`: the last one that starts at or before it. */
export function markAt(all: readonly LogMark[], offset: number): LogMark | undefined {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle] as LogMark).offset <= offset) low = middle + 1;
    else high = middle;
  }
  return all[low - 1];
}
