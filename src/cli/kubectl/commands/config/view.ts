import { type Kubeconfig, kubeconfigPaths, loadKubeconfig } from "../../../../client/kubeconfig.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { noPrinter, objectPrinter, printFlags } from "../../print/printer.ts";

export const configViewCommand: Command = {
  path: "config view",
  use: "config view [flags]",
  short: "Display merged kubeconfig settings or a specified kubeconfig file.",
  flags: [
    {
      name: "minify",
      type: "bool",
      default: "false",
      usage: "Remove all information not used by current-context from the output",
    },
    ...printFlags.map((flag) => (flag.name === "output" ? { ...flag, default: "yaml" } : flag)),
    { name: "raw", type: "bool", default: "false", usage: "Display raw byte data and sensitive data" },
  ],
  async run(invocation) {
    const { flags, args, io } = invocation;
    if (args.length > 0)
      throw new CommandError(
        `unexpected arguments: [${args.join(" ")}]\nSee 'kubectl config view -h' for help and examples`,
      );
    const config = await readConfig(invocation);
    const chosen = flags.bool("minify") ? minified(config, flags.string("context")) : config;
    const shown = flags.bool("raw") ? chosen : redacted(chosen);
    const value = {
      kind: "Config",
      apiVersion: "v1",
      clusters: (shown.clusters ?? []).map(({ name, cluster }) => ({ name, cluster: inOrder(cluster, clusterFields) })),
      users: (shown.users ?? []).map(({ name, user }) => ({ name, user: inOrder(user, userFields) })),
      contexts: (shown.contexts ?? []).map(({ name, context }) => ({ name, context: inOrder(context, contextFields) })),
      "current-context": shown["current-context"] ?? "",
    };
    const printer = await objectPrinter(flags);
    if (!printer) throw noPrinter("");
    printer.print(value, (text) => io.stdout.write(text), { typed: true });
    return undefined;
  },
};

/** In the order of Go's types, which JSON shows. */
const clusterFields = [
  "server",
  "tls-server-name",
  "insecure-skip-tls-verify",
  "certificate-authority",
  "certificate-authority-data",
  "proxy-url",
];
const userFields = [
  "client-certificate",
  "client-certificate-data",
  "client-key",
  "client-key-data",
  "token",
  "tokenFile",
];
const contextFields = ["cluster", "user", "namespace"];

function inOrder(entry: object, fields: readonly string[]): Record<string, unknown> {
  const place = (key: string) => (fields.includes(key) ? fields.indexOf(key) : fields.length);
  return Object.fromEntries(Object.entries(entry).sort(([a], [b]) => place(a) - place(b)));
}

/** The merged configuration; lists sorted by name, empty ones absent. */
export async function readConfig({ flags, io }: Invocation): Promise<Kubeconfig> {
  const config = await loadKubeconfig(kubeconfigPaths(io.env, flags.string("kubeconfig") || undefined));
  const sorted = <T extends { name: string }>(list: readonly T[] | undefined): T[] =>
    [...(list ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { clusters, contexts, users } = config;
  return {
    ...config,
    ...(clusters?.length ? { clusters: sorted(clusters) } : { clusters: [] }),
    ...(contexts?.length ? { contexts: sorted(contexts) } : { contexts: [] }),
    ...(users?.length ? { users: sorted(users) } : { users: [] }),
  };
}

/** @throws CommandError when there is no such context */
function minified(config: Kubeconfig, asked: string): Kubeconfig {
  const name = asked || config["current-context"];
  if (!name) throw new CommandError("current-context must exist in order to minify");
  const found = config.contexts?.find((c) => c.name === name);
  if (!found) throw new CommandError(`cannot locate context ${name}`);
  return {
    ...config,
    "current-context": name,
    contexts: [found],
    clusters: (config.clusters ?? []).filter((c) => c.name === found.context.cluster),
    users: (config.users ?? []).filter((u) => u.name === found.context.user),
  };
}

const omitted = "DATA+OMITTED";

function redacted(config: Kubeconfig): Kubeconfig {
  const hide = <T extends object>(entry: T, keys: readonly string[], by: string): T =>
    Object.fromEntries(Object.entries(entry).map(([k, v]) => [k, keys.includes(k) && v ? by : v])) as T;
  return {
    ...config,
    clusters: (config.clusters ?? []).map(({ name, cluster }) => ({
      name,
      cluster: hide(cluster, ["certificate-authority-data"], omitted),
    })),
    users: (config.users ?? []).map(({ name, user }) => ({
      name,
      user: hide(
        hide(user, ["client-certificate-data", "client-key-data"], omitted),
        ["token", "password"],
        "REDACTED",
      ),
    })),
  };
}
