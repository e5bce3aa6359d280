// Clusters of `wherry/testing` in a test's own process, beside the simulator that comes closest to it. Each figure is the
// best of several processes: nothing in it waits, so that whatever is slower was something else on the machine.
import { inProcess } from "../lib/in-process.mjs";
import { seconds } from "../lib/report.mjs";
import { webernetes } from "../lib/webernetes.mjs";

const rounds = 3;

export async function measure(row) {
  const theirs = await webernetes();
  try {
    for (const pods of [10, 100, 500]) {
      const ours = await best(() => inProcess("pods", { pods }), "wallMs");
      // It takes real time, most of which it waits: once is enough.
      const wallMs = await theirs.run(pods);
      row(
        `${pods} pods of a Deployment Ready, in process`,
        seconds(ours.wallMs),
        `@ngrok/webernetes ${seconds(wallMs)}: ${(wallMs / ours.wallMs).toFixed(1)} times as long`,
        pods === 500 ? "0.25 s" : "",
      );
    }
  } finally {
    theirs.close();
  }
}

async function best(run, by) {
  const results = [];
  for (let i = 0; i < rounds; i++) results.push(await run());
  return results.sort((a, b) => a[by] - b[by])[0];
}
