import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock as clock } from "../../base/clock.ts";
import { chooseRuntime } from "../../cluster/choose-runtime.ts";
import { readRecord } from "../../cluster/record.ts";
import { stopCluster } from "../../cluster/stop.ts";
import type { CliIo } from "../io.ts";
import { play, requestRate } from "./demo/play.ts";
import { openStage } from "./demo/stage.ts";

const name = "demo";

/**
 * Plays a rollout on a cluster of its own. With `--keep` that cluster stays, as the context `demo` of the user's
 * kubeconfig; else nothing is left. Exit code 1 when a request failed.
 */
export async function demo({ keep = false }: { keep?: boolean }, io: CliIo): Promise<number> {
  if (readRecord(name, io.env))
    throw new Error(`there is a cluster "${name}" already; end it with: wherry down --name ${name}`);
  const { runtime, why } = await chooseRuntime(undefined, name, io.env);
  if (runtime === "simulated") throw new Error(`the demo runs real containers, and ${why}`);
  const scratch = mkdtempSync(join(tmpdir(), "wherry-demo-"));
  // The user's kubeconfig is not touched unless the cluster is to stay.
  const env = keep ? io.env : { ...io.env, KUBECONFIG: join(scratch, "kubeconfig") };
  const stage = openStage(io, env, clock);
  let leaving: Promise<unknown> | undefined;
  const leave = () => {
    leaving ??= (async () => {
      stage.close();
      if (!keep) await stopCluster(name, { keepData: false }, env);
      rmSync(scratch, { recursive: true, force: true });
    })();
    return leaving;
  };
  const interrupted = () => void leave().then(() => process.exit(130));
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  const started = clock.monotonic();
  try {
    stage.tell("A cluster, in the background");
    await stage.run(["up", "--name", name]);
    const counts = await play({ stage, cluster: name, clock });
    await leave();
    const seconds = Math.round((clock.monotonic() - started) / 1000);
    const total = counts.served + counts.failed;
    io.stdout.write(
      `\n${total} requests at ${requestRate} a second: ${counts.served} served, ${counts.failed} failed, in ${seconds} s\n`,
    );
    for (const [failure, count] of Object.entries(counts.failures)) io.stdout.write(`  ${failure}: ${count}\n`);
    io.stdout.write(keep ? `the cluster goes on: wherry status --name ${name}\n` : "nothing is left behind\n");
    return counts.failed === 0 ? 0 : 1;
  } finally {
    await leave();
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
  }
}
