/** Lets clients outside of the test's process join: the API server over TLS on loopback, and a kubeconfig for it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock, systemRandom } from "../base/clock.ts";
import { silentLogger as logger } from "../base/logger.ts";
import type { ControlPlane } from "../cluster/control-plane.ts";
import { writeKubeconfig } from "../cluster/kubeconfig.ts";
import { rootCaController } from "../controllers/rootca/controller.ts";
import type { Agent } from "../node/agent.ts";
import { serveAgentApi } from "../node/api/server.ts";
import { unixSocketAgents } from "../server/agents.ts";
import { ensurePki } from "../server/pki/pki.ts";
import { createApiServer } from "../server/server.ts";
import type { Machine } from "./machines.ts";

export interface Joined {
  /** Path of a file with this cluster's one context. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

export interface JoinOptions {
  readonly plane: ControlPlane;
  readonly machines: readonly Machine[];
  /** Is there a way from the server to that node's agent? */
  readonly reaches: (node: string) => boolean;
  readonly clock: Clock;
}

export async function serveCluster({ plane, machines, reaches, clock }: JoinOptions): Promise<Joined> {
  const dir = await mkdtemp(join(tmpdir(), "wherry-"));
  // Certificates are for clients of the real world; what is said about objects is in the cluster's time.
  const pki = await ensurePki(join(dir, "pki"), { clock: systemClock, random: systemRandom });
  const socketOf = (node: string) => join(dir, `${machines.findIndex(({ name }) => name === node)}.sock`);
  const apis = await Promise.all(
    machines.map((machine) =>
      serveAgentApi({ agent: agentOf(machine), socketPath: socketOf(machine.name), clock, logger }),
    ),
  );
  const sockets = unixSocketAgents(socketOf);
  const server = createApiServer({
    registry: plane.registry,
    authorizer: plane.authorizer,
    pki,
    agents: {
      request: async (node, request) => {
        if (!reaches(node)) throw new Error(`dial ${node}: connect: no route to host`);
        return sockets.request(node, request);
      },
    },
    // Requests take real time; ages and tokens go by the cluster's.
    clock: { ...systemClock, now: clock.now },
    random: systemRandom,
    logger,
  });
  const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
  await plane.add(rootCaController(pki.ca));
  const kubeconfig = join(dir, "kubeconfig");
  writeKubeconfig(kubeconfig, {
    name: "wherry-testing",
    server: `https://127.0.0.1:${port}`,
    ca: pki.ca,
    credentials: pki.admin,
  });
  return {
    kubeconfig,
    async close() {
      await server.close();
      await Promise.all(apis.map((api) => api.close()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The machine's agent, whichever it is at the time. */
function agentOf(machine: Machine): Agent {
  const current = (): Agent => {
    if (!machine.agent) throw new Error(`node "${machine.name}" is off`);
    return machine.agent;
  };
  return {
    nodeName: machine.name,
    runtime: machine.runtime,
    get pods() {
      return current().pods;
    },
    start: () => current().start(),
    stop: () => current().stop(),
    refreshNode: () => current().refreshNode(),
  };
}
