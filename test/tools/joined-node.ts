/** A node for an upstream cluster: a simulated agent of ours joins it over HTTP, and plays the kubelet. */
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock as clock, systemRandom as random } from "../../src/base/clock.ts";
import { silentLogger as logger } from "../../src/base/logger.ts";
import { createHttpClient } from "../../src/client/http/client.ts";
import type { RestClient } from "../../src/client/http/rest.ts";
import { events, leases, nodes } from "../../src/client/kinds.ts";
import { createSimulatedAgent } from "../../src/cluster/simulated-node.ts";
import type { Agent } from "../../src/node/agent.ts";
import { serveAgentApi } from "../../src/node/api/server.ts";
import type { SimulatedImage } from "../../src/node/runtime/simulated/behaviour.ts";
import { createSimulatedRuntime } from "../../src/node/runtime/simulated/runtime.ts";
import { ensurePki } from "../../src/server/pki/pki.ts";

export interface JoinedNode {
  /** Nothing is left of the node; pods must be gone before. */
  leave(): Promise<void>;
}

export interface JoinOptions {
  /** Leads to the cluster, with an administrator's rights. */
  readonly rest: RestClient;
  readonly images: readonly SimulatedImage[];
  /** Does a kubelet listen, which has the logs? Default: the server finds none where it asks. */
  readonly listens?: boolean;
}

/** By which the server finds it: on the machine's own loopback. */
const name = "localhost";
/** Where the server asks when a Node names no other port. */
const kubeletPort = 10250;

/** Resolves when the Node is Ready. */
export async function joinNode({ rest, images, listens = false }: JoinOptions): Promise<JoinedNode> {
  const client = createHttpClient(rest);
  const runtime = createSimulatedRuntime({ clock, random, images, podCIDR: "10.244.0.0/24" });
  const agent = await createSimulatedAgent({ name, runtime, client, clock, random, logger });
  await agent.start();
  const kubelet = listens ? await listen(agent) : undefined;
  return {
    async leave() {
      await kubelet?.close();
      await agent.stop();
      await client.delete(leases, { namespace: "kube-node-lease", name });
      await client.delete(nodes, { name });
      await client.deleteCollection(events, { namespace: "default", fieldSelector: "involvedObject.kind=Node" });
    },
  };
}

/** Serves what an agent serves on its socket as a kubelet does: over TLS, to the server, which checks no certificate. */
async function listen(agent: Agent) {
  const directory = await mkdtemp(join(tmpdir(), "wherry-kubelet-"));
  const socketPath = join(directory, "agent.sock");
  const api = await serveAgentApi({ agent, socketPath, clock, logger });
  const { server: credentials } = await ensurePki(join(directory, "pki"), { clock, random });
  const server = createServer(credentials, (asked, response) => {
    const { method, url: path, headers } = asked;
    const passed = request({ socketPath, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.once("error", () => response.destroy());
    response.once("close", () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(kubeletPort, "127.0.0.1", resolve);
  });
  return {
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await api.close();
      await rm(directory, { recursive: true });
    },
  };
}
