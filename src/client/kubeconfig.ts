/**
 * kubeconfig files, as client-go reads and writes them: several files merge, the first to name a thing wins, and
 * changes go to the file that the thing came from.
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import type { RestConfig } from "./http/rest.ts";

interface ClusterEntry {
  server?: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "tls-server-name"?: string;
  "proxy-url"?: string;
}

interface UserEntry {
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: unknown;
  "auth-provider"?: unknown;
}

interface ContextEntry {
  cluster: string;
  user: string;
  namespace?: string;
}

export interface Kubeconfig {
  apiVersion?: string;
  kind?: string;
  clusters?: { name: string; cluster: ClusterEntry }[];
  users?: { name: string; user: UserEntry }[];
  contexts?: { name: string; context: ContextEntry }[];
  "current-context"?: string;
  preferences?: unknown;
}

/** A kubeconfig that cannot be used, with upstream's words. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

/**
 * The files that count, in order of precedence.
 * @param explicit `--kubeconfig`: then only this one
 */
export function kubeconfigPaths(env: NodeJS.ProcessEnv, explicit?: string): string[] {
  if (explicit) return [explicit];
  const list = (env.KUBECONFIG ?? "").split(":").filter(Boolean);
  return list.length > 0 ? [...new Set(list)] : [join(env.HOME ?? homedir(), ".kube", "config")];
}

/** Reads one file; undefined when it does not exist. Paths in it become absolute. @throws KubeconfigError */
export async function readKubeconfig(file: string): Promise<Kubeconfig | undefined> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new KubeconfigError(`error loading config file "${file}": ${(error as Error).message}`);
  }
  return absolute(await parseKubeconfig(text, file), dirname(file));
}

/** @throws KubeconfigError naming the file */
export async function parseKubeconfig(text: string, file: string): Promise<Kubeconfig> {
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = text.trimStart().startsWith("{") ? JSON.parse(text) : (await import("yaml")).parse(text);
  } catch (error) {
    const [why = ""] = (error as Error).message.split("\n");
    throw new KubeconfigError(`error loading config file "${file}": yaml: ${why.replace(/:$/, "")}`);
  }
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new KubeconfigError(`error loading config file "${file}": it holds no kubeconfig`);
  }
  for (const [field, type] of lists) {
    const list = (value as Record<string, unknown>)[field] ?? [];
    if (!Array.isArray(list)) {
      const why = `json: cannot unmarshal ${typeof list} into Go struct field Config.${field} of type []v1.${type}`;
      throw new KubeconfigError(`error loading config file "${file}": ${why}`);
    }
  }
  return value as Kubeconfig;
}

const lists = [
  ["clusters", "NamedCluster"],
  ["users", "NamedAuthInfo"],
  ["contexts", "NamedContext"],
] as const;

function absolute(config: Kubeconfig, folder: string): Kubeconfig {
  const fix = <K extends string>(entry: { [key in K]?: string }, keys: readonly K[]) => {
    for (const key of keys) {
      const value = entry[key];
      if (value && !isAbsolute(value)) entry[key] = join(folder, value);
    }
  };
  for (const c of config.clusters ?? []) fix(c.cluster ?? {}, ["certificate-authority"]);
  for (const u of config.users ?? []) fix(u.user ?? {}, ["client-certificate", "client-key", "tokenFile"]);
  return config;
}

/** Reads and merges: of things with one name the first counts. */
export async function loadKubeconfig(paths: readonly string[]): Promise<Kubeconfig> {
  const merged: Required<Pick<Kubeconfig, "clusters" | "users" | "contexts">> & Kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [],
    users: [],
    contexts: [],
  };
  const add = <T extends { name: string }>(into: T[], from: readonly T[] | null | undefined) => {
    for (const item of from ?? []) if (!into.some((i) => i.name === item.name)) into.push(item);
  };
  for (const path of paths) {
    const config = await readKubeconfig(path);
    if (!config) continue;
    add(merged.clusters, config.clusters);
    add(merged.users, config.users);
    add(merged.contexts, config.contexts);
    merged["current-context"] ||= config["current-context"];
  }
  return merged;
}

export interface Overrides {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly server?: string;
  readonly namespace?: string;
}

/** What a context comes down to: how to connect, and the namespace to use when none is given. */
export interface ResolvedContext {
  readonly rest: RestConfig;
  readonly context: string;
  /** The cluster's name in the kubeconfig. */
  readonly cluster: string;
  readonly namespace: string;
}

/**
 * @throws KubeconfigError when the context, cluster or user does not exist, or needs a kind of credential that is not
 * supported
 */
export function resolveContext(config: Kubeconfig, userAgent: string, overrides: Overrides = {}): ResolvedContext {
  const contextName = overrides.context ?? config["current-context"] ?? "";
  const context = config.contexts?.find((c) => c.name === contextName)?.context;
  if (overrides.context && !context) throw new KubeconfigError(`context "${overrides.context}" does not exist`);
  const clusterName = overrides.cluster ?? context?.cluster ?? "";
  const cluster = config.clusters?.find((c) => c.name === clusterName)?.cluster;
  if (overrides.cluster && !cluster) throw new KubeconfigError(`cluster "${overrides.cluster}" does not exist`);
  const userName = overrides.user ?? context?.user ?? "";
  const user = config.users?.find((u) => u.name === userName)?.user;
  if (overrides.user && !user) throw new KubeconfigError(`auth info "${overrides.user}" does not exist`);
  if (user?.exec || user?.["auth-provider"]) {
    throw new KubeconfigError(`user "${userName}": exec and auth-provider credentials are not supported`);
  }
  if (cluster?.["proxy-url"]) throw new KubeconfigError(`cluster "${clusterName}": proxy-url is not supported`);
  const rest: RestConfig = {
    server: overrides.server ?? cluster?.server ?? "http://localhost:8080",
    ...pick("ca", pem(cluster?.["certificate-authority-data"], cluster?.["certificate-authority"])),
    ...pick("cert", pem(user?.["client-certificate-data"], user?.["client-certificate"])),
    ...pick("key", pem(user?.["client-key-data"], user?.["client-key"])),
    ...pick("token", user?.tokenFile ? readFileSync(user.tokenFile, "utf8").trim() : user?.token),
    ...pick("username", user?.username),
    ...pick("password", user?.password),
    ...pick("tlsServerName", cluster?.["tls-server-name"]),
    ...(cluster?.["insecure-skip-tls-verify"] ? { insecureSkipTlsVerify: true } : {}),
    userAgent,
  };
  const namespace = overrides.namespace ?? context?.namespace ?? "default";
  return { rest, context: contextName, cluster: clusterName, namespace };
}

const pick = <K extends string>(key: K, value: string | undefined): { [key in K]?: string } =>
  (value ? { [key]: value } : {}) as { [key in K]?: string };

/** Inline data wins over a file, as upstream. */
function pem(data: string | undefined, file: string | undefined): string | undefined {
  if (data) return Buffer.from(data, "base64").toString();
  if (!file) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new KubeconfigError(`unable to read ${file}: ${(error as Error).message}`);
  }
}
