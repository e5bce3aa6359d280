/** `get` for people: tables, from the server or, with `--server-print=false`, of names and ages. */
import { CommandErrors, type Invocation } from "../../core/command.ts";
import { kindText, type ServedResource } from "../../core/discovery.ts";
import type { Session } from "../../core/session.ts";
import { ageText } from "../../describe/times.ts";
import { alignColumns, type Table, type TableOptions, type TableRow, tableRows } from "../../print/table.ts";
import { fetchPages, isIgnored } from "./fetch.ts";
import { errorsBefore, type Request, type Requests } from "./request.ts";

export const tableAccept =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

export const tableOptions = ({ flags }: Invocation, wide: boolean): TableOptions => ({
  wide,
  noHeaders: flags.bool("no-headers"),
  withNamespace: flags.bool("all-namespaces"),
  showLabels: flags.bool("show-labels"),
  labelColumns: flags.list("label-columns"),
  namePrefix: "",
});

interface Named {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly creationTimestamp?: string;
    readonly labels?: Record<string, string>;
    readonly continue?: string;
  };
  readonly kind?: string;
  readonly items?: readonly Named[];
}

/** What the server sent as a table: its own, or one of names and ages made of objects. */
export function asTable(page: Table | Named): Table {
  if (page.kind === "Table") return page as Table;
  const { items } = page as Named;
  const rows = (items ?? [page as Named]).map(
    (object): TableRow => ({
      cells: [object.metadata?.name ?? "", ageText(object.metadata?.creationTimestamp)],
      object,
    }),
  );
  return { kind: "Table", columnDefinitions: nameAndAge, rows };
}

const nameAndAge = [
  { name: "Name", type: "string", format: "name" },
  { name: "Age", type: "string" },
];

interface Group {
  readonly resource: ServedResource;
  readonly rows: string[][];
}

export async function printTables(
  invocation: Invocation,
  session: Session,
  asked: Requests,
  wide: boolean,
): Promise<undefined> {
  const { flags, io } = invocation;
  const { requests } = asked;
  const errors: unknown[] = [];
  const groups: Group[] = [];
  const sortBy = flags.string("sort-by");
  const serverPrint = flags.bool("server-print");
  const fetching = (request: Request) =>
    fetchPages<Table>(invocation, session, request, {
      accept: serverPrint ? tableAccept : "application/json",
      chunkSize: sortBy === "" ? flags.int("chunk-size") : 0,
      query: sortBy !== "" && serverPrint ? { includeObject: "Object" } : {},
    });
  const tried = async (read: () => Promise<void>) => {
    try {
      await read();
    } catch (error) {
      if (!isIgnored(invocation, error)) errors.push(error);
    }
  };
  // Only of what is there it counts whether there are several kinds.
  const named = new Map<Request, Table>();
  for (const [i, request] of requests.entries()) {
    errors.push(...errorsBefore(asked, i));
    if (request.name !== undefined)
      await tried(async () => {
        for await (const page of fetching(request)) named.set(request, page);
      });
  }
  errors.push(...errorsBefore(asked, requests.length));
  const there = requests.filter((request) => request.name === undefined || named.has(request));
  const kinds = new Set(there.map((r) => r.resource));
  let pages = 0;
  const unsorted: { request: Request; row: TableRow }[] = [];
  for (const request of there) {
    const options: TableOptions = {
      ...tableOptions(invocation, wide),
      namePrefix: kinds.size > 1 || flags.bool("show-kind") ? `${kindText(request.resource)}/` : "",
      withNamespace: flags.bool("all-namespaces") && request.resource.namespaced,
    };
    await tried(async () => {
      const known = named.get(request);
      for await (const page of known ? [known] : fetching(request)) {
        pages++;
        const table = asTable(page);
        if (sortBy !== "" && !serverPrint) unsorted.push(...(table.rows ?? []).map((row) => ({ request, row })));
        else addRows(groups, request.resource, await sortedTable(table, sortBy), options);
      }
    });
  }
  // Tables of several kinds, or of several names, cannot be sorted into each other.
  if (sortBy !== "" && serverPrint && pages > 1) throw (await import("../../print/sort.ts")).noSuchField(sortBy);
  if (unsorted.length > 0) await addSorted(invocation, groups, unsorted, sortBy, wide, kinds.size > 1);
  io.stdout.write(groups.map(({ rows }) => alignColumns(rows)).join(flags.bool("no-headers") ? "" : "\n"));
  if (errors.length > 0) throw new CommandErrors(errors);
  if (groups.length === 0 && !flags.bool("ignore-not-found")) sayNothingFound(invocation, session, requests);
  return undefined;
}

function addRows(groups: Group[], resource: ServedResource, table: Table, options: TableOptions): void {
  if ((table.rows ?? []).length === 0) return;
  const last = groups.at(-1);
  if (last?.resource !== resource) groups.push({ resource, rows: tableRows(table, options) });
  else for (const row of tableRows(table, { ...options, noHeaders: true })) last.rows.push(row);
}

async function addSorted(
  invocation: Invocation,
  groups: Group[],
  unsorted: readonly { request: Request; row: TableRow }[],
  sortBy: string,
  wide: boolean,
  many: boolean,
): Promise<void> {
  const { sortObjects } = await import("../../print/sort.ts");
  const rows = unsorted.length === 1 ? unsorted : sortObjects(unsorted, sortBy, ({ row }) => row.object);
  for (const { request, row } of rows) {
    addRows(
      groups,
      request.resource,
      { kind: "Table", columnDefinitions: nameAndAge, rows: [row] },
      {
        ...tableOptions(invocation, wide),
        namePrefix: many || invocation.flags.bool("show-kind") ? `${kindText(request.resource)}/` : "",
        withNamespace: invocation.flags.bool("all-namespaces") && request.resource.namespaced,
      },
    );
  }
}

/** A table that cannot be sorted is not shown. */
async function sortedTable(table: Table, sortBy: string): Promise<Table> {
  const { rows = [] } = table;
  if (sortBy === "" || rows.length < 2) return table;
  const { sortRows } = await import("../../print/sort.ts");
  return { ...table, rows: sortRows(rows, sortBy, (row) => row.object) ?? [] };
}

function sayNothingFound(invocation: Invocation, session: Session, requests: readonly Request[]): void {
  const namespaced = !invocation.flags.bool("all-namespaces") && requests.every((r) => r.resource.namespaced);
  invocation.warn(namespaced ? `No resources found in ${session.namespace} namespace.` : "No resources found");
}
