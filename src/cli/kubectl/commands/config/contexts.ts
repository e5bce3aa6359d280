/** `config current-context`, `use-context`, `get-contexts`, `set-context`. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Kubeconfig, kubeconfigPaths, readKubeconfig } from "../../../../client/kubeconfig.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { alignColumns } from "../../print/table.ts";
import { toYaml } from "../../print/yaml.ts";
import { readConfig } from "./view.ts";

const unexpected = (args: readonly string[]): CommandError => new CommandError(`Unexpected args: [${args.join(" ")}]`);

export const currentContextCommand: Command = {
  path: "config current-context",
  use: "config current-context",
  short: "Display the current-context.",
  flags: [],
  async run(invocation) {
    const current = (await readConfig(invocation))["current-context"];
    if (!current) throw new CommandError("current-context is not set");
    invocation.print(current);
    return undefined;
  },
};

export const useContextCommand: Command = {
  path: "config use-context",
  use: "config use-context CONTEXT_NAME",
  short: "Set the current-context in a kubeconfig file.",
  flags: [],
  async run(invocation) {
    const { args, print } = invocation;
    if (args.length !== 1) throw unexpected(args);
    const [name = ""] = args;
    const config = await readConfig(invocation);
    if (!config.contexts?.some((c) => c.name === name)) {
      throw new CommandError(`no context exists with the name: "${name}"`);
    }
    await change(invocation, undefined, (file) => {
      file["current-context"] = name;
    });
    print(`Switched to context "${name}".`);
    return undefined;
  },
};

export const getContextsCommand: Command = {
  path: "config get-contexts",
  use: "config get-contexts [(-o|--output=)name)]",
  short: "Display one or many contexts from the kubeconfig file.",
  flags: [
    { name: "no-headers", type: "bool", default: "false", usage: "Don't print headers." },
    { name: "output", short: "o", type: "string", default: "", usage: "Output format. One of: (name)." },
  ],
  async run(invocation) {
    const { flags, args, io, print } = invocation;
    const output = flags.string("output");
    if (output !== "" && output !== "name")
      throw new CommandError(
        `--output ${output} is not available in kubectl config get-contexts; resetting to default output format`,
      );
    const config = await readConfig(invocation);
    const contexts = config.contexts ?? [];
    const missing = args.filter((name) => !contexts.some((c) => c.name === name));
    const shown = args.length > 0 ? contexts.filter((c) => args.includes(c.name)) : contexts;
    if (output === "name") for (const { name } of shown) print(name);
    else {
      const header = flags.bool("no-headers") ? [] : [["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]];
      const rows = shown.map(({ name, context }) => {
        const current = name === config["current-context"] ? "*" : "";
        return [current, name, context.cluster, context.user, context.namespace ?? ""];
      });
      io.stdout.write(alignColumns([...header, ...rows]));
    }
    if (missing.length > 0) throw new CommandError(missing.map((name) => `context ${name} not found`).join("\n"));
    return undefined;
  },
};

export const setContextCommand: Command = {
  path: "config set-context",
  use: "config set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
  short: "Set a context entry in kubeconfig.",
  flags: [{ name: "current", type: "bool", default: "false", usage: "Modify the current context" }],
  async run(invocation) {
    const { flags, args, print } = invocation;
    const current = flags.bool("current");
    if (args.length === 0 && !current) throw new CommandError("you must specify a non-empty context name or --current");
    if (args.length > 1 || (args.length === 1 && current)) throw unexpected(args);
    const config = await readConfig(invocation);
    const name = current ? config["current-context"] : args[0];
    if (!name) throw new CommandError("no current context is set");
    const known = config.contexts?.some((c) => c.name === name) ?? false;
    await change(invocation, name, (file) => {
      file.contexts ??= [];
      let entry = file.contexts.find((c) => c.name === name);
      if (!entry) {
        entry = { name, context: { cluster: "", user: "" } };
        file.contexts.push(entry);
        file.contexts.sort((a, b) => (a.name < b.name ? -1 : 1));
      }
      const { context } = entry;
      if (flags.changed("cluster")) context.cluster = flags.string("cluster");
      if (flags.changed("user")) context.user = flags.string("user");
      if (flags.changed("namespace")) {
        if (flags.string("namespace")) context.namespace = flags.string("namespace");
        else delete context.namespace;
      }
    });
    print(`Context "${name}" ${known ? "modified" : "created"}.`);
    return undefined;
  },
};

/** Changes the file that holds the context; the first that exists when none does, or when none is named. */
async function change(
  { flags, io }: Invocation,
  context: string | undefined,
  edit: (config: Kubeconfig) => void,
): Promise<void> {
  const paths = kubeconfigPaths(io.env, flags.string("kubeconfig") || undefined);
  let path = paths.find((p) => existsSync(p)) ?? (paths.at(-1) as string);
  for (const candidate of context === undefined ? [] : paths) {
    const config = await readKubeconfig(candidate);
    if (config?.contexts?.some((c) => c.name === context)) {
      path = candidate;
      break;
    }
  }
  const config = (await readKubeconfig(path)) ?? {};
  edit(config);
  mkdirSync(dirname(path), { recursive: true });
  // Whoever reads it meanwhile sees the old file or the new one, never half of it.
  const next = `${path}.new`;
  writeFileSync(next, toYaml({ apiVersion: "v1", kind: "Config", ...config }), { mode: 0o600 });
  renameSync(next, path);
}
