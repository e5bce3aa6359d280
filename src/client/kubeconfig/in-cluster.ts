import { existsSync, readFileSync } from "node:fs";
import { systemClock } from "../../base/clock.ts";
import { tokenFile } from "../credentials/token-file.ts";
import type { RestConfig } from "../http/rest.ts";

const account = "/var/run/secrets/kubernetes.io/serviceaccount";

/** How a container reaches the cluster that it runs in (`rest.InClusterConfig`); undefined outside of one. */
export function inClusterConfig(
  { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }: NodeJS.ProcessEnv,
  userAgent: string,
): { readonly rest: RestConfig; readonly namespace: string } | undefined {
  const token = `${account}/token`;
  if (!host || !port || !existsSync(token)) return undefined;
  const [ca, namespace] = [`${account}/ca.crt`, `${account}/namespace`].map((file) =>
    existsSync(file) ? readFileSync(file, "utf8") : "",
  );
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    rest: { server, ...(ca ? { ca } : {}), credentials: tokenFile(token, systemClock), userAgent },
    namespace: namespace?.trim() || "default",
  };
}
