/** What a context of a kubeconfig comes down to, with what the command line says instead (`clientcmd/client_config.go`). */
import { existsSync, readFileSync } from "node:fs";
import { systemClock as clock } from "../../base/clock.ts";
import type { CredentialSource } from "../credentials/source.ts";
import { tokenFile } from "../credentials/token-file.ts";
import type { RestConfig } from "../http/rest.ts";
import { inClusterConfig } from "./in-cluster.ts";
import { type ClusterEntry, type Kubeconfig, KubeconfigError, type UserEntry } from "./types.ts";
import { clusterProblems, InvalidConfiguration, userProblems } from "./validate.ts";

export interface Overrides {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  /** Fields of the cluster that are not the kubeconfig's. */
  readonly clusterFields?: ClusterEntry;
  readonly userFields?: UserEntry;
}

/** What a context comes down to: how to connect, and the namespace to use when none is given. */
export interface ResolvedContext {
  readonly rest: RestConfig;
  readonly context: string;
  /** The name of its cluster in the kubeconfig. */
  readonly cluster: string;
  readonly namespace: string;
}

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Keeps new tokens of a user where the old ones were. */
  persist?(user: string, config: Record<string, string>): Promise<void>;
}

const defaultServer = "http://localhost:8080";

/**
 * @throws InvalidConfiguration when what it comes down to cannot be used
 * @throws KubeconfigError when the context, cluster or user asked for does not exist
 */
export async function resolveContext(
  config: Kubeconfig,
  userAgent: string,
  overrides: Overrides = {},
  { env, persist }: Surroundings = { env: process.env },
): Promise<ResolvedContext> {
  const contextName = overrides.context ?? config["current-context"] ?? "";
  const context = config.contexts?.find((c) => c.name === contextName)?.context;
  if (overrides.context && !context) throw new KubeconfigError(`context "${overrides.context}" does not exist`);
  const userName = overrides.user ?? context?.user ?? "";
  const knownUser = config.users?.find((u) => u.name === userName)?.user;
  if (overrides.user && !knownUser) throw new KubeconfigError(`auth info "${overrides.user}" does not exist`);
  const clusterName = overrides.cluster ?? context?.cluster ?? "";
  const knownCluster = config.clusters?.find((c) => c.name === clusterName)?.cluster;
  if (overrides.cluster && !knownCluster)
    throw new KubeconfigError(`no server found for cluster "${overrides.cluster}"`);
  const cluster = mergedCluster(knownCluster, overrides.clusterFields, env);
  const user: UserEntry = { ...knownUser, ...overrides.userFields };
  const lost = contextName !== "" && !context ? [`context was not found for specified context: ${contextName}`] : [];
  const problems = [...lost, ...userProblems(userName, user), ...clusterProblems(clusterName, cluster)];
  if (problems.length > 0) throw new InvalidConfiguration(problems);
  const names = { context: contextName, cluster: clusterName };
  if (cluster.server === defaultServer && Object.keys(user).length === 0) {
    const inside = inClusterConfig(env, userAgent);
    if (inside)
      return { ...names, rest: inside.rest, namespace: overrides.namespace ?? context?.namespace ?? inside.namespace };
  }
  const persistFor = (next: Record<string, string>) => persist?.(userName, next) ?? Promise.resolve();
  const rest = await restConfig(cluster, user, userAgent, env, persistFor);
  return { ...names, rest, namespace: overrides.namespace ?? context?.namespace ?? "default" };
}

/** Authorities go together: who names another one, or none, means that one alone. */
function mergedCluster(
  known: ClusterEntry | undefined,
  given: ClusterEntry = {},
  env: NodeJS.ProcessEnv,
): ClusterEntry {
  const merged = { server: env.KUBERNETES_MASTER || defaultServer, ...known, ...given };
  if (given["insecure-skip-tls-verify"] || given["certificate-authority"]) {
    delete merged["certificate-authority-data"];
    if (!given["certificate-authority"]) delete merged["certificate-authority"];
    if (!given["insecure-skip-tls-verify"]) delete merged["insecure-skip-tls-verify"];
  }
  if (given.server && !given["tls-server-name"]) delete merged["tls-server-name"];
  return merged;
}

