/** What differs between two texts, line by line. Pure. */
export interface DiffLine {
  readonly is: "same" | "added" | "removed";
  readonly text: string;
}

/** Beyond that many pairs of lines, what lies between the common beginning and end counts as replaced. */
const mostPairs = 4_000_000;

/** The shortest edit that makes `next` of `previous` (longest common subsequence). */
export function diffLines(previous: string, next: string): DiffLine[] {
  const [a, b] = [previous.split("\n"), next.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const same = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ is: "same", text }));
  return [
    ...same(a.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...same(a.slice(a.length - tail)),
  ];
}

function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ is: "removed", text });
  const added = (text: string): DiffLine => ({ is: "added", text });
  if (a.length * b.length > mostPairs) return [...a.map(removed), ...b.map(added)];
  const width = b.length + 1;
  // common[i * width + j]: how many lines a from i and b from j have in common, in order.
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] as number;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const out: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ is: "same", text: a[i] as string });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) out.push(removed(a[i++] as string));
    else out.push(added(b[j++] as string));
  }
  return out;
}

/** What is put in the place of a part of a text. */
export interface TextEdit {
  /** Of the text before all edits. */
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** What makes `next` of `previous`, line by line and in order: whoever stands in a line that stays, stays there. */
export function editsOf(previous: string, next: string): TextEdit[] {
  if (previous === next) return [];
  // A last line without an end of its own is no line like the others.
  if (!previous.endsWith("\n") || !next.endsWith("\n")) return [{ from: 0, to: previous.length, insert: next }];
  const edits: TextEdit[] = [];
  let at = 0;
  // What follows the last line break is no line, though it looks like an empty one.
  for (const { is, text } of diffLines(previous.slice(0, -1), next.slice(0, -1))) {
    const length = text.length + 1;
    const last = edits.at(-1);
    const begun = last?.to === at ? last : undefined;
    if (is !== "same") {
      const { from, to, insert } = begun ?? { from: at, to: at, insert: "" };
      if (begun) edits.pop();
      edits.push(is === "removed" ? { from, to: to + length, insert } : { from, to, insert: `${insert}${text}\n` });
    }
    if (is !== "added") at += length;
  }
  return edits;
}

/** A stretch of lines that is shown, or the number of equal ones that are left out. */
export type DiffPart = { readonly lines: readonly DiffLine[] } | { readonly left: number };

/** Leaves out what is equal and more than `context` lines away from what is not. */
export function partsOf(lines: readonly DiffLine[], context = 3): DiffPart[] {
  const near = lines.map((_, i) =>
    lines.slice(Math.max(0, i - context), i + context + 1).some(({ is }) => is !== "same"),
  );
  const parts: DiffPart[] = [];
  for (let i = 0; i < lines.length; ) {
    let end = i;
    while (end < lines.length && near[end] === near[i]) end++;
    parts.push(near[i] ? { lines: lines.slice(i, end) } : { left: end - i });
    i = end;
  }
  return parts;
}
