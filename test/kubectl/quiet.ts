/** Work that goes on side by side, and work for which everything else stands still. */
export interface Quiet {
  beside<T>(work: () => Promise<T>): Promise<T>;
  /** Begins when all that goes on beside has ended; what comes after waits. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export function createQuiet(): Quiet {
  const going = new Set<Promise<unknown>>();
  let aloneEnds = Promise.resolve();
  return {
    async beside(work) {
      for (let ends: unknown; ends !== aloneEnds; ) {
        ends = aloneEnds;
        await aloneEnds;
      }
      const done = work();
      going.add(done);
      try {
        return await done;
      } finally {
        going.delete(done);
      }
    },
    async alone(work) {
      const before = aloneEnds;
      let end = () => {};
      aloneEnds = new Promise((resolve) => {
        end = resolve;
      });
      await before;
      await Promise.allSettled(going);
      try {
        return await work();
      } finally {
        end();
      }
    },
  };
}
