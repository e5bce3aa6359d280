/** `kubectl get --watch`: a row or an object per change, as it comes. */

import { type Status, StatusError } from "../../../base/errors.ts";
import { lines } from "../../../client/http/watch.ts";
import type { Invocation } from "../core/command.ts";
import { kindText } from "../core/discovery.ts";
import { apiPath } from "../core/paths.ts";
import type { Session } from "../core/session.ts";
import { type OutputFormat, objectText, withoutManagedFields } from "../print/output.ts";
import { alignColumns, type Table, type TableOptions, tableRows } from "../print/table.ts";
import { listQuery, type Target } from "./get-target.ts";

interface Frame<T> {
  readonly type: string;
  readonly object: T;
}

const accept = (format: "table" | "object") =>
  format === "table" ? "application/json;as=Table;v=v1;g=meta.k8s.io" : "application/json";

/** Events of a watch that starts with the current state, or, with `--watch-only`, after it. */
async function* events<T>(
  invocation: Invocation,
  session: Session,
  { resource, namespace, name }: Target,
  format: "table" | "object",
): AsyncGenerator<Frame<T>> {
  const selectors = name ? { fieldSelector: `metadata.name=${name}` } : listQuery(invocation);
  let resourceVersion = "";
  if (invocation.flags.bool("watch-only") || name) {
    // A name that does not exist is an error, not an endless wait.
    const now = await session.json<{ metadata?: { resourceVersion?: string } }>(
      "GET",
      apiPath(resource, { namespace, name }, name ? {} : { ...selectors, limit: "1" }),
    );
    if (invocation.flags.bool("watch-only")) resourceVersion = now.metadata?.resourceVersion ?? "";
  }
  const path = apiPath(resource, { namespace }, { ...selectors, watch: "true", resourceVersion });
  const response = await session.stream(path, { accept: accept(format), signal: invocation.io.signal });
  for await (const line of lines(response.body)) {
    if (!line) continue;
    const frame = JSON.parse(line) as Frame<T>;
    if (frame.type === "ERROR") throw StatusError.from(frame.object as unknown as Status);
    if (frame.type !== "BOOKMARK") yield frame;
  }
}

export async function watchTables(
  invocation: Invocation,
  session: Session,
  target: Target,
  options: TableOptions,
): Promise<undefined> {
  let first = true;
  let columns: Table["columnDefinitions"];
  const remembered: number[] = [];
  const namePrefix = options.namePrefix ? `${kindText(target.resource)}/` : "";
  for await (const { object } of events<Table>(invocation, session, target, "table")) {
    columns = object.columnDefinitions ?? columns;
    const table: Table = { ...object, ...(columns ? { columnDefinitions: columns } : {}) };
    const rows = tableRows(table, { ...options, namePrefix, noHeaders: options.noHeaders || !first });
    first = false;
    invocation.io.stdout.write(alignColumns(rows, { remembered }));
  }
  return undefined;
}

export async function watchObjects(
  invocation: Invocation,
  session: Session,
  target: Target,
  format: Exclude<OutputFormat, { kind: "table" }>,
): Promise<undefined> {
  let first = true;
  const keep = invocation.flags.bool("show-managed-fields");
  for await (const { object } of events<{ metadata?: { name?: string } }>(invocation, session, target, "object")) {
    const shown = keep ? object : withoutManagedFields(object);
    if (format.kind === "name") invocation.print(`${kindText(target.resource)}/${object.metadata?.name}`);
    else if (format.kind === "jsonpath") {
      const { jsonPath } = await import("../print/jsonpath.ts");
      invocation.io.stdout.write(jsonPath(format.template, shown));
    } else {
      if (!first && format.kind === "yaml") invocation.io.stdout.write("---\n");
      invocation.io.stdout.write(objectText(shown, format.kind));
    }
    first = false;
  }
  return undefined;
}
