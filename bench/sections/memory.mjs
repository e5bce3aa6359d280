// Memory of a cluster that has nothing to do: the sum of proportional set sizes of its processes, 60 s after Ready.
import { setTimeout as sleep } from "node:timers/promises";
import { memoryOf, startCluster } from "../lib/cluster.mjs";

export async function measure(row) {
  const cluster = await startCluster("--runtime", "linux");
  try {
    await sleep(60_000);
    const processes = memoryOf(cluster).sort((a, b) => b.pss - a.pss);
    const total = processes.reduce((sum, p) => sum + p.pss, 0);
    // Other Node.js processes on the machine take over a part of what is shared. Alone, this is the most it can be.
    const shared = Math.max(...processes.map((p) => p.rss - p.own));
    const alone = processes.reduce((sum, p) => sum + p.own, shared);
    const mb = (bytes) => `${Math.round(bytes / 1e6)} MB`;
    row(
      "idle memory, 60 s after Ready",
      mb(total),
      `server ${mb(processes[0].pss)}, agent ${mb(processes[1].pss)}; at most ${mb(alone)} alone on a machine; upstream 488 MB`,
      "under 120 MB",
    );
  } finally {
    await cluster.stop();
  }
}
