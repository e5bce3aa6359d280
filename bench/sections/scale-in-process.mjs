// Large clusters of `wherry/testing`: what the machine takes for it, and what the cluster's own clock shows.
import { inProcess } from "../lib/in-process.mjs";
import { seconds } from "../lib/report.mjs";
import { about, size } from "../lib/scale.mjs";

export async function measure(row) {
  const print = (key, { wallMs, cpuMs, virtualMs }) => {
    const [what, beside, goal] = about[key];
    const own = virtualMs > 0 ? `${seconds(virtualMs)} of its own time, ` : "";
    row(`${what}, in process`, seconds(wallMs), `${own}${seconds(cpuMs)} of CPU${beside && `; ${beside}`}`, goal);
  };
  print("rollout", await inProcess("rollingUpdate", { pods: size.rollout }));
  print("deployments", await inProcess("deployments", { deployments: size.deployments, pods: size.podsEach }));
  print("nodes", await inProcess("nodes", { nodes: size.nodes }));
  const { up, down } = await inProcess("podsAndBack", { nodes: 100, pods: size.pods });
  print("created", up);
  print("deleted", down);
  const { pss, rss, wallMs } = await inProcess("memory", size.memory, { timeout: 600_000 });
  const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(2)} GB`;
  row(
    `${about.memory[0]}, in process`,
    gigabytes(pss),
    `resident ${gigabytes(rss)}; ${seconds(wallMs)} until all pods were Ready`,
  );
}
