// Memory of a cluster that has nothing to do: the sum of proportional set sizes of its processes, 60 s after Ready.
import { setTimeout as sleep } from "node:timers/promises";
import { memoryOf, startCluster } from "../lib/cluster.mjs";

export async function measure(row) {
  const cluster = await startCluster("--runtime", "linux");
  try {
    await sleep(60_000);
    const processes = memoryOf(cluster.home);
    const total = processes.reduce((sum, p) => sum + p.bytes, 0);
    const mb = (bytes) => `${Math.round(bytes / 1e6)} MB`;
    const largest = [...processes].sort((a, b) => b.bytes - a.bytes).slice(0, 2);
    row(
      "idle memory, 60 s after Ready",
      mb(total),
      `server ${mb(largest[0].bytes)}, agent ${mb(largest[1].bytes)}; upstream 488 MB`,
      "under 120 MB",
    );
  } finally {
    await cluster.stop();
  }
}
