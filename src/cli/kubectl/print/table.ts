/** Text in columns as `kubectl get` aligns it. */
import { type TabOptions, tabulate } from "./tabwriter.ts";

/**
 * @param rows cells; the last of a row is never padded
 * @param options by default those of `get`
 */
export function alignColumns(rows: readonly (readonly string[])[], options: Partial<TabOptions> = {}): string {
  if (rows.length === 0) return "";
  const text = rows.map((row) => `${row.join("\t")}\n`).join("");
  return tabulate(text, { minWidth: 6, padding: 3, ...options });
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

/** A cell of several lines would break the table: its first line stands for it. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : String(value);
  const [line = "", ...more] = text.split(/[\f\n\r]/);
  return (more.length > 0 ? `${line}...` : line).replaceAll("\u001b", "^[");
}

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
