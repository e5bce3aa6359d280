/**
 * A sorted set of strings in blocks: insertion and removal cost one binary search and one small splice, and a range
 * is read in order without sorting.
 */
const maxBlock = 512;

export class SortedKeys {
  private blocks: string[][] = [];
  size = 0;

  add(key: string): void {
    const b = this.blockOf(key);
    const block = this.blocks[b];
    if (!block) {
      this.blocks.push([key]);
      this.size++;
      return;
    }
    const i = lowerBound(block, key);
    if (block[i] === key) return;
    block.splice(i, 0, key);
    this.size++;
    if (block.length > maxBlock) this.blocks.splice(b + 1, 0, block.splice(maxBlock / 2));
  }

  delete(key: string): void {
    const b = this.blockOf(key);
    const block = this.blocks[b];
    if (!block) return;
    const i = lowerBound(block, key);
    if (block[i] !== key) return;
    block.splice(i, 1);
    this.size--;
    if (block.length === 0) this.blocks.splice(b, 1);
  }

  /** Keys that are at least `from` and start with `prefix`, in order. */
  *range(prefix: string, from: string): Generator<string> {
    const start = from > prefix ? from : prefix;
    for (let b = this.blockOf(start); b < this.blocks.length; b++) {
      const block = this.blocks[b] as string[];
      let i = (block[0] as string) < start ? lowerBound(block, start) : 0;
      for (; i < block.length; i++) {
        const key = block[i] as string;
        if (!key.startsWith(prefix)) {
          if (key > prefix) return;
          continue;
        }
        yield key;
      }
    }
  }

  /** How many keys are at least `from` and start with `prefix`. */
  count(prefix: string, from = prefix): number {
    const start = from > prefix ? from : prefix;
    const end = successor(prefix);
    return this.rank(end) - Math.min(this.rank(start), this.rank(end));
  }

  /** How many keys are below `key`; all of them when it is undefined. */
  private rank(key: string | undefined): number {
    if (key === undefined) return this.size;
    const b = this.blockOf(key);
    let n = 0;
    for (let i = 0; i < b && i < this.blocks.length; i++) n += (this.blocks[i] as string[]).length;
    const block = this.blocks[b];
    return n + (block ? lowerBound(block, key) : 0);
  }

  /** The block that holds or would hold `key`: the last one whose first key is not above it. */
  private blockOf(key: string): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (((this.blocks[mid] as string[])[0] as string) <= key) low = mid + 1;
      else high = mid;
    }
    return Math.max(0, low - 1);
  }
}

/** The smallest string above everything that starts with `prefix`; undefined when there is none. */
function successor(prefix: string): string | undefined {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const code = prefix.charCodeAt(i);
    if (code < 0xffff) return prefix.slice(0, i) + String.fromCharCode(code + 1);
  }
  return undefined;
}

function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((sorted[mid] as string) < key) low = mid + 1;
    else high = mid;
  }
  return low;
}
