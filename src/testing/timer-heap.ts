/** Timers that wait, soonest first; of those due at one moment, the one that was set first. */
export interface Timer {
  /** When it is due, in milliseconds since the epoch. */
  readonly at: number;
  /** Counts the timers of a heap: no two have the same. */
  readonly order: number;
  readonly fire: () => void;
  /** Where it is in its heap; negative: in none any more. */
  index: number;
}

/** A binary heap: with tens of thousands of timers, setting one or taking one back looks at a few of them. */
export class TimerHeap {
  readonly #timers: Timer[] = [];
  #order = 0;

  get size(): number {
    return this.#timers.length;
  }

  /** The one that is due next. */
  get soonest(): Timer | undefined {
    return this.#timers[0];
  }

  add(at: number, fire: () => void): Timer {
    const timer: Timer = { at, order: this.#order++, fire, index: this.#timers.length };
    this.#timers.push(timer);
    this.#rise(timer);
    return timer;
  }

  /** Takes it out; does nothing when it is out already. */
  remove(timer: Timer): void {
    const { index } = timer;
    if (index < 0) return;
    timer.index = -1;
    const last = this.#timers.pop() as Timer;
    if (last === timer) return;
    this.#put(last, index);
    this.#rise(last);
    this.#sink(last);
  }

  #put(timer: Timer, index: number): void {
    this.#timers[index] = timer;
    timer.index = index;
  }

  #rise(timer: Timer): void {
    let { index } = timer;
    while (index > 0) {
      const above = this.#timers[(index - 1) >> 1] as Timer;
      if (!before(timer, above)) break;
      this.#put(above, index);
      index = (index - 1) >> 1;
    }
    this.#put(timer, index);
  }

  #sink(timer: Timer): void {
    let { index } = timer;
    for (;;) {
      const [left, right] = [this.#timers[2 * index + 1], this.#timers[2 * index + 2]];
      const below = right && before(right, left as Timer) ? right : left;
      if (!below || !before(below, timer)) break;
      const next = below.index;
      this.#put(below, index);
      index = next;
    }
    this.#put(timer, index);
  }
}

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