async function restConfig(
  cluster: ClusterEntry,
  user: UserEntry,
  userAgent: string,
  env: NodeJS.ProcessEnv,
  persist: (config: Record<string, string>) => Promise<void>,
): Promise<RestConfig> {
  const server = serverAddress(cluster.server ?? "");
  const url = new URL(server);
  const impersonate = user.as
    ? {
        impersonate: {
          user: user.as,
          ...(user["as-uid"] ? { uid: user["as-uid"] } : {}),
          ...(user["as-groups"]?.length ? { groups: user["as-groups"] } : {}),
          ...(user["as-user-extra"] ? { extra: user["as-user-extra"] } : {}),
        },
      }
    : {};
  const proxy = cluster["proxy-url"] || (await environmentProxy(url, env));
  const plain = { server, userAgent, ...impersonate, ...(proxy ? { proxy } : {}) };
  // As upstream: nobody proves who they are to a server without TLS.
  if (url.protocol !== "https:") return plain;
  const ca = pem(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  if (ca && cluster["insecure-skip-tls-verify"])
    throw new KubeconfigError("specifying a root certificates file with the insecure flag is not allowed");
  const credentials = await credentialSource(cluster, user, env, persist);
  return {
    ...plain,
    ...pick("ca", ca),
    ...pick("cert", pem(user["client-certificate-data"], user["client-certificate"])),
    ...pick("key", pem(user["client-key-data"], user["client-key"])),
    ...pick("token", user.token),
    ...pick("username", user.username),
    ...pick("password", user.password),
    ...(credentials ? { credentials } : {}),
    ...pick("tlsServerName", cluster["tls-server-name"]),
    ...(cluster["insecure-skip-tls-verify"] ? { insecureSkipTlsVerify: true } : {}),
  };
}

/** Only who has one in the environment needs the rules. */
async function environmentProxy(server: URL, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (!env.HTTPS_PROXY && !env.https_proxy && !env.HTTP_PROXY && !env.http_proxy) return undefined;
  return (await import("../http/proxy-environment.ts")).proxyFromEnvironment(server, env);
}

/** `host:port` without a scheme is a server without TLS. @throws KubeconfigError */
function serverAddress(text: string): string {
  if (text.includes("://") && !/^[a-z][a-z0-9+.-]*:/i.test(text)) throw notAHost(text);
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) throw notAHost(text);
  return address;
}

const removedProviders: Readonly<Record<string, string>> = {
  gcp: `Please use the "gke-gcloud-auth-plugin" kubectl/client-go credential plugin instead.
See https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke for further details`,
  azure: `Please use the https://github.com/Azure/kubelogin kubectl/client-go credential plugin instead.
See https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins for further details`,
};

const notAHost = (text: string): KubeconfigError =>
  new KubeconfigError(`host must be a URL or a host:port pair: ${JSON.stringify(text)}`);

async function credentialSource(
  cluster: ClusterEntry,
  user: UserEntry,
  env: NodeJS.ProcessEnv,
  persist: (config: Record<string, string>) => Promise<void>,
): Promise<CredentialSource | undefined> {
  const provider = user["auth-provider"];
  if (user.exec) {
    const { execCredentials } = await import("../credentials/exec.ts");
    return execCredentials(user.exec, {
      clock,
      env,
      terminal: process.stdin.isTTY === true,
      cluster: clusterInfo(cluster),
    });
  }
  if (provider) {
    const instead = removedProviders[provider.name];
    if (instead) throw new KubeconfigError(`The ${provider.name} auth plugin has been removed.\n${instead}`);
    if (provider.name !== "oidc")
      throw new KubeconfigError(`no Auth Provider found for name ${JSON.stringify(provider.name)}`);
    const { oidcCredentials } = await import("../credentials/oidc.ts");
    return oidcCredentials(provider.config ?? {}, { clock, env, persist });
  }
  if (!user.token && user.tokenFile) {
    if (!existsSync(user.tokenFile)) throw new KubeconfigError(`open ${user.tokenFile}: no such file or directory`);
    return tokenFile(user.tokenFile, clock);
  }
  return undefined;
}

/** `spec.cluster` of an ExecCredential. */
function clusterInfo(cluster: ClusterEntry): object {
  const data = pem(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  const config = cluster.extensions?.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension;
  return {
    server: cluster.server,
    ...pick("tls-server-name", cluster["tls-server-name"]),
    ...(cluster["insecure-skip-tls-verify"] ? { "insecure-skip-tls-verify": true } : {}),
    ...(data ? { "certificate-authority-data": Buffer.from(data).toString("base64") } : {}),
    ...pick("proxy-url", cluster["proxy-url"]),
    ...(cluster["disable-compression"] ? { "disable-compression": true } : {}),
    config: config ?? null,
  };
}

const pick = <K extends string>(key: K, value: string | undefined): { [key in K]?: string } =>
  (value ? { [key]: value } : {}) as { [key in K]?: string };

/** Inline data wins over a file, as upstream. */
function pem(data: string | undefined, file: string | undefined): string | undefined {
  if (data) return Buffer.from(data, "base64").toString();
  return file ? readFileSync(file, "utf8") : undefined;
}
