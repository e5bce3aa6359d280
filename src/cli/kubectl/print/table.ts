/** Text in columns as `kubectl get` aligns it. */
import { goText } from "./go/format.ts";
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
  readonly columnDefinitions?: readonly TableColumn[];
  readonly rows?: readonly TableRow[];
}

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly priority?: number;
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
  /** What happened to the rows: the first column says it. */
  readonly event?: string;
}

/** A cell of several lines would break the table: its first line stands for it. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  const [line = "", ...more] = typeof value === "string" ? value.split(/[\f\n\r]/) : [goText(value)];
  return (more.length > 0 ? `${line}...` : line).replaceAll("\u001b", "^[").replaceAll("\r", "\\r");
}

const eventTexts: Readonly<Record<string, string>> = { ADDED: "ADDED   ", DELETED: "DELETED ", ERROR: "ERROR   " };

/** Header (if any) and rows as cells. Without rows there is no header either. */
export function tableRows(table: Table, options: TableOptions): string[][] {
  if ((table.rows ?? []).length === 0) return [];
  const columns = (table.columnDefinitions ?? []).map((c, index) => ({ ...c, index }));
  const shown = columns.filter((c) => options.wide || (c.priority ?? 0) === 0);
  const named = columns.findIndex((c) => c.format === "name" && c.type === "string");
  const header = [
    ...(options.event ? ["EVENT"] : []),
    ...(options.withNamespace ? ["NAMESPACE"] : []),
    ...shown.map((c) => c.name.toUpperCase()),
    ...options.labelColumns.map((key) => (key.split("/").at(-1) ?? key).toUpperCase()),
    ...(options.showLabels ? ["LABELS"] : []),
  ];
  const rows = (table.rows ?? []).map((row) => {
    const { namespace = "", labels = {} } = row.object?.metadata ?? {};
    const all = Object.keys(labels)
      .sort()
      .map((key) => `${key}=${labels[key]}`);
    return [
      ...(options.event ? [eventTexts[options.event] ?? options.event] : []),
      ...(options.withNamespace ? [namespace] : []),
      ...shown.map(({ index }) => (index === named ? options.namePrefix : "") + cellText(row.cells[index])),
      ...options.labelColumns.map((key) => labels[key] ?? ""),
      ...(options.showLabels ? [all.length > 0 ? all.join(",") : "<none>"] : []),
    ];
  });
  return options.noHeaders ? rows : [header, ...rows];
}
