/**
 * The server's process: store, API server, controllers, scheduler, and the nodes on this machine. `wherry up` starts it
 * detached and is told over IPC when the cluster is ready, or why it cannot be.
 */
import { mkdirSync, rmSync } from "node:fs";
import { systemClock as clock, systemRandom as random } from "../base/clock.ts";
import { lineLogger } from "../base/logger.ts";
import { hostPortsController } from "../controllers/hostports/controller.ts";
import { addressRange } from "../controllers/hostports/plan.ts";
import { directTransport, serveTransport } from "../node/images/transport.ts";
import { serviceCIDR } from "../node/machine/addresses.ts";
import { identify } from "../node/machine/process.ts";
import { unixSocketAgents } from "../server/agents.ts";
import { ensurePki } from "../server/pki/pki.ts";
import { createApiServer } from "../server/server.ts";
import { openLmdbStore } from "../store/lmdb/lmdb.ts";
import { clusterDomain, dnsIP, publishNodeEndpoints } from "./bootstrap.ts";
import { createControlPlane } from "./control-plane.ts";
import { createHostListeners } from "./host-listeners.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { lock } from "./lock.ts";
import { takeConsole, writeLog } from "./log-output.ts";
import { type Nodes, startNodes } from "./nodes.ts";
import { clusterPaths, nodeName } from "./paths.ts";
import { type ClusterOptions, writeRecord } from "./record.ts";
import { startSimulatedNodes } from "./simulated-nodes.ts";

/** What `up` hears. */
export type ServerMessage =
  | { readonly type: "ready"; readonly server: string; readonly limits: readonly string[]; readonly proxy: string }
  | { readonly type: "failed"; readonly message: string };

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
/** `up` on a running cluster asks for nodes that have died. */
let revive = async () => {};
process.on("SIGHUP", () => {
  revive().catch((error: unknown) => logger.error("a node could not be started again", { error }));
});

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

  const names = Array.from({ length: options.nodes }, (_, index) => nodeName(options.name, index));
  const others = (name: string) => names.filter((other) => other !== name).map((other) => paths.node(other).socket);

  // Nodes take a while to start and need no more than their credentials until they register.
  const linux = options.runtime === "linux";
  nodesStarting = linux
    ? startNodes({
        cluster: options.name,
        count: options.nodes,
        paths,
        listeners,
        clock,
        logger,
        agentConfig: async (node) => {
          const pki = await certificates;
          const nodePaths = paths.node(node.name);
          return {
            nodeName: node.name,
            address: node.address,
            podCIDR: node.podCIDR,
            index: node.index,
            apiSocket: paths.socket,
            pullSocket: paths.pullSocket,
            egress,
            socket: nodePaths.socket,
            neighbours: others(node.name),
            runtimeDir: nodePaths.runtime,
            imagesDir: paths.images,
            ca: pki.ca,
            ...(await pki.node(node.name)),
            serviceCIDR,
            dnsIP,
            clusterDomain,
          };
        },
      })
    : undefined;
  nodesStarting?.catch(() => {});
  const pki = await certificates;

  rmSync(paths.pullSocket, { force: true });
  const pulls = linux ? await serveTransport(directTransport({ clock, egress }), paths.pullSocket) : undefined;
  const store = await openLmdbStore(paths.store);
  const plane = await createControlPlane({
    store,
    clock,
    random,
    logger,
    ca: pki.ca,
    mountTokens: true,
    extra: linux ? [(context) => hostPortsController(context, { listeners, range: addressRange(pki.ca) })] : [],
  });
  const api = createApiServer({
    registry: plane.registry,
    authorizer: plane.authorizer,
    pki,
    agents: unixSocketAgents((node) => paths.node(node).socket),
    clock,
    random,
    logger,
  });
  const listen = (port: number) => api.listen({ port, host: "127.0.0.1", socketPath: paths.socket });
  const { port } = await listen(options.port).catch((error: NodeJS.ErrnoException) => {
    // Another cluster that started at the same moment was faster.
    if (error.code !== "EADDRINUSE" || !options.anyPort) throw error;
    return listen(0);
  });
  const server = `https://127.0.0.1:${port}`;
  await plane.start();
  writeKubeconfig(paths.kubeconfig, { name: options.name, server, ca: pki.ca, credentials: pki.admin });
  writeRecord({ ...options, port, server, process: identify(process.pid) }, env);

  const nodes = await nodesStarting;
  if (nodes) {
    await publishNodeEndpoints(
      plane.client,
      nodes.nodes.map(({ name, address }) => ({ nodeName: name, address })),
    );
  }
  const simulated = linux
    ? undefined
    : await startSimulatedNodes({
        plane,
        cluster: options.name,
        count: options.nodes,
        images: options.simulatedImages ?? [],
        socket: (node) => paths.node(node).socket,
        clock,
        random,
        logger,
      });

  revive = async () => nodes?.revive();
  let stopping = false;
  const stop = async (machines: boolean) => {
    if (stopping) return;
    stopping = true;
    await simulated?.stop();
    if (machines) await nodes?.stop();
    else await nodes?.stopAgents();
    await listeners.closeAll();
    await plane.stop();
    await api.close();
    pulls?.close();
    await store.close();
    unlock();
    writeRecord({ ...options, port, server }, env);
    process.exit(0);
  };
  // SIGTERM ends the cluster with its nodes; SIGINT (sent by nobody but a developer) only the server and the agents.
  process.on("SIGTERM", () => void stop(true));
  process.on("SIGINT", () => void stop(false));

  const ready = await Promise.all(nodes?.nodes.map((node) => node.ready()) ?? []);
  tell({
    type: "ready",
    server,
    limits: [...new Set(ready.flatMap((r) => r.limits))],
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
