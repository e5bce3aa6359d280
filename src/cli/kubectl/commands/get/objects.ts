/** `get` for programs: objects, alone or in a List, in the format of `-o`. */
import { once } from "node:events";
import { BareError, CommandError, CommandErrors, type Invocation } from "../../core/command.ts";
import { apiVersionText } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import { sortedJson, withoutManagedFields } from "../../print/output.ts";
import type { Printable } from "../../print/printer.ts";
import { alignColumns } from "../../print/table.ts";
import { yamlItem } from "../../print/yaml.ts";
import { fetchPages, isIgnored } from "./fetch.ts";
import type { GetFormat } from "./printer.ts";
import { errorsBefore, type Requests } from "./request.ts";

interface Page extends Printable {
  readonly items?: readonly Printable[];
}

export async function printObjects(
  invocation: Invocation,
  session: Session,
  asked: Requests,
  format: Exclude<GetFormat, { kind: "table" }>,
): Promise<undefined> {
  const { flags, io } = invocation;
  const { requests, single, oneFile } = asked;
  const errors: unknown[] = [];
  const sortBy = flags.string("sort-by");
  let count = 0;
  async function* objects(): AsyncGenerator<Printable> {
    for (const [i, request] of requests.entries()) {
      errors.push(...errorsBefore(asked, i));
      const type = { apiVersion: apiVersionText(request.resource), kind: request.resource.kind };
      try {
        const pages = fetchPages<Page>(invocation, session, request, {
          accept: "application/json",
          chunkSize: sortBy === "" ? flags.int("chunk-size") : 0,
        });
        for await (const page of pages) {
          const items = request.name === undefined ? (page.items ?? []) : [page];
          count += items.length;
          for (const item of items) yield { ...type, ...item };
        }
      } catch (error) {
        if (!isIgnored(invocation, error)) errors.push(error);
      }
    }
    errors.push(...errorsBefore(asked, requests.length));
  }
  const write = (text: string) => void io.stdout.write(text);
  if (!single && !oneFile && sortBy === "" && canStream(format)) {
    await printStream(invocation, format, objects());
  } else {
    const all: Printable[] = [];
    for await (const object of objects()) all.push(object);
    if (count === 0 && (flags.bool("ignore-not-found") || (single && errors.length > 0))) return finish(errors);
    if (oneFile && errors.length > 0)
      throw new CommandErrors(errors.map((e) => (e instanceof BareError ? new CommandError(e.message) : e)));
    const sorted = sortBy === "" ? all : (await import("../../print/sort.ts")).sortObjects(all, sortBy, (o) => o);
    const [first] = sorted;
    if (format.kind === "objects") format.printer.print(single && first && count === 1 ? first : listOf(sorted), write);
    else printColumns(invocation, format, sorted);
  }
  return finish(errors);
}

function finish(errors: readonly unknown[]): undefined {
  if (errors.length > 0) throw new CommandErrors(errors);
}

const listOf = (items: readonly Printable[]): Printable =>
  ({ apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } }) as Printable;

/** When a path does not fit, what came before it is still shown. */
function printColumns(
  { flags, io }: Invocation,
  { columns, cells }: Extract<GetFormat, { kind: "columns" }>,
  objects: readonly Printable[],
): void {
  const rows = flags.bool("no-headers") ? [] : [columns.map((c) => c.header)];
  try {
    cells({});
    for (const object of objects) rows.push(cells(object));
  } finally {
    io.stdout.write(alignColumns(rows));
  }
}

const canStream = (format: Exclude<GetFormat, { kind: "table" }>): boolean =>
  format.kind === "objects" && format.printer.format !== "template";

/** Writes a List piece by piece, no faster than it is read: memory holds one chunk of it, however long it is. */
async function printStream(
  { flags, io }: Invocation,
  format: Exclude<GetFormat, { kind: "table" }>,
  objects: AsyncGenerator<Printable>,
): Promise<void> {
  if (format.kind !== "objects") return;
  const { printer } = format;
  const keep = flags.bool("show-managed-fields");
  const write = async (text: string) => {
    if (!io.stdout.write(text)) await once(io.stdout, "drain");
  };
  const shape = shapes[printer.format as keyof typeof shapes];
  let first = true;
  for await (const object of objects) {
    const item = keep ? object : withoutManagedFields(object);
    if (printer.format === "name") printer.print(object, (text) => void io.stdout.write(text));
    else await write((first ? shape.open : shape.between) + shape.item(item));
    first = false;
  }
  if (printer.format === "name" || (first && flags.bool("ignore-not-found"))) return;
  await write(first ? shape.empty : shape.close);
}

const shapes = {
  json: {
    empty:
      '{\n    "apiVersion": "v1",\n    "items": [],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n',
    open: '{\n    "apiVersion": "v1",\n    "items": [\n        ',
    between: ",\n        ",
    close: '\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n',
    item: (object: object) => sortedJson(object, 4).replaceAll("\n", "\n        "),
  },
  yaml: {
    empty: 'apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: ""\n',
    open: "apiVersion: v1\nitems:\n",
    between: "",
    close: 'kind: List\nmetadata:\n  resourceVersion: ""\n',
    item: yamlItem,
  },
};
