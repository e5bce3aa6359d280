/**
 * The agent's process, inside the node's namespaces: runtime, agent, service proxy, DNS, the node's way to the API
 * server, and the agent's own API on a Unix socket. It is told what to do in its first argument, and gets its credentials
 * over IPC.
 */
import { execFile } from "node:child_process";
import { connect, createServer, type Server, type Socket } from "node:net";
import { promisify } from "node:util";
import { restoreEnvironment } from "../base/certificate-files.ts";
import { systemClock as clock, systemRandom as random } from "../base/clock.ts";
import { lineLogger } from "../base/logger.ts";
import { createHttpClient } from "../client/http/client.ts";
import { createRestClient } from "../client/http/rest.ts";
import { createInformerFactory } from "../client/informer.ts";
import { services } from "../client/kinds.ts";
import { forward } from "../network/forward.ts";
import { createAcceptor } from "../network/host/acceptor.ts";
import type { ToAgent, ToServer } from "../network/host/protocol.ts";
import { listens, servedPorts } from "../network/listening.ts";
import { createNodeNetwork } from "../network/node-network.ts";
import type { ServiceProxy } from "../network/proxy.ts";
import { createAgent } from "../node/agent.ts";
import { serveAgentApi } from "../node/api/server.ts";
import { createImageStore } from "../node/images/index.ts";
import { socketTransport } from "../node/images/transport.ts";
import { giveToContainers } from "../node/machine/container-ids.ts";
import { hookLimit } from "../node/pod-context.ts";
import { createLinuxRuntime } from "../node/runtime/linux/index.ts";
import { createTokenSource } from "../node/volumes/service-account-tokens.ts";
import type { AgentConfig, AgentCredentials } from "./agent-config.ts";
import { apiServerPort } from "./bootstrap.ts";
import { takeConsole, writeLog } from "./log-output.ts";
import { createNeighbours } from "./neighbours.ts";
import { nodeImages } from "./node-images.ts";

restoreEnvironment();
const config = JSON.parse(process.argv[2] ?? "{}") as AgentConfig;
const { nodeName } = config;
const logger = lineLogger(writeLog, clock.now);
const tell = (message: ToServer) => void process.send?.(message);

takeConsole();
process.on("uncaughtException", (error) => {
  logger.error("uncaught exception", { error });
  process.exit(1);
});
process.on("unhandledRejection", (error) => {
  logger.error("unhandled rejection", { error });
  process.exit(1);
});

// Without the server there is nobody to report to and nothing to learn: end, and be started again with it.
let end: () => void = () => process.exit(0);
process.once("disconnect", () => end());

/** The server's messages; those that come before the agent is up are the first two kinds only. */
let receive: (message: ToAgent, handle: unknown) => void = () => {};
const credentials = new Promise<AgentCredentials>((resolve) => {
  process.on("message", (message: ToAgent, handle: unknown) => {
    if (message.type === "credentials") resolve(message);
    else if (message.type === "stop") end();
    else receive(message, handle);
  });
});

/** Any address of the service range is this node's own: see `network/userspace/proxy.ts`. */
async function prepareRoutes(): Promise<void> {
  await promisify(execFile)("ip", ["route", "replace", "local", config.serviceCIDR, "dev", "lo"]);
}

async function chooseProxy(): Promise<ServiceProxy> {
  const { createNftablesProxy, nftablesWorks } = await import("../network/nftables/proxy.ts");
  if (await nftablesWorks()) return createNftablesProxy();
  const { createUserspaceProxy } = await import("../network/userspace/proxy.ts");
  return createUserspaceProxy({ clock, random, logger });
}

/** Inside the node the API server answers on the node's own address; bytes go to its Unix socket as they are. */
function serveApiInside(): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    const upstream = connect({ path: config.apiSocket, allowHalfOpen: true });
    for (const [a, b] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      a.on("error", () => b.destroy());
      a.on("close", () => b.destroy());
      a.pipe(b);
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: config.address, port: apiServerPort }, () => resolve(server));
  });
}

async function main(): Promise<void> {
  await prepareRoutes();
  const images = createImageStore({
    dir: config.imagesDir,
    clock,
    random,
    transport: socketTransport(config.pullSocket, config.egress),
  });
  const [runtime, proxy] = await Promise.all([
    createLinuxRuntime({
      stateDir: config.runtimeDir,
      podCIDR: config.podCIDR,
      nodeAddress: config.address,
      images,
      clock,
      random,
      logger,
    }),
    chooseProxy(),
  ]);
  const { ca, cert, key } = await credentials;
  const rest = await createRestClient({
    server: "https://kubernetes",
    socketPath: config.apiSocket,
    ca,
    cert,
    key,
    userAgent: "wherry-agent",
    httpVersion: 2,
  });
  const client = createHttpClient(rest);
  const informers = createInformerFactory({ client, clock, random, logger });
  const network = createNodeNetwork({
    nodeName,
    address: config.address,
    informers,
    proxy,
    domain: config.clusterDomain,
    dnsAddresses: [config.address],
    clock,
    random,
    logger,
  });
  const neighbours = createNeighbours(config.neighbours, clock, logger);
  const agent = await createAgent({
    client,
    informers,
    nodeName,
    runtime,
    clock,
    random,
    logger,
    addresses: [config.address],
    dns: { servers: [config.dnsIP], domain: config.clusterDomain },
    podsDirectory: `${config.runtimeDir}/pods`,
    serviceAccountToken: createTokenSource(rest, clock),
    ownVolume: giveToContainers,
    hooks: {
      awaitProxyReady: async (pod) => {
        const ip = pod.status?.podIP;
        if (!ip) return;
        const ports = servedPorts(pod, informers.informer(services).list());
        await Promise.all(ports.map((port) => listens(ip, port, hookLimit, clock)));
      },
      awaitProxyWithdrawal: async (pod) => {
        const ip = pod.status?.podIP;
        if (ip) await Promise.all([network.withdrawn(ip, hookLimit), neighbours.withdrawn(ip, hookLimit)]);
      },
    },
  });

  const acceptor = createAcceptor();
  receive = (message, handle) => {
    if (message.type === "listen") acceptor.add(message.id, handle as Server, network.external(message.portId));
    else if (message.type === "connection") forward(handle as Socket, network.external(message.portId));
    else if (message.type === "close") {
      acceptor.remove(message.id);
      tell({ type: "closed", id: message.id });
    }
  };
  let stopping = false;
  end = () => void stop();
  const uploads = nodeImages({
    store: images,
    scratch: `${config.runtimeDir}/uploads`,
    runner: runtime.buildRunner,
    random,
  });
  const api = await serveAgentApi({
    agent,
    images: uploads,
    withdrawn: network.withdrawn,
    proxyMetrics: network.connectionMetrics,
    socketPath: config.socket,
    clock,
    logger,
  });
  const [apiInside] = await Promise.all([serveApiInside(), network.start(), agent.start()]);
  tell({ type: "ready", limits: await runtime.limits(), proxy: proxy.name });

  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    acceptor.close();
    apiInside.close();
    await agent.stop();
    await api.close();
    await network.stop();
    await informers.stop();
    await runtime.close();
    rest.close();
    process.exit(0);
  }
}

main().catch((error: unknown) => {
  logger.error("the agent cannot start", { error });
  tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  process.disconnect?.();
});
