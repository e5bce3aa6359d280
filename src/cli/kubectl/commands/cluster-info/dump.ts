/** `kubectl cluster-info dump`: what a namespace holds, and the logs of its pods. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CoreEvent, Pod } from "../../../../api/generated/types.ts";
import { readText } from "../../../../client/http/rest.ts";
import type { Command, Invocation } from "../../core/command.ts";
import type { Session } from "../../core/session.ts";
import { inGoOrder } from "../../print/go-order.ts";
import { printFlags } from "../../print/print-flags.ts";
import { noPrinter, objectPrinter, type Printable } from "../../print/printer.ts";
import { typedEvent } from "../events/typed-event.ts";

export const dumpCommand: Command = {
  path: "cluster-info dump",
  use: "cluster-info dump [flags]",
  short: "Dump relevant information for debugging and diagnosis.",
  flags: [
    { name: "all-namespaces", short: "A", type: "bool", default: "false", usage: "Dump all namespaces." },
    { name: "namespaces", type: "stringSlice", default: "", usage: "The namespaces to dump, separated by commas." },
    {
      name: "output-directory",
      type: "string",
      default: "",
      usage: "The folder to write files to. Without one, or with -, all goes to standard output.",
    },
    ...printFlags.map((flag) => (flag.name === "output" ? { ...flag, default: "json" } : flag)),
    {
      name: "pod-running-timeout",
      type: "duration",
      default: "20s",
      usage: "How long to wait until at least one pod is running.",
    },
  ],
  run,
};

/** What is dumped of a namespace, in this order: the file, and where it is read. */
const kinds: readonly (readonly [file: string, path: string])[] = [
  ["events", "/api/v1/namespaces/NAMESPACE/events"],
  ["replication-controllers", "/api/v1/namespaces/NAMESPACE/replicationcontrollers"],
  ["services", "/api/v1/namespaces/NAMESPACE/services"],
  ["daemonsets", "/apis/apps/v1/namespaces/NAMESPACE/daemonsets"],
  ["deployments", "/apis/apps/v1/namespaces/NAMESPACE/deployments"],
  ["replicasets", "/apis/apps/v1/namespaces/NAMESPACE/replicasets"],
  ["pods", "/api/v1/namespaces/NAMESPACE/pods"],
];

async function run(invocation: Invocation): Promise<undefined> {
  const { flags, io, print } = invocation;
  const printer = await objectPrinter(flags);
  if (!printer) throw noPrinter("");
  const session = await invocation.session();
  const folder = flags.string("output-directory");
  const toFiles = folder !== "" && folder !== "-";
  const output = flags.string("output");
  const extension = output === "json" || output === "yaml" ? `.${output}` : ".txt";
  const write = (file: string, text: string) => {
    if (!toFiles) {
      io.stdout.write(text);
      return;
    }
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, text);
  };
  const dump = (file: string, list: Printable) => {
    let text = "";
    printer.print(
      typedList(list),
      (piece) => {
        text += piece;
      },
      { typed: true },
    );
    write(`${file}${extension}`, text);
  };
  dump("nodes", await session.json("GET", "/api/v1/nodes"));
  for (const namespace of await namespacesOf(invocation, session)) {
    let pods: Printable = {};
    for (const [file, path] of kinds) {
      const list = await session.json<Printable>("GET", path.replace("NAMESPACE", encodeURIComponent(namespace)));
      dump(join(namespace, file), list);
      pods = list;
    }
    for (const pod of (pods as { items?: readonly Pod[] }).items ?? [])
      write(join(namespace, pod.metadata?.name ?? "", "logs.txt"), await logsOf(session, pod));
  }
  if (toFiles) print(`Cluster info dumped to ${folder}`);
  return undefined;
}

async function namespacesOf({ flags }: Invocation, session: Session): Promise<string[]> {
  if (!flags.bool("all-namespaces")) {
    const named = flags.list("namespaces");
    return named.length > 0 ? named : ["kube-system", session.namespace];
  }
  const { items = [] } = await session.json<{ items?: { metadata: { name: string } }[] }>("GET", "/api/v1/namespaces");
  return items.map(({ metadata }) => metadata.name);
}

/** As a client that knows the type has it: items without their kind, fields in Go's order. */
function typedList(list: Printable): Printable {
  const { kind = "", apiVersion = "v1", items } = list as Printable & { items?: readonly Printable[] };
  const itemKind = kind.replace(/List$/, "");
  const plain = (items ?? []).map((item) => {
    const whole = { ...item, apiVersion, kind: itemKind };
    const ordered = (itemKind === "Event" ? typedEvent(whole as CoreEvent) : inGoOrder(whole)) as Record<
      string,
      unknown
    >;
    const { kind: _, apiVersion: __, ...rest } = ordered;
    return rest;
  });
  const { resourceVersion } = (list.metadata ?? {}) as { resourceVersion?: string };
  return { kind, apiVersion, metadata: resourceVersion ? { resourceVersion } : {}, items: plain } as Printable;
}

async function logsOf(session: Session, { metadata, spec }: Pod): Promise<string> {
  const { namespace = "", name = "" } = metadata ?? {};
  const parts: string[] = [];
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    const of = `logs for container ${container.name} of pod ${namespace}/${name} ====\n`;
    parts.push(`==== START ${of}`);
    try {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?container=${encodeURIComponent(container.name)}`;
      parts.push(await readText(await session.stream(path)));
    } catch (error) {
      parts.push(`Request log error: ${(error as Error).message}\n`);
    }
    parts.push(`==== END ${of}`);
  }
  return parts.join("");
}
