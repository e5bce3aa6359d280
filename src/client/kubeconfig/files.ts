/**
 * kubeconfig files, as client-go reads them: several files merge, and the first to name a thing wins.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { canonical } from "./canonical.ts";
import { parseKubeconfig } from "./parse.ts";
import { type ListName, lists } from "./schema.ts";
import { type Kubeconfig, KubeconfigError, KubeconfigErrors } from "./types.ts";

/**
 * The files that count, in order of precedence.
 * @param explicit `--kubeconfig`: then only this one
 */
export function kubeconfigPaths(env: NodeJS.ProcessEnv, explicit?: string): string[] {
  if (explicit) return [explicit];
  const list = (env.KUBECONFIG ?? "").split(":").filter(Boolean);
  return list.length > 0 ? [...new Set(list)] : [join(env.HOME ?? homedir(), ".kube", "config")];
}

/** Where things go that are in no file yet: the first file that exists, else the last. */
export const defaultFile = (paths: readonly string[]): string =>
  paths.find((path) => existsSync(path)) ?? (paths.at(-1) as string);

/** Reads one file, paths in it as they stand; undefined when it does not exist. @throws KubeconfigError */
export async function readKubeconfig(file: string): Promise<Kubeconfig | undefined> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    const why =
      code === "EISDIR"
        ? `read ${file}: is a directory`
        : code === "EACCES"
          ? `open ${file}: permission denied`
          : (error as Error).message;
    throw new KubeconfigError(`error loading config file "${file}": ${why}`);
  }
  const parsed = await parseKubeconfig(text, file);
  try {
    return canonical(parsed);
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new KubeconfigError(`error loading config file "${file}": ${error.message}`);
  }
}

export interface MergedKubeconfig {
  readonly config: Required<Pick<Kubeconfig, ListName>> & Kubeconfig;
  /** The file that an entry comes from. */
  origin(list: ListName, name: string): string | undefined;
}

/** Reads and merges, paths as they stand in their files. @throws KubeconfigError with all that is wrong */
export async function mergeKubeconfigs(paths: readonly string[]): Promise<MergedKubeconfig> {
  const config: MergedKubeconfig["config"] = { ...canonical({}), clusters: [], users: [], contexts: [] };
  const origins = new Map<string, string>();
  const problems: string[] = [];
  for (const path of paths) {
    const one = await readKubeconfig(path).catch((error: unknown) => {
      if (!(error instanceof KubeconfigError)) throw error;
      problems.push(error.message);
      return undefined;
    });
    if (!one) continue;
    for (const list of Object.keys(lists) as ListName[])
      for (const entry of one[list] ?? []) {
        const key = `${list}/${entry.name}`;
        if (origins.has(key)) continue;
        origins.set(key, path);
        (config[list] as { name: string }[]).push(entry);
      }
    config["current-context"] ||= one["current-context"] ?? "";
    if (one.preferences && !config.preferences) config.preferences = one.preferences;
    if (one.extensions && !config.extensions) config.extensions = one.extensions;
  }
  if (problems.length === 1) throw new KubeconfigError(problems[0]);
  if (problems.length > 1) throw new KubeconfigErrors(problems);
  return {
    config: canonical(config) as MergedKubeconfig["config"],
    origin: (list, name) => origins.get(`${list}/${name}`),
  };
}

/** Fields that name files. */
export const fileFields = {
  clusters: ["certificate-authority"],
  users: ["client-certificate", "client-key", "tokenFile"],
  contexts: [],
} as const satisfies Record<ListName, readonly string[]>;

/** Reads and merges; paths of files are absolute. @throws KubeconfigError */
export async function loadKubeconfig(paths: readonly string[]): Promise<Kubeconfig> {
  const { config, origin } = await mergeKubeconfigs(paths);
  for (const list of ["clusters", "users"] as const)
    for (const named of config[list]) {
      const folder = resolve(dirname(origin(list, named.name) ?? ""));
      const entry = (named as unknown as Record<string, Record<string, unknown>>)[lists[list].key] ?? {};
      for (const field of fileFields[list]) {
        const path = entry[field];
        if (typeof path === "string" && path && !isAbsolute(path)) entry[field] = join(folder, path);
      }
      const exec = entry.exec as { command?: string } | undefined;
      // A command without a slash is looked for on the PATH.
      if (exec?.command?.includes("/") && !isAbsolute(exec.command)) exec.command = join(folder, exec.command);
    }
  return config;
}
