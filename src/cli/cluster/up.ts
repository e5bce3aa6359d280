import { readFileSync } from "node:fs";
import { systemClock } from "../../base/clock.ts";
import { type Kubeconfig, kubeconfigPaths, loadKubeconfig } from "../../client/kubeconfig.ts";
import { chooseRuntime } from "../../cluster/choose-runtime.ts";
import { dashboardAddress } from "../../cluster/dashboard.ts";
import { mergeKubeconfig } from "../../cluster/kubeconfig.ts";
import { clusterPaths } from "../../cluster/paths.ts";
import { readSimulatedImages } from "../../cluster/simulated-images.ts";
import { startCluster } from "../../cluster/start.ts";
import type { CliIo } from "../io.ts";

export interface UpOptions {
  readonly name: string;
  readonly nodes?: number;
  readonly runtime?: "auto" | "linux" | "simulated";
  readonly port?: number;
  /** A file. */
  readonly simulatedImages?: string;
}

export async function up(options: UpOptions, io: CliIo): Promise<number> {
  const say = (line: string) => void io.stdout.write(`${line}\n`);
  const started = systemClock.monotonic();
  const { name, nodes, port } = options;
  // One that cannot be read is told before anything starts.
  await loadKubeconfig(kubeconfigPaths(io.env));
  const choice = await chooseRuntime(options.runtime, name, io.env);
  if (choice.why) say(`simulated nodes: ${choice.why}`);
  const cluster = await startCluster(
    {
      name,
      ...(nodes === undefined ? {} : { nodes }),
      ...(choice.runtime ? { runtime: choice.runtime } : {}),
      ...(port === undefined ? {} : { port }),
      ...(options.simulatedImages ? { simulatedImages: await readSimulatedImages(options.simulatedImages) } : {}),
    },
    io.env,
  );
  const own = JSON.parse(readFileSync(clusterPaths(name, io.env).kubeconfig, "utf8")) as Kubeconfig;
  const file = await mergeKubeconfig(own, io.env);
  const { record } = cluster;
  if (cluster.alreadyRunning) say(`cluster "${name}" is running at ${record.server}`);
  else {
    const seconds = ((systemClock.monotonic() - started) / 1000).toFixed(2);
    const size = record.nodes === 1 ? "1 node" : `${record.nodes} nodes`;
    say(`cluster "${name}" is ready: ${record.server} (${size}, ${record.runtime} runtime, ${seconds} s)`);
  }
  for (const limit of cluster.limits) say(`limit: ${limit}`);
  const page = dashboardAddress(record, io.env);
  if (page) say(`dashboard: ${page}`);
  say(`kubectl uses it now: context "${name}" in ${file}`);
  return 0;
}
