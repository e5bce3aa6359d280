/** `kubectl get`: tables from the server, or objects. */
import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { kindText, resourceText, type ServedResource } from "../core/discovery.ts";
import { readManifests } from "../core/manifests.ts";
import { apiPath, apiVersionText } from "../core/paths.ts";
import { parseResourceArgs } from "../core/resource-args.ts";
import type { Session } from "../core/session.ts";
import {
  allNamespacesFlag,
  fieldSelectorFlag,
  filenameFlags,
  outputFlag,
  selectorFlag,
  showManagedFieldsFlag,
} from "../core/shared-flags.ts";
import { whileSelecting } from "../core/targets.ts";
import { type OutputFormat, objectText, outputFormat, withoutManagedFields } from "../print/output.ts";
import { alignColumns, type Table, type TableOptions, tableRows } from "../print/table.ts";
import { listQuery, type Target } from "./get-target.ts";
import { watchObjects, watchTables } from "./get-watch.ts";

const tableAccept =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

export const getCommand: Command = {
  path: "get",
  use: "get [(-o|--output=)json|yaml|name|wide|jsonpath=...] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
  short: "Display one or many resources.",
  flags: [
    allNamespacesFlag,
    {
      name: "chunk-size",
      type: "int",
      default: "500",
      usage: "Return large lists in chunks rather than all at once. Pass 0 to disable.",
    },
    fieldSelectorFlag,
    ...filenameFlags,
    {
      name: "ignore-not-found",
      type: "bool",
      default: "false",
      usage: "If set to true, suppresses NotFound error for specific objects that do not exist.",
    },
    {
      name: "label-columns",
      short: "L",
      type: "stringSlice",
      default: "",
      usage: "Accepts a comma separated list of labels that are going to be presented as columns.",
    },
    {
      name: "no-headers",
      type: "bool",
      default: "false",
      usage: "When using the default output format, don't print headers (default print headers).",
    },
    outputFlag,
    { name: "raw", type: "string", default: "", usage: "Raw URI to request from the server." },
    selectorFlag,
    {
      name: "show-kind",
      type: "bool",
      default: "false",
      usage: "If present, list the resource type for the requested object(s).",
    },
    {
      name: "show-labels",
      type: "bool",
      default: "false",
      usage: "When printing, show all labels as the last column (default hide labels column)",
    },
    showManagedFieldsFlag,
    {
      name: "sort-by",
      type: "string",
      default: "",
      usage: "If non-empty, sort list types using this field specification.",
    },
    {
      name: "watch",
      short: "w",
      type: "bool",
      default: "false",
      usage: "After listing/getting the requested object, watch for changes.",
    },
    {
      name: "watch-only",
      type: "bool",
      default: "false",
      usage: "Watch for changes to the requested object(s), without listing/getting first.",
    },
  ],
  run,
};

async function run(invocation: Invocation): Promise<number | undefined> {
  const { flags, args } = invocation;
  const format = outputFormat(flags.string("output"));
  const session = await invocation.session();
  if (flags.string("raw")) return printRaw(invocation, session);
  const targets = await findTargets(invocation, session);
  if (flags.bool("watch") || flags.bool("watch-only")) {
    if (targets.length !== 1) throw new CommandError("you may only specify a single resource type");
    const target = targets[0] as Target;
    const options = tableOptions(invocation, format, false);
    return format.kind === "table"
      ? watchTables(invocation, session, target, options)
      : watchObjects(invocation, session, target, format);
  }
  const single = args.length > 0 && targets.length === 1 && targets[0]?.name !== undefined;
  return format.kind === "table"
    ? printTables(invocation, session, targets, format)
    : printObjects(invocation, session, targets, format, single);
}

/** `--raw`: what the server answers, byte by byte. */
async function printRaw({ flags, io }: Invocation, session: Session): Promise<undefined> {
  const { body } = await session.stream(flags.string("raw"));
  for await (const chunk of body) io.stdout.write(chunk);
  return undefined;
}

