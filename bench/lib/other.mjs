// Another cluster to measure beside ours with the same client: BENCH_KUBECONFIG names a kubeconfig that leads to it by
// a client certificate. All that is made there is in a namespace of the benchmark's own, which is deleted afterwards.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { client } from "./client.mjs";

export const otherNamespace = "wherry-bench";

/**
 * @returns nothing unless BENCH_KUBECONFIG is set; else its version, where to connect, and what takes the namespace away
 */
export async function otherCluster() {
  const file = process.env.BENCH_KUBECONFIG;
  if (!file) return undefined;
  const config = parse(readFileSync(file, "utf8"));
  const named = (list, name) => config[list]?.find((entry) => entry.name === name);
  const context = named("contexts", config["current-context"])?.context;
  const cluster = named("clusters", context?.cluster)?.cluster;
  const user = named("users", context?.user)?.user;
  const read = (entry, key) => {
    if (entry?.[`${key}-data`]) return Buffer.from(entry[`${key}-data`], "base64").toString();
    if (entry?.[key]) return readFileSync(resolve(dirname(file), entry[key]), "utf8");
    throw new Error(`BENCH_KUBECONFIG: ${file}: the current context has no ${key}`);
  };
  const connection = {
    url: cluster?.server,
    ca: read(cluster, "certificate-authority"),
    cert: read(user, "client-certificate"),
    key: read(user, "client-key"),
  };
  const api = client(connection);
  const { gitVersion } = (await api.send("GET", "/version")).object;
  await api.send("POST", "/api/v1/namespaces", { metadata: { name: otherNamespace } });
  return {
    version: gitVersion,
    connection,
    api,
    async stop() {
      await api.send("DELETE", `/api/v1/namespaces/${otherNamespace}`);
      api.close();
    },
  };
}
