/**
 * Aligns text whose cells end in a tab, as Go's `text/tabwriter` does with spaces for padding. A column is a run of
 * neighbouring lines that have a cell ending in a tab at that place; what stands behind a line's last tab is no cell and widens
 * nothing. So two blocks with a line without tabs between them are aligned apart.
 */
export interface TabOptions {
  /** The least width of a column, padding included. */
  readonly minWidth: number;
  readonly padding: number;
  /** Widths of columns so far, which later text must not fall below; they are updated. For tables that come in parts. */
  readonly remembered?: number[];
}

/** Width in runes, as tabwriter counts. */
const width = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

export function tabulate(text: string, options: TabOptions): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const widths: number[][] = lines.map(() => []);
  measure(lines, widths, 0, lines.length, 0, options);
  return lines.map((cells, i) => formatLine(cells, widths[i] ?? [])).join("\n");
}

/** Finds the columns number `column` within lines `from` to `to`, and within each of them the columns to its right. */
function measure(
  lines: readonly (readonly string[])[],
  widths: number[][],
  from: number,
  to: number,
  column: number,
  options: TabOptions,
): void {
  const hasCell = (i: number) => (lines[i]?.length ?? 0) > column + 1;
  for (let start = from; start < to; start++) {
    if (!hasCell(start)) continue;
    let end = start;
    let widest = Math.max(options.minWidth, options.remembered?.[column] ?? 0);
    for (; end < to && hasCell(end); end++) {
      const cell = width(lines[end]?.[column] ?? "");
      widest = Math.max(widest, cell + options.padding);
    }
    if (options.remembered) options.remembered[column] = widest;
    for (let i = start; i < end; i++) (widths[i] as number[])[column] = widest;
    measure(lines, widths, start, end, column + 1, options);
    start = end;
  }
}

function formatLine(cells: readonly string[], widths: readonly number[]): string {
  let out = "";
  cells.forEach((cell, i) => {
    out += cell;
    if (i < cells.length - 1) out += " ".repeat(Math.max(0, (widths[i] ?? 0) - width(cell)));
  });
  return out;
}
