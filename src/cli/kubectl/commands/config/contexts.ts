/** `config current-context`, `use-context`, `get-contexts`, `set-context`, `rename-context`. */
import { type Command, CommandError, CommandErrors, ShowHelp } from "../../core/command.ts";
import { alignColumns } from "../../print/table.ts";
import { changeConfig, configFile, entryFlags, hasEntry, readConfig } from "./access.ts";

export const unexpected = (args: readonly string[]): ShowHelp => new ShowHelp(`Unexpected args: [${args.join(" ")}]`);

export const currentContextCommand: Command = {
  path: "config current-context",
  use: "config current-context",
  short: "Display the current-context.",
  flags: [],
  async run(invocation) {
    const current = (await readConfig(invocation)).config["current-context"];
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
    const { config } = await readConfig(invocation);
    if (name === "") throw new CommandError("empty context names are not allowed");
    if (!hasEntry(config, "contexts", name)) throw new CommandError(`no context exists with the name: "${name}"`);
    await changeConfig(invocation, (next) => {
      next["current-context"] = name;
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
    const { config } = await readConfig(invocation);
    const missing = args.filter((name) => !hasEntry(config, "contexts", name));
    const named = args.flatMap((name) => config.contexts.filter((c) => c.name === name));
    named.sort((a, b) => (a.name < b.name ? -1 : 1));
    const shown = args.length > 0 ? named : config.contexts;
    if (output === "name") for (const { name } of shown) print(name);
    else {
      const header = flags.bool("no-headers") ? [] : [["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]];
      const rows = shown.map(({ name, context }) => {
        const current = name === config["current-context"] ? "*" : " ";
        return [current, name, context.cluster, context.user, context.namespace ?? ""];
      });
      io.stdout.write(alignColumns([...header, ...rows]));
    }
    if (missing.length > 0)
      throw new CommandErrors(missing.map((name) => new CommandError(`context ${name} not found`)));
    return undefined;
  },
};

export const setContextCommand: Command = {
  path: "config set-context",
  use: "config set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
  short: "Set a context entry in kubeconfig.",
  flags: [
    { name: "current", type: "bool", default: "false", usage: "Modify the current context" },
    ...entryFlags("context", ["cluster", "user", "namespace"]),
  ],
  async run(invocation) {
    const { flags, args, print } = invocation;
    const current = flags.bool("current");
    const [given = ""] = args;
    if (args.length > 1) throw unexpected(args);
    if (given === "" && !current) throw new CommandError("you must specify a non-empty context name or --current");
    if (given !== "" && current) throw new CommandError("you cannot specify both a context name and --current");
    const { config } = await readConfig(invocation);
    const name = current ? config["current-context"] : given;
    if (!name) throw new CommandError("no current context is set");
    await changeConfig(invocation, (next) => {
      next.contexts ??= [];
      let entry = next.contexts.find((c) => c.name === name);
      if (!entry) {
        entry = { name, context: { cluster: "", user: "" } };
        next.contexts.push(entry);
      }
      for (const field of ["cluster", "user", "namespace"] as const)
        if (flags.changed(field)) entry.context[field] = flags.string(field);
    });
    print(`Context "${name}" ${hasEntry(config, "contexts", name) ? "modified" : "created"}.`);
    return undefined;
  },
};

export const renameContextCommand: Command = {
  path: "config rename-context",
  use: "config rename-context CONTEXT_NAME NEW_NAME",
  short: "Renames a context from the kubeconfig file.",
  flags: [],
  async run(invocation) {
    const { args, print } = invocation;
    if (args.length !== 2) throw unexpected(args);
    const [from = "", to = ""] = args;
    if (to === "") throw new CommandError("You must specify a new non-empty context name");
    const { config } = await readConfig(invocation);
    const file = configFile(invocation);
    if (!hasEntry(config, "contexts", from))
      throw new CommandError(`cannot rename the context "${from}", it's not in ${file}`);
    if (hasEntry(config, "contexts", to))
      throw new CommandError(`cannot rename the context "${from}", the context "${to}" already exists in ${file}`);
    await changeConfig(invocation, (next) => {
      const entry = next.contexts?.find((c) => c.name === from);
      if (entry) entry.name = to;
      if (next["current-context"] === from) next["current-context"] = to;
    });
    print(`Context "${from}" renamed to "${to}".`);
    return undefined;
  },
};
