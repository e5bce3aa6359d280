/** What the server's process runs: store, API server, controllers and scheduler; and how all of it ends. */

import { rmSync } from "node:fs";
import { systemClock as clock, systemRandom as random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { hostPortsController } from "../controllers/hostports/controller.ts";
import { addressRange } from "../controllers/hostports/plan.ts";
import { directTransport, serveTransport } from "../node/images/transport.ts";
import { identify } from "../node/machine/process.ts";
import { unixSocketAgents } from "../server/agents.ts";
import type { Pki } from "../server/pki/pki.ts";
import { createApiServer } from "../server/server.ts";
import { openLmdbStore } from "../store/lmdb/lmdb.ts";
import { publishNodeEndpoints } from "./bootstrap.ts";
import { createControlPlane } from "./control-plane.ts";
import { serveDashboard } from "./dashboard.ts";
import type { HostListenerPool } from "./host-listeners.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { listeningPorts } from "./listening-ports.ts";
import type { AgentReady } from "./managed-node.ts";
import type { Nodes } from "./nodes.ts";
import type { ClusterPaths } from "./paths.ts";
import { type ClusterOptions, writeRecord } from "./record.ts";
import { startSimulatedNodes } from "./simulated-nodes.ts";

export interface RunServerOptions {
  readonly options: ClusterOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly paths: ClusterPaths;
  readonly egress: boolean;
  readonly listeners: HostListenerPool;
  /** Absent: simulated nodes. */
  readonly nodesStarting: Promise<Nodes> | undefined;
  readonly pki: Pki;
  /** Called when agents may connect. */
  readonly apiAnswers: () => void;
  /** Gives the cluster's data up. */
  readonly unlock: () => void;
  readonly logger: Logger;
}

export interface RunningServer {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  /** What each agent said when it was ready. */
  readonly ready: readonly AgentReady[];
}

/** Resolves when all nodes are ready. From then on signals end the process. */
export async function runServer(run: RunServerOptions): Promise<RunningServer> {
  const { options, env, paths, listeners, nodesStarting, pki, logger } = run;
  const linux = nodesStarting !== undefined;
  rmSync(paths.pullSocket, { force: true });
  const pulls = linux
    ? await serveTransport(directTransport({ clock, egress: run.egress }), paths.pullSocket)
    : undefined;
  const store = await openLmdbStore(paths.store);
  const plane = await createControlPlane({
    store,
    clock,
    random,
    logger,
    ca: pki.ca,
    mountTokens: true,
    portsInUse: linux ? listeningPorts : undefined,
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
  run.apiAnswers();
  writeKubeconfig(paths.kubeconfig, { name: options.name, server, ca: pki.ca, credentials: pki.admin });
  const dashboard = await serveDashboard({
    cluster: options.name,
    paths,
    port: options.dashboardPort,
    server,
    pki,
    env,
    random,
    logger,
  });
  const choices = { ...options, port, dashboardPort: dashboard.port };
  writeRecord({ ...choices, server, process: identify(process.pid) }, env);

  const nodes = await nodesStarting;
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
  if (nodes) {
    const endpoints = nodes.nodes.map(({ name, address }) => ({ nodeName: name, address }));
    await publishNodeEndpoints(plane.client, endpoints);
  }

  // `up` on a running cluster asks for nodes that have died.
  process.on("SIGHUP", () => {
    nodes?.revive().catch((error: unknown) => logger.error("a node could not be started again", { error }));
  });
  let stopping = false;
  const stop = async (machines: boolean) => {
    if (stopping) return;
    stopping = true;
    await simulated?.stop();
    if (machines) await nodes?.stop();
    else await nodes?.stopAgents();
    await listeners.closeAll();
    dashboard.close();
    await plane.stop();
    await api.close();
    pulls?.close();
    await store.close();
    run.unlock();
    writeRecord({ ...choices, server }, env);
    process.exit(0);
  };
  // SIGTERM ends the cluster with its nodes; SIGINT (sent by nobody but a developer) only the server and the agents.
  process.on("SIGTERM", () => void stop(true));
  process.on("SIGINT", () => void stop(false));
  return { server, ready: await Promise.all(nodes?.nodes.map((node) => node.ready()) ?? []) };
}