async function findTargets(invocation: Invocation, session: Session): Promise<Target[]> {
  const { flags, args } = invocation;
  const files = flags.list("filename");
  const all = flags.bool("all-namespaces");
  const discovery = await session.discovery();
  if (files.length > 0) {
    const manifests = await readManifests(files, flags.bool("recursive"), invocation.io.stdin);
    return manifests.map(({ object, source }) => {
      const resource = discovery.forKind(object, source);
      return { resource, namespace: object.metadata.namespace ?? session.namespace, name: object.metadata.name };
    });
  }
  if (args.length === 0) {
    invocation.warn(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n',
    );
    throw new CommandError(
      `Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples`,
    );
  }
  const targets = parseResourceArgs(args, discovery);
  if (all && targets.some((t) => t.name !== undefined)) {
    throw new CommandError("a resource cannot be retrieved by name across all namespaces");
  }
  if (targets.some((t) => t.name !== undefined) && flags.string("selector")) {
    throw new CommandError("name cannot be provided when a selector is specified");
  }
  return targets.map(({ resource, name }) => ({
    resource,
    namespace: resource.namespaced && !all ? session.namespace : undefined,
    name,
  }));
}

export function tableOptions(invocation: Invocation, format: OutputFormat, many: boolean): TableOptions {
  const { flags } = invocation;
  return {
    wide: format.kind === "table" && format.wide,
    noHeaders: flags.bool("no-headers"),
    withNamespace: flags.bool("all-namespaces"),
    showLabels: flags.bool("show-labels"),
    labelColumns: flags.list("label-columns"),
    namePrefix: many || flags.bool("show-kind") ? "kind" : "",
  };
}

/** Reads a collection in chunks, or one object. @throws StatusError */
async function fetchTable(invocation: Invocation, session: Session, target: Target): Promise<Table> {
  const { resource, namespace, name } = target;
  const limit = invocation.flags.int("chunk-size");
  const sortBy = invocation.flags.string("sort-by");
  let table: Table | undefined;
  for (let next: string | undefined = ""; next !== undefined; ) {
    const includeObject = sortBy ? "Object" : undefined;
    const query: Record<string, string | undefined> = name
      ? {}
      : { includeObject, ...listQuery(invocation), limit: limit > 0 ? String(limit) : undefined, continue: next };
    const read = (): Promise<Table> =>
      session.json<Table>("GET", apiPath(resource, { namespace, name }, query), { accept: tableAccept });
    const page: Table = await (name ? read() : whileSelecting(resource, listQuery(invocation), read));
    table = table ? { ...table, rows: [...(table.rows ?? []), ...(page.rows ?? [])] } : page;
    next = page.metadata?.continue || undefined;
  }
  const whole = table as Table;
  if (!sortBy || name) return whole;
  const { sortByField } = await import("../print/sort.ts");
  // A table that cannot be sorted is not shown.
  return { ...whole, rows: sortByField(whole.rows ?? [], sortBy, (row) => row.object) ?? [] };
}

/** Runs all requests; failures come after what could be printed. */
async function collect<T>(
  invocation: Invocation,
  targets: readonly Target[],
  fetch: (target: Target) => Promise<T>,
): Promise<{ found: { target: Target; value: T }[]; errors: unknown[] }> {
  const found: { target: Target; value: T }[] = [];
  const errors: unknown[] = [];
  const results = await Promise.allSettled(targets.map(fetch));
  results.forEach((result, i) => {
    if (result.status === "fulfilled") found.push({ target: targets[i] as Target, value: result.value });
    else if (!(invocation.flags.bool("ignore-not-found") && (result.reason as { code?: number }).code === 404))
      errors.push(result.reason);
  });
  return { found, errors };
}

