/** `get --watch`: what is there, then a row or an object per change, as it comes. */

import { type Status, StatusError } from "../../../../base/errors.ts";
import { lines } from "../../../../client/http/watch.ts";
import { CommandError, type Invocation } from "../../core/command.ts";
import { kindText } from "../../core/discovery.ts";
import { parseJson } from "../../core/exact-json.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import type { Printable } from "../../print/printer.ts";
import { alignColumns, type Table, type TableColumn, tableRows } from "../../print/table.ts";
import { fetchPages, isIgnored } from "./fetch.ts";
import type { GetFormat } from "./printer.ts";
import { type Request, type Requests, selectors } from "./request.ts";
import { asTable, tableAccept, tableOptions } from "./tables.ts";

interface Frame {
  readonly type: string;
  readonly object: Printable & { readonly items?: readonly Printable[] };
}

/** @throws CommandError when there is not one thing to watch */
export async function watch(
  invocation: Invocation,
  session: Session,
  { requests, errors }: Requests,
  format: GetFormat,
): Promise<undefined> {
  const { flags } = invocation;
  if (errors.length > 0) throw errors[0];
  if (new Set(requests.map((r) => r.resource)).size > 1)
    throw new CommandError("you may only specify a single resource type");
  const table = format.kind === "table" && flags.bool("server-print");
  const accept = table ? tableAccept : "application/json";
  const print = printerOf(invocation, requests[0] as Request, format);
  /** Is what comes next shown? Of a single object the watch first says what was just printed. */
  let showing = !flags.bool("watch-only");
  let resourceVersion = "0";
  const pages: { request: Request; page: Frame["object"] }[] = [];
  try {
    const chunkSize = flags.int("chunk-size");
    for (const request of requests)
      for await (const page of fetchPages<Frame["object"]>(invocation, session, request, { accept, chunkSize }))
        pages.push({ request, page });
  } catch (error) {
    if (isIgnored(invocation, error)) return undefined;
    throw error;
  }
  try {
    for (const { request, page } of pages) {
      if (request.name === undefined) resourceVersion = page.metadata?.resourceVersion ?? "";
      if (!showing) {
        print({ type: "ADDED", object: page }, true);
        continue;
      }
      if (table || !page.items) print({ type: "ADDED", object: page });
      else for (const object of page.items) print({ type: "ADDED", object: typed(request, object) });
    }
  } catch (error) {
    throw new CommandError(`unable to output the provided object: ${(error as Error).message}`);
  }
  const [request, ...more] = requests;
  if (!request || more.length > 0)
    throw new CommandError("you may only watch a single resource or type of resource at a time");
  showing = request.name === undefined;
  const query = request.name === undefined ? selectors(invocation) : { fieldSelector: `metadata.name=${request.name}` };
  const path = apiPath(request.resource, request, { ...query, watch: "true", resourceVersion });
  const response = await session.stream(path.replace(`/${request.name}?`, "?"), {
    accept,
    signal: invocation.io.signal,
    untilTimeout: true,
  });
  for await (const line of lines(response.body)) {
    if (!line) continue;
    const frame = parseJson<Frame>(line);
    if (frame.type === "ERROR") throw StatusError.from(frame.object as unknown as Status);
    if (frame.type === "BOOKMARK") continue;
    print(frame, !showing);
    showing = true;
  }
  return undefined;
}

const typed = ({ resource }: Request, object: Printable): Printable => ({
  apiVersion: resource.group ? `${resource.group}/${resource.version}` : resource.version,
  kind: resource.kind,
  ...object,
});

/**
 * Prints one change after the other; columns keep the widths they have had. What is `hidden` only tells which columns there
 * are: a server says that once.
 */
type Print = (frame: Frame, hidden?: boolean) => void;

function printerOf(invocation: Invocation, request: Request, format: GetFormat): Print {
  const { flags, io } = invocation;
  const withEvents = flags.bool("output-watch-events");
  const write = (text: string) => void io.stdout.write(text);
  const remembered: number[] = [];
  if (format.kind === "objects")
    return ({ type, object }, hidden) =>
      hidden
        ? undefined
        : withEvents
          ? format.printer.printEvent({ type, object }, write)
          : format.printer.print(object, write);
  let headed = flags.bool("no-headers");
  if (format.kind === "columns") {
    return ({ type, object }, hidden) => {
      if (hidden) return;
      const rows = [
        ...(headed ? [] : [format.columns.map((c) => c.header)]),
        format.cells(withEvents ? { type, object } : object),
      ];
      headed = true;
      write(alignColumns(rows, { remembered }));
    };
  }
  let columns: readonly TableColumn[] | undefined;
  const options = {
    ...tableOptions(invocation, format.wide),
    namePrefix: flags.bool("show-kind") ? `${kindText(request.resource)}/` : "",
  };
  return ({ type, object }, hidden) => {
    const own = asTable(object as unknown as Table);
    columns = own.columnDefinitions ?? columns;
    if (hidden) return;
    const table: Table = { ...own, ...(columns ? { columnDefinitions: columns } : {}) };
    const rows = tableRows(table, { ...options, noHeaders: headed, ...(withEvents ? { event: type } : {}) });
    if (rows.length > 0) headed = true;
    write(alignColumns(rows, { remembered }));
  };
}
