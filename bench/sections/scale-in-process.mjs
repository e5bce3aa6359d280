// Large clusters of `wherry/testing`: what the machine takes for it, and what the cluster's own clock shows.
import { inProcess } from "../lib/in-process.mjs";
import { bounded, seconds } from "../lib/report.mjs";
import { about, longest, size } from "../lib/scale.mjs";

export async function measure(row) {
  const print = (key, { wallMs, cpuMs, virtualMs }) => {
    const [what, beside, goal] = about[key];
    const own = virtualMs > 0 ? `${seconds(virtualMs)} of its own time, ` : "";
    row(`${what}, in process`, seconds(wallMs), `${own}${seconds(cpuMs)} of CPU${beside && `; ${beside}`}`, goal);
  };
  const printTooLong = (key, why) => {
    const [what, beside, goal] = about[key];
    row(`${what}, in process`, why, beside, goal);
  };
  const run = (scenario, args, show, keys, timeout = longest) =>
    bounded(
      () => inProcess(scenario, args, { timeout }),
      show,
      (why) => {
        for (const key of keys) printTooLong(key, why);
      },
    );
  const one = (key, scenario, args) => run(scenario, args, (measured) => print(key, measured), [key]);

  await one("rollout", "rollingUpdate", { pods: size.rollout });
  await one("deployments", "deployments", { deployments: size.deployments, pods: size.podsEach });
  await one("nodes", "nodes", { nodes: size.nodes });
  const both = ({ up, down }) => {
    print("created", up);
    print("deleted", down);
  };
  await run("podsAndBack", { nodes: 100, pods: size.pods }, both, ["created", "deleted"]);
  const memory = ({ pods, pss, rss, wallMs, cpuMs }) => {
    const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(2)} GB`;
    const there = pods < size.memory.pods ? `; ${pods.toLocaleString("en")} pods were Ready when the time was up` : "";
    const took = `${seconds(wallMs)}, ${seconds(cpuMs)} of CPU`;
    row(`${about.memory[0]}, in process`, gigabytes(pss), `resident ${gigabytes(rss)}; ${took}${there}`);
  };
  await run("memory", size.memory, memory, ["memory"], 2 * size.memory.limitMs);
}