async function printTables(
  invocation: Invocation,
  session: Session,
  targets: readonly Target[],
  format: OutputFormat,
): Promise<number | undefined> {
  const { found, errors } = await collect(invocation, targets, (target) => fetchTable(invocation, session, target));
  const kinds = new Set(targets.map((t) => t.resource));
  const sortBy = invocation.flags.string("sort-by");
  // Tables of several kinds cannot be sorted into each other.
  if (sortBy && kinds.size > 1) throw (await import("../print/sort.ts")).noSuchField(sortBy);
  const groups: { resource: ServedResource; rows: string[][] }[] = [];
  for (const { target, value } of found) {
    if ((value.rows ?? []).length === 0) continue;
    const many = kinds.size > 1 || invocation.flags.bool("show-kind");
    const options = {
      ...tableOptions(invocation, format, false),
      namePrefix: many ? `${kindText(target.resource)}/` : "",
      withNamespace: invocation.flags.bool("all-namespaces") && target.resource.namespaced,
    };
    const last = groups.at(-1);
    if (last?.resource === target.resource) last.rows.push(...tableRows(value, { ...options, noHeaders: true }));
    else groups.push({ resource: target.resource, rows: tableRows(value, options) });
  }
  invocation.io.stdout.write(groups.map(({ rows }) => alignColumns(rows)).join("\n"));
  if (errors.length > 0) throw new CommandErrors(errors);
  if (groups.length === 0 && !invocation.flags.bool("ignore-not-found")) sayNothingFound(invocation, session, targets);
  return undefined;
}

function sayNothingFound(invocation: Invocation, session: Session, targets: readonly Target[]): void {
  const namespaced = targets.every((t) => t.resource.namespaced);
  const where = namespaced && !invocation.flags.bool("all-namespaces") ? ` in ${session.namespace} namespace` : "";
  invocation.warn(`No resources found${where}${where ? "." : ""}`);
}

interface AnyObject {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly [key: string]: unknown };
  readonly items?: readonly AnyObject[];
}

/** @throws CommandError when none of them has the field */
async function sorted<T extends { readonly object: AnyObject }>(items: readonly T[], field: string): Promise<T[]> {
  const { noSuchField, sortByField } = await import("../print/sort.ts");
  const result = sortByField(items, field, ({ object }) => object);
  if (!result) throw noSuchField(field);
  return result;
}

async function printObjects(
  invocation: Invocation,
  session: Session,
  targets: readonly Target[],
  format: Exclude<OutputFormat, { kind: "table" }>,
  single: boolean,
): Promise<number | undefined> {
  const { found, errors } = await collect(invocation, targets, ({ resource, namespace, name }) => {
    const selectors = name ? {} : listQuery(invocation);
    const read = () => session.json<AnyObject>("GET", apiPath(resource, { namespace, name }, selectors));
    return name ? read() : whileSelecting(resource, selectors, read);
  });
  const unsorted = found.flatMap(({ target, value }) => {
    const typed = (o: AnyObject) => ({ apiVersion: apiVersionText(target.resource), kind: target.resource.kind, ...o });
    return (target.name === undefined ? (value.items ?? []).map(typed) : [value]).map((object) => ({ target, object }));
  });
  const sortBy = invocation.flags.string("sort-by");
  const objects = sortBy && !single ? await sorted(unsorted, sortBy) : unsorted;
  const keep = invocation.flags.bool("show-managed-fields");
  const shown = objects.map(({ object }) => (keep ? object : withoutManagedFields(object)));
  const value = single ? shown[0] : { apiVersion: "v1", items: shown, kind: "List", metadata: { resourceVersion: "" } };
  if (format.kind === "name") {
    for (const { target, object } of objects) invocation.print(`${kindText(target.resource)}/${object.metadata?.name}`);
  } else if (value !== undefined) {
    if (format.kind === "jsonpath") {
      const { jsonPath } = await import("../print/jsonpath.ts");
      invocation.io.stdout.write(jsonPath(format.template, value));
    } else invocation.io.stdout.write(objectText(value, format.kind));
  }
  if (errors.length > 0) throw new CommandErrors(errors);
  return undefined;
}

export const resourceName = resourceText;
