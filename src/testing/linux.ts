/** Real nodes for a cluster in a test: their agents reach the API server in this process over a Unix socket. */
import { createReadStream, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock as clock, systemRandom as random } from "../base/clock.ts";
import { silentLogger as logger } from "../base/logger.ts";
import { publishNodeEndpoints } from "../cluster/bootstrap.ts";
import { whyNoNamespaces } from "../cluster/choose-runtime.ts";
import type { ControlPlane, ControlPlaneOptions } from "../cluster/control-plane.ts";
import { createHostListeners } from "../cluster/host-listeners.ts";
import { writeKubeconfig } from "../cluster/kubeconfig.ts";
import { startLinuxNodes } from "../cluster/linux-nodes.ts";
import { listeningPorts } from "../cluster/listening-ports.ts";
import { clusterPaths, nodeName } from "../cluster/paths.ts";
import { hostPortsController } from "../controllers/hostports/controller.ts";
import { addressRange } from "../controllers/hostports/plan.ts";
import { directTransport, serveTransport } from "../node/images/transport.ts";
import { unixSocketAgents } from "../server/agents.ts";
import { ensurePki } from "../server/pki/pki.ts";
import { createApiServer } from "../server/server.ts";

export interface LinuxNodes {
  /** What the control plane has to know of them. */
  readonly planeOptions: Pick<ControlPlaneOptions, "ca" | "mountTokens" | "portsInUse" | "extra">;
  /** Path of a file with this cluster's one context; there once it is started. */
  readonly kubeconfig: string;
  /** Starts the API server and the nodes. Resolves once all nodes are Ready and the images are loaded. */
  start(plane: ControlPlane): Promise<void>;
  /** Ends machines and containers, and removes every file. */
  close(): Promise<void>;
}

export interface LinuxOptions {
  readonly count: number;
  /** Archives of images. */
  readonly archives: readonly (string | URL)[];
}

/** Names the first node, and the context. */
const name = "node";

/** @throws Error that says what this machine lacks for real containers */
export async function prepareLinuxNodes({ count, archives }: LinuxOptions): Promise<LinuxNodes> {
  const why = await whyNoNamespaces();
  if (why) throw new Error(`runtime "linux": ${why}`);
  const home = await mkdtemp(join(tmpdir(), "wherry-"));
  const paths = clusterPaths(name, { WHERRY_HOME: home });
  for (const dir of [paths.dir, paths.images]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const listeners = createHostListeners(() => {});
  const pki = await ensurePki(paths.pki, { clock, random });
  const agents = unixSocketAgents((node) => paths.node(node).socket);
  const closing: (() => Promise<unknown> | unknown)[] = [];

  const load = async (archive: string | URL): Promise<void> => {
    const file = archive instanceof URL ? fileURLToPath(archive) : archive;
    const request = { method: "POST", path: "/wherry/images/load", body: createReadStream(file) };
    const { status, body } = await agents.request(nodeName(name, 0), request);
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    if (status !== 200) throw new Error(`imageArchives: ${file}: ${Buffer.concat(chunks).toString().trim()}`);
  };

  return {
    planeOptions: {
      ca: pki.ca,
      mountTokens: true,
      portsInUse: listeningPorts,
      extra: [(context) => hostPortsController(context, { listeners, range: addressRange(pki.ca) })],
    },
    kubeconfig: paths.kubeconfig,
    async start(plane) {
      const pulls = await serveTransport(directTransport({ clock, egress: false }), paths.pullSocket);
      closing.push(() => pulls.close());
      const { registry, authorizer } = plane;
      const api = createApiServer({ registry, authorizer, pki, agents, clock, random, logger });
      closing.push(() => api.close());
      const { port } = await api.listen({ port: 0, host: "127.0.0.1", socketPath: paths.socket });
      writeKubeconfig(paths.kubeconfig, {
        name,
        server: `https://127.0.0.1:${port}`,
        ca: pki.ca,
        credentials: pki.admin,
      });
      const nodes = await startLinuxNodes({
        cluster: name,
        count,
        paths,
        egress: false,
        listeners,
        certificates: Promise.resolve(pki),
        answering: Promise.resolve(),
        clock,
        logger,
      });
      closing.push(
        () => listeners.closeAll(),
        () => nodes.stop(),
      );
      const endpoints = nodes.nodes.map((node) => ({ nodeName: node.name, address: node.address }));
      await publishNodeEndpoints(plane.client, endpoints);
      await Promise.all(nodes.nodes.map((node) => node.ready()));
      for (const archive of archives) await load(archive);
    },
    async close() {
      for (const end of closing.splice(0).reverse()) await end();
      await rm(home, { recursive: true, force: true });
    },
  };
}
