/** `kubectl events`: what happened, oldest first. */
import type { CoreEvent } from "../../../api/generated/types.ts";
import { lines } from "../../../client/http/watch.ts";
import { type Command, CommandError, type Invocation } from "../core/command.ts";
import { apiPath, apiVersionText } from "../core/paths.ts";
import type { Session } from "../core/session.ts";
import { allNamespacesFlag, chunkSizeFlag } from "../core/shared-flags.ts";
import { whileSelecting } from "../core/targets.ts";
import { intervalText } from "../describe/events.ts";
import { goSort } from "../print/go/sort.ts";
import { printFlags } from "../print/print-flags.ts";
import { objectPrinter, type Printable } from "../print/printer.ts";
import { alignColumns } from "../print/table.ts";
import { typedEvent } from "./events/typed-event.ts";

export const eventsCommand: Command = {
  path: "events",
  use: "events [(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
  short: "List events.",
  interruptExitCode: (flags) => (flags.bool("watch") ? 1 : undefined),
  flags: [
    allNamespacesFlag,
    chunkSizeFlag,
    { name: "for", type: "string", default: "", usage: "Only events about this object, as TYPE/NAME." },
    { name: "no-headers", type: "bool", default: "false", usage: "Print the table without headers." },
    ...printFlags,
    { name: "types", type: "stringSlice", default: "", usage: "Only events of these types: Normal, Warning." },
    { name: "watch", short: "w", type: "bool", default: "false", usage: "Print events as they come." },
  ],
  run,
};

const escaped = (text: string): string => text.replaceAll("\u001b", "^[").replaceAll("\r", "\\r");

async function run(invocation: Invocation): Promise<undefined> {
  const { flags, io, warn } = invocation;
  const session = await invocation.session();
  const everywhere = flags.bool("all-namespaces");
  const fieldSelector = flags.string("for") === "" ? "" : await aboutSelector(session, flags.string("for"));
  const printer = flags.string("output") === "" ? undefined : await objectPrinter(flags);
  const types = flags.list("types").map((type) => type.toLowerCase());
  if (types.some((type) => type !== "normal" && type !== "warning"))
    throw new CommandError("valid --types are Normal or Warning");
  const wanted = ({ type = "" }: CoreEvent) => types.length === 0 || types.includes(type.toLowerCase());
  const remembered: number[] = [];
  let headed = flags.bool("no-headers");
  const print = (list: readonly CoreEvent[], whole: Printable) => {
    if (printer) {
      // A list whose type is known has no name, and kubectl does not say so.
      if (printer.format === "name" && whole.kind === "EventList") return;
      printer.print(whole, (text) => void io.stdout.write(text), { typed: true });
      return;
    }
    const header = [...(everywhere ? ["NAMESPACE"] : []), "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
    const rows = [...(headed ? [] : [header]), ...list.map((event) => rowOf(event, everywhere))];
    headed = true;
    io.stdout.write(alignColumns(rows, { remembered }));
  };
  const resource = (await session.discovery()).find("events");
  const place = { namespace: everywhere ? undefined : session.namespace };
  if (flags.bool("watch")) {
    const path = apiPath(resource, place, { fieldSelector, limit: "500", watch: "true" });
    const { body } = await session.stream(path, {
      accept: "application/json",
      signal: io.signal,
      untilTimeout: true,
    });
    for await (const line of lines(body)) {
      if (!line) continue;
      const { type, object } = JSON.parse(line) as { type: string; object: CoreEvent & Printable };
      if ((type === "ADDED" || type === "MODIFIED") && wanted(object)) print([object], typedEvent(object));
    }
    return undefined;
  }
  const items: CoreEvent[] = [];
  for (let next: string | undefined = ""; next !== undefined; ) {
    const from: string = next;
    const page: { items?: CoreEvent[]; metadata?: { continue?: string } } = await whileSelecting(
      resource,
      { fieldSelector },
      () => session.json("GET", apiPath(resource, place, { fieldSelector, limit: "500", continue: from })),
    );
    for (const item of page.items ?? []) if (wanted(item)) items.push(item);
    next = page.metadata?.continue || undefined;
  }
  if (items.length === 0) {
    warn(everywhere ? "No events found." : `No events found in ${session.namespace} namespace.`);
    return undefined;
  }
  goSort(items, (a, b) => timeOf(a) < timeOf(b));
  const list = { kind: "EventList", apiVersion: "v1", metadata: {}, items: items.map(typedEvent) };
  print(items, list as Printable);
  return undefined;
}

function rowOf(event: CoreEvent, withNamespace: boolean): string[] {
  const { involvedObject: { kind = "", name = "" } = {}, type = "", reason = "", message = "" } = event;
  return [
    ...(withNamespace ? [event.metadata?.namespace ?? ""] : []),
    intervalText(event),
    escaped(type),
    escaped(reason),
    `${escaped(kind)}/${escaped(name)}`,
    escaped(message.trim()),
  ];
}

/** Milliseconds since the Unix epoch, with a fraction. */
function timeOf({ series, lastTimestamp, eventTime }: CoreEvent): number {
  const text = series ? series.lastObservedTime : (lastTimestamp ?? eventTime);
  if (!text) return Number.NEGATIVE_INFINITY;
  const micros = /\.\d{3}(\d{1,6})/.exec(text)?.[1] ?? "";
  return Date.parse(text) + Number(`0.${micros || "0"}`);
}

/** The field selector of the events about an object. @throws CommandError */
async function aboutSelector(session: Session, text: string): Promise<string> {
  const [type = "", name, ...more] = text.split("/");
  if (name === undefined) throw new CommandError("--for must be in resource/name form");
  if (more.length > 0) throw new CommandError("arguments in resource/name form may not have more than one slash");
  const resource = await session.served((discovery) => discovery.lookUp(type));
  const fields = [
    `involvedObject.kind=${resource.kind}`,
    `involvedObject.apiVersion=${apiVersionText(resource)}`,
    `involvedObject.name=${name}`,
  ];
  // The parts come sorted by their names.
  return name === "" ? "" : fields.sort().join(",");
}
