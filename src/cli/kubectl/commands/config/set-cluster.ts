import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { ClusterEntry } from "../../../../client/kubeconfig/types.ts";
import { type Command, CommandError } from "../../core/command.ts";
import { type Flag, type FlagValues, switchFlag } from "../../core/flags.ts";
import { changeConfig, entryFlags } from "./access.ts";
import { unexpected } from "./contexts.ts";

export const embedCertsFlag = (usage: string): Flag => ({ name: "embed-certs", type: "bool", default: "false", usage });

export const setClusterCommand: Command = {
  path: "config set-cluster",
  use: "config set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]",
  short: "Set a cluster entry in kubeconfig.",
  flags: [
    embedCertsFlag("embed-certs for the cluster entry in kubeconfig"),
    ...entryFlags("cluster", ["server", "tls-server-name", "certificate-authority", "proxy-url"]),
    switchFlag("insecure-skip-tls-verify", "insecure-skip-tls-verify of the cluster entry in kubeconfig"),
  ],
  async run(invocation) {
    const { flags, args, print } = invocation;
    if (args.length !== 1) throw unexpected(args);
    const [name = ""] = args;
    if (name === "") throw new CommandError("you must specify a non-empty cluster name");
    const ca = flags.string("certificate-authority");
    if (flags.bool("insecure-skip-tls-verify") && ca)
      throw new CommandError("you cannot specify a certificate authority and insecure mode at the same time");
    if (flags.bool("embed-certs")) {
      if (!ca) throw new CommandError("you must specify a --certificate-authority to embed");
      mustExist("certificate-authority", ca);
    }
    await changeConfig(invocation, (next) => {
      next.clusters ??= [];
      let entry = next.clusters.find((c) => c.name === name);
      if (!entry) {
        entry = { name, cluster: {} };
        next.clusters.push(entry);
      }
      change(entry.cluster, flags);
    });
    print(`Cluster "${name}" set.`);
    return undefined;
  },
};

/** @throws CommandError when a file cannot be looked at */
export function mustExist(flag: string, path: string): void {
  try {
    statSync(path);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file or directory" : "permission denied";
    throw new CommandError(`could not stat ${flag} file ${path}: stat ${path}: ${why}`);
  }
}

/** A certificate or key in a file: its path, or with `--embed-certs` what it holds. */
export function putFile<T extends object>(entry: T, field: keyof T & string, path: string, embed: boolean): void {
  const fields = entry as Record<string, unknown>;
  if (embed) {
    fields[`${field}-data`] = readFileSync(path).toString("base64");
    delete fields[field];
    return;
  }
  fields[field] = resolve(path);
  delete fields[`${field}-data`];
}

function change(cluster: ClusterEntry, flags: FlagValues): void {
  if (flags.changed("server")) {
    cluster.server = flags.string("server");
    delete cluster["tls-server-name"];
  }
  if (flags.changed("tls-server-name")) cluster["tls-server-name"] = flags.string("tls-server-name");
  if (flags.changed("insecure-skip-tls-verify")) {
    cluster["insecure-skip-tls-verify"] = flags.bool("insecure-skip-tls-verify");
    if (cluster["insecure-skip-tls-verify"]) {
      delete cluster["certificate-authority"];
      delete cluster["certificate-authority-data"];
    }
  } else delete cluster["insecure-skip-tls-verify"]; // kubectl 1.34 takes what is not said again for false.
  if (flags.changed("certificate-authority")) {
    putFile(cluster, "certificate-authority", flags.string("certificate-authority"), flags.bool("embed-certs"));
    delete cluster["insecure-skip-tls-verify"];
  }
  if (flags.changed("proxy-url")) cluster["proxy-url"] = flags.string("proxy-url");
}
