import { readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import type { MergedKubeconfig } from "../../../../client/kubeconfig/files.ts";
import type { Kubeconfig } from "../../../../client/kubeconfig/types.ts";
import { type Command, CommandError } from "../../core/command.ts";
import { printable } from "../../print/kubeconfig.ts";
import { printFlags } from "../../print/print-flags.ts";
import { noPrinter, objectPrinter } from "../../print/printer.ts";
import { readConfig } from "./access.ts";

export const configViewCommand: Command = {
  path: "config view",
  use: "config view [flags]",
  short: "Display merged kubeconfig settings or a specified kubeconfig file.",
  flags: [
    {
      name: "flatten",
      type: "bool",
      default: "false",
      usage:
        "Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)",
    },
    { name: "merge", type: "bool", default: "true", usage: "Merge the full hierarchy of kubeconfig files" },
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
    const printer = await objectPrinter(flags);
    if (!printer) throw noPrinter("");
    if (!flags.bool("merge") && !flags.string("kubeconfig"))
      throw new CommandError("if merge==false a precise file must be specified");
    const merged = await readConfig(invocation);
    const chosen = flags.bool("minify") ? minified(merged.config, flags.string("context")) : merged.config;
    const shown = flags.bool("flatten") ? flattened(chosen, merged) : flags.bool("raw") ? chosen : redacted(chosen);
    printer.print(printable(shown), (text) => io.stdout.write(text), { typed: true });
    return undefined;
  },
};

/** What the current context uses. @throws CommandError when there is no such context */
function minified(config: Kubeconfig, asked: string): Kubeconfig {
  const name = asked || config["current-context"];
  if (!name) throw new CommandError("current-context must exist in order to minify");
  const found = config.contexts?.find((c) => c.name === name);
  if (!found) throw new CommandError(`cannot locate context ${name}`);
  const { cluster, user } = found.context;
  const clusters = (config.clusters ?? []).filter((c) => c.name === cluster);
  const users = (config.users ?? []).filter((u) => u.name === user);
  if (cluster && clusters.length === 0) throw new CommandError(`cannot locate cluster ${cluster}`);
  if (user && users.length === 0) throw new CommandError(`cannot locate user ${user}`);
  return { ...config, "current-context": name, contexts: [found], clusters, users };
}

/** What files hold stands in the kubeconfig itself. @throws CommandError */
function flattened(config: Kubeconfig, { origin }: MergedKubeconfig): Kubeconfig {
  const inline = <T extends object>(entry: T, file: string | undefined, names: readonly string[]): T => {
    const next = { ...entry } as Record<string, unknown>;
    for (const name of names) {
      const path = next[name] as string | undefined;
      if (!path) continue;
      if (next[`${name}-data`]) throw new CommandError("cannot have values for both path and contents");
      const whole = isAbsolute(path) ? path : resolve(dirname(file ?? ""), path);
      try {
        next[`${name}-data`] = readFileSync(whole).toString("base64");
      } catch (error) {
        const why =
          (error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file or directory" : "permission denied";
        throw new CommandError(`open ${whole}: ${why}`);
      }
      delete next[name];
    }
    return next as T;
  };
  return {
    ...config,
    users: (config.users ?? []).map(({ name, user }) => ({
      name,
      user: inline(user, origin("users", name), ["client-certificate", "client-key"]),
    })),
    clusters: (config.clusters ?? []).map(({ name, cluster }) => ({
      name,
      cluster: inline(cluster, origin("clusters", name), ["certificate-authority"]),
    })),
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
