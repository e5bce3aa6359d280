// From the command to a node that is Ready: on a fresh directory, and on one that was used before.
import { startCluster } from "../lib/cluster.mjs";
import { median, seconds } from "../lib/report.mjs";

export async function measure(row) {
  for (const runtime of ["linux", "simulated"]) {
    const first = [];
    const again = [];
    for (let i = 0; i < 5; i++) {
      const cluster = await startCluster("--runtime", runtime);
      try {
        first.push(cluster.startMs);
        await cluster.wherry("down", "--name", "b", "--keep-data");
        const began = performance.now();
        await cluster.wherry("up", "--name", "b");
        again.push(performance.now() - began);
      } finally {
        await cluster.stop();
      }
    }
    row(`cold start to Ready, ${runtime} (median of 5)`, seconds(median(first)), "upstream 1.32: 10 s", "under 1 s");
    row(`start again with its data, ${runtime} (median of 5)`, seconds(median(again)));
  }
}
