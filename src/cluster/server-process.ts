/**
 * The server's process. `wherry up` starts it detached and is told over IPC when the cluster is ready, or why it cannot
 * be. Nodes are started first, with as little loaded as that takes: they prepare themselves while the rest is loaded.
 */
import { mkdirSync } from "node:fs";
import { restoreEnvironment } from "../base/certificate-files.ts";
import { systemClock as clock, systemRandom as random } from "../base/clock.ts";
import { lineLogger } from "../base/logger.ts";
import { ensurePki } from "../server/pki/pki.ts";
import { createHostListeners } from "./host-listeners.ts";
import { startLinuxNodes } from "./linux-nodes.ts";
import { lock } from "./lock.ts";
import { takeConsole, writeLog } from "./log-output.ts";
import type { Nodes } from "./nodes.ts";
import { clusterPaths } from "./paths.ts";
import type { ClusterOptions } from "./record.ts";

/** What `up` hears. */
export type ServerMessage =
  | { readonly type: "ready"; readonly server: string; readonly limits: readonly string[]; readonly proxy: string }
  | { readonly type: "failed"; readonly message: string };

restoreEnvironment();
const options = JSON.parse(process.argv[2] ?? "{}") as ClusterOptions;
const env = process.env;
const paths = clusterPaths(options.name, env);
const logger = lineLogger(writeLog, clock.now);
const tell = (message: ServerMessage) => {
  if (process.connected) process.send?.(message);
};

takeConsole();
process.on("uncaughtException", (error) => {
  logger.error("uncaught exception", { error });
  process.exit(1);
});
process.on("unhandledRejection", (error) => {
  logger.error("unhandled rejection", { error });
  process.exit(1);
});
// `up` may go away before the cluster is ready; the cluster does not depend on it.
process.on("disconnect", () => {});
// What it asks for has to wait until there are nodes: see `server.ts`.
process.on("SIGHUP", () => {});

/** Traffic out of the machine: off, until there is a switch for it. */
const egress = false;

let nodesStarting: Promise<Nodes> | undefined;

async function main(): Promise<void> {
  for (const dir of [paths.dir, paths.store, paths.images]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const unlock = lock(paths.lock);
  const listeners = createHostListeners((address, error) =>
    logger.error("a listener of the host was lost", { address, error }),
  );
  const certificates = ensurePki(paths.pki, { clock, random });
  certificates.catch(() => {});
  let apiAnswers = () => {};
  const answering = new Promise<void>((resolve) => {
    apiAnswers = resolve;
  });

  if (options.runtime === "linux") {
    nodesStarting = startLinuxNodes({
      cluster: options.name,
      count: options.nodes,
      paths,
      egress,
      listeners,
      certificates,
      answering,
      clock,
      logger,
    });
    nodesStarting.catch(() => {});
  }
  const { runServer } = await import("./server.ts");
  const { server, ready } = await runServer({
    options,
    env,
    paths,
    egress,
    listeners,
    nodesStarting,
    pki: await certificates,
    apiAnswers,
    unlock,
    logger,
  });
  tell({
    type: "ready",
    server,
    limits: [...new Set(ready.flatMap((node) => node.limits))],
    proxy: ready[0]?.proxy ?? "none",
  });
  if (process.connected) process.disconnect?.();
}

main().catch(async (error: unknown) => {
  logger.error("the server cannot start", { error });
  // Nodes that ran before this attempt go on; those it started end with it.
  await nodesStarting?.then(
    (nodes) => nodes.abandon(),
    () => {},
  );
  tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
});
