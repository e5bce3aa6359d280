import { createHttpClient } from "../../client/http/client.ts";
import { createRestClient } from "../../client/http/rest.ts";
import { nodes as nodeKind } from "../../client/kinds.ts";
import { loadKubeconfig, resolveContext } from "../../client/kubeconfig.ts";
import { dashboardAddress } from "../../cluster/dashboard.ts";
import { clusterPaths } from "../../cluster/paths.ts";
import { isRunning, listRecords, readRecord } from "../../cluster/record.ts";
import { machineAlive } from "../../cluster/stop.ts";
import type { CliIo } from "../io.ts";

/** Says whether the cluster runs; exit code 1 when it does not. */
export async function status({ name }: { name: string }, io: CliIo): Promise<number> {
  const say = (line: string) => void io.stdout.write(`${line}\n`);
  const record = readRecord(name, io.env);
  if (!record) {
    const others = listRecords(io.env).map((r) => r.name);
    throw new Error(`there is no cluster "${name}"${others.length > 0 ? `; there are: ${others.join(", ")}` : ""}`);
  }
  const paths = clusterPaths(name, io.env);
  if (!isRunning(record)) {
    say(`cluster "${name}" is stopped; its data is in ${paths.dir}`);
    return 1;
  }
  say(`cluster "${name}" runs at ${record.server} (${record.runtime} runtime, pid ${record.process?.pid})`);
  const { rest: config } = await resolveContext(await loadKubeconfig([paths.kubeconfig]), "wherry");
  const rest = await createRestClient(config);
  try {
    for (const node of (await createHttpClient(rest).list(nodeKind)).items) {
      const ready = node.status?.conditions?.find((c) => c.type === "Ready");
      const address = node.status?.addresses?.find((a) => a.type === "InternalIP")?.address;
      const state = ready?.status === "True" ? "Ready" : `NotReady (${ready?.reason ?? "unknown"})`;
      if (record.runtime === "linux" && !machineAlive(paths.node(node.metadata?.name ?? "").machine)) {
        say(`node ${node.metadata?.name}: has died; \`wherry up --name ${name}\` starts it again`);
        continue;
      }
      say(`node ${node.metadata?.name}: ${state}${address ? `, ${address}` : ""}`);
    }
  } finally {
    rest.close();
  }
  const page = dashboardAddress(record, io.env);
  if (page) say(`dashboard: ${page}`);
  say(`data: ${paths.dir}`);
  return 0;
}
