/** Which kubeconfigs can be used (`clientcmd/validation.go`). */
import { accessSync, constants } from "node:fs";
import { type ClusterEntry, KubeconfigError, type UserEntry } from "./types.ts";

/** A kubeconfig that contradicts itself or leads nowhere. */
export class InvalidConfiguration extends KubeconfigError {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`invalid configuration: ${problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`}`);
    this.problems = problems;
  }
}

function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file or directory" : "permission denied";
    return `open ${path}: ${why}`;
  }
}

export function clusterProblems(name: string, cluster: ClusterEntry): string[] {
  const problems: string[] = [];
  if (!cluster.server)
    problems.push(name === "" ? "default cluster has no server defined" : `no server found for cluster "${name}"`);
  const proxy = cluster["proxy-url"];
  if (proxy) {
    const why = proxyProblem(proxy);
    if (why) problems.push(`invalid 'proxy-url' ${JSON.stringify(proxy)} for cluster ${JSON.stringify(name)}: ${why}`);
  }
  const { "certificate-authority": ca, "certificate-authority-data": data } = cluster;
  if (ca && data)
    problems.push(
      `certificate-authority-data and certificate-authority are both specified for ${name}. certificate-authority-data will override.`,
    );
  const why = ca && unreadable(ca);
  if (why) problems.push(`unable to read certificate-authority ${ca} for ${name} due to ${why}`);
  return problems;
}

function proxyProblem(text: string): string | undefined {
  const scheme = /^([a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (!URL.canParse(text) && scheme) return `could not parse: ${text}`;
  if (scheme && ["http", "https", "socks5"].includes(scheme)) return undefined;
  return `unsupported scheme ${JSON.stringify(scheme ?? "")}, must be http, https, or socks5`;
}

export function userProblems(name: string, user: UserEntry): string[] {
  const problems: string[] = [];
  const {
    "client-certificate": cert,
    "client-certificate-data": certData,
    "client-key": key,
    "client-key-data": keyData,
  } = user;
  if (cert || certData) {
    if (cert && certData)
      problems.push(`client-cert-data and client-cert are both specified for ${name}. client-cert-data will override.`);
    if (key && keyData)
      problems.push(`client-key-data and client-key are both specified for ${name}; client-key-data will override`);
    if (!key && !keyData)
      problems.push(
        `client-key-data or client-key must be specified for ${name} to use the clientCert authentication method.`,
      );
    const [noCert, noKey] = [cert && unreadable(cert), key && unreadable(key)];
    if (noCert) problems.push(`unable to read client-cert ${cert} for ${name} due to ${noCert}`);
    if (noKey) problems.push(`unable to read client-key ${key} for ${name} due to ${noKey}`);
  }
  const { exec } = user;
  if (exec) {
    const must = (what: string) => `${what} must be specified for ${name} to use exec authentication plugin`;
    if (user["auth-provider"])
      problems.push(`authProvider cannot be provided in combination with an exec plugin for ${name}`);
    if (!exec.command) problems.push(must("command"));
    if (!exec.apiVersion) problems.push(must("apiVersion"));
    for (const { name: variable } of exec.env ?? []) if (!variable) problems.push(must("env variable name"));
    if (!exec.interactiveMode) problems.push(must("interactiveMode"));
    else if (!["Never", "IfAvailable", "Always"].includes(exec.interactiveMode))
      problems.push(`invalid interactiveMode for ${name}: ${JSON.stringify(exec.interactiveMode)}`);
  }
  const methods = [...(user.token ? ["token"] : []), ...(user.username || user.password ? ["basicAuth"] : [])];
  if (methods.length > 1)
    problems.push(
      `more than one authentication method found for ${name}; found [${methods.join(" ")}], only one is allowed`,
    );
  if (!user.as && (user["as-uid"] || user["as-groups"]?.length || Object.keys(user["as-user-extra"] ?? {}).length > 0))
    problems.push(`requesting uid, groups or user-extra for ${name} without impersonating a user`);
  return problems;
}
