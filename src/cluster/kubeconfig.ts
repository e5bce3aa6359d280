/** Puts a cluster's context into kubeconfig files, and takes it out again, leaving everything else as it was. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Kubeconfig, kubeconfigPaths, parseKubeconfig } from "../client/kubeconfig.ts";
import { type KubeconfigOptions, kubeconfigFor } from "../server/pki/kubeconfig.ts";

/** Writes a file that holds this one context. JSON is YAML, and needs no library to write or to read. */
export function writeKubeconfig(file: string, options: KubeconfigOptions): void {
  write(file, `${JSON.stringify(kubeconfigFor(options), undefined, 2)}\n`);
}

/**
 * Merges the one context of `from` into the user's kubeconfig and makes it current.
 * @returns the file that was changed: the first of KUBECONFIG, or `~/.kube/config`
 * @throws KubeconfigError when that file is not a kubeconfig; nothing is changed then
 */
export async function mergeKubeconfig(from: Kubeconfig, env: NodeJS.ProcessEnv): Promise<string> {
  const file = kubeconfigPaths(env)[0] as string;
  const into = await read(file);
  const put = <T extends { name: string }>(list: T[] | undefined | null, items: readonly T[] = []): T[] => [
    ...(list ?? []).filter((old) => !items.some((item) => item.name === old.name)),
    ...items,
  ];
  await save(file, {
    apiVersion: "v1",
    kind: "Config",
    preferences: {},
    ...into,
    clusters: put(into.clusters, from.clusters),
    users: put(into.users, from.users),
    contexts: put(into.contexts, from.contexts),
    "current-context": from["current-context"],
  });
  return file;
}

/** Removes the cluster's context from the user's kubeconfig if it still leads to `server`. */
export async function removeFromKubeconfig(name: string, server: string, env: NodeJS.ProcessEnv): Promise<void> {
  for (const file of kubeconfigPaths(env)) {
    const config = await read(file);
    if (!config.clusters?.some((c) => c.name === name && c.cluster.server === server)) continue;
    const without = <T extends { name: string }>(list: T[] | undefined | null): T[] =>
      (list ?? []).filter((item) => item.name !== name);
    const current = config["current-context"] === name ? "" : config["current-context"];
    await save(file, {
      ...config,
      clusters: without(config.clusters),
      users: without(config.users),
      contexts: without(config.contexts),
      "current-context": current,
    });
  }
}

async function read(file: string): Promise<Kubeconfig> {
  try {
    return await parseKubeconfig(readFileSync(file, "utf8"), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

async function save(file: string, config: Kubeconfig): Promise<void> {
  const { stringify } = await import("yaml");
  write(file, stringify(config, { lineWidth: 0 }));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  let mode = 0o600;
  try {
    mode = statSync(file).mode & 0o777;
  } catch {
    // A new file.
  }
  writeFileSync(`${file}.wherry`, text, { mode });
  renameSync(`${file}.wherry`, file);
}
