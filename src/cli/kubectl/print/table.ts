/** Text in columns as kubectl aligns it (Go's text/tabwriter with a least width of 6 and a padding of 3). */

const least = 6;
const padding = 3;

/** How many cells a terminal needs: runes, as tabwriter counts. */
const width = (text: string): number => [...text].length;

/** @param rows cells; the last of a row is never padded */
export function alignColumns(rows: readonly (readonly string[])[], minWidth = least, pad = padding): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (let i = 0; i < row.length - 1; i++) {
      widths[i] = Math.max(widths[i] ?? minWidth, width(row[i] ?? "") + pad);
    }
  }
  return rows
    .map((row) =>
      row.map((cell, i) => (i < row.length - 1 ? cell + " ".repeat((widths[i] ?? 0) - width(cell)) : cell)).join(""),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** `meta.k8s.io/v1 Table`, as the server sends it. */
export interface Table {
  readonly kind: "Table";
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly columnDefinitions?: readonly { readonly name: string; readonly type: string; readonly priority: number }[];
  readonly rows?: readonly TableRow[];
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: {
    readonly metadata?: {
      readonly name?: string;
      readonly namespace?: string;
      readonly labels?: Record<string, string>;
    };
  };
}

export interface TableOptions {
  readonly wide: boolean;
  readonly noHeaders: boolean;
  readonly withNamespace: boolean;
  readonly showLabels: boolean;
  readonly labelColumns: readonly string[];
  /** Put in front of every name: `deployment.apps/`. */
  readonly namePrefix: string;
}

const cellText = (value: unknown): string =>
  // A multi-line cell would break the table: kubectl shows its first line.
  (value === null || value === undefined ? "<none>" : String(value)).split("\n")[0] ?? "";

/** Header (if any) and rows as cells. */
export function tableRows(table: Table, options: TableOptions): string[][] {
  const columns = (table.columnDefinitions ?? []).map((c, index) => ({ ...c, index }));
  const shown = columns.filter((c) => options.wide || c.priority === 0);
  const header = [
    ...(options.withNamespace ? ["NAMESPACE"] : []),
    ...shown.map((c) => c.name.toUpperCase()),
    ...options.labelColumns.map((key) => (key.split("/").at(-1) ?? key).toUpperCase()),
    ...(options.showLabels ? ["LABELS"] : []),
  ];
  const rows = (table.rows ?? []).map((row) => {
    const { namespace = "", labels = {} } = row.object?.metadata ?? {};
    const cells = shown.map(({ index }) => cellText(row.cells[index]));
    if (options.namePrefix && cells.length > 0) cells[0] = options.namePrefix + cells[0];
    const all = Object.keys(labels)
      .sort()
      .map((key) => `${key}=${labels[key]}`);
    return [
      ...(options.withNamespace ? [namespace] : []),
      ...cells,
      ...options.labelColumns.map((key) => labels[key] ?? ""),
      ...(options.showLabels ? [all.length > 0 ? all.join(",") : "<none>"] : []),
    ];
  });
  return options.noHeaders ? rows : [header, ...rows];
}
