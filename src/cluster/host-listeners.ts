/**
 * Listeners in the host's namespace for NodePort and LoadBalancer Services. Each is opened here and handed to an agent,
 * which accepts inside the node, so that traffic does not pass this process. When that agent ends, the listener is
 * opened again and handed to the next one.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { HostListeners } from "../controllers/hostports/controller.ts";
import type { ToAgent } from "../network/host/protocol.ts";

/** Where handles can be sent. */
export interface AgentChannel {
  /** Resolves when the handle, if there is one, is on its way and no longer needed here, or the agent has ended. */
  send(message: ToAgent, handle?: Server | Socket): Promise<void>;
}

interface Listener {
  readonly address: string;
  port: number;
  readonly portId: string;
  /** Ours until it is on its way to an agent. */
  server: Server | undefined;
  /** Resolves when it has arrived there, or the agent has ended. */
  handed?: Promise<void>;
  /** Connections that came in before an agent took over. */
  readonly waiting: Socket[];
}

export interface HostListenerPool extends HostListeners {
  /** This agent serves the listeners from now on. */
  attach(agent: AgentChannel): Promise<void>;
  /** The agent has closed the listener with this id. */
  closed(id: string): void;
  /** The agent has ended; its listeners went with it. */
  detach(agent: AgentChannel): Promise<void>;
  closeAll(): Promise<void>;
}

/** @param lost told when a listener could not be opened again, because another program has taken its port */
export function createHostListeners(lost: (address: string, error: unknown) => void): HostListenerPool {
  const listeners = new Map<string, Listener>();
  const agents: AgentChannel[] = [];
  /** Told when the agent has closed a listener, by its id. */
  const closing = new Map<string, () => void>();
  const idOf = (address: string, port: number) => `${address}:${port}`;

  const listen = (address: string, port: number, waiting: Socket[]) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => waiting.push(socket));
      server.once("error", reject);
      server.listen({ host: address, port, backlog: 1024 }, () => {
        server.off("error", reject);
        resolve(server);
      });
    });

  const hand = async (id: string, listener: Listener) => {
    const agent = agents[0];
    const { server, portId, waiting } = listener;
    if (!agent || !server) return;
    listener.server = undefined;
    listener.handed = agent.send({ type: "listen", id, portId }, server).then(() => void server.close());
    await listener.handed;
    for (const socket of waiting.splice(0)) await agent.send({ type: "connection", portId }, socket);
  };

  return {
    async open(address, port, portId) {
      const waiting: Socket[] = [];
      const server = await listen(address, port, waiting);
      const bound = server.address();
      const actual = typeof bound === "object" && bound ? bound.port : port;
      const listener: Listener = { address, port: actual, portId, server, waiting };
      listeners.set(idOf(address, actual), listener);
      await hand(idOf(address, actual), listener);
      return actual;
    },

    async close(address, port) {
      const id = idOf(address, port);
      const listener = listeners.get(id);
      listeners.delete(id);
      listener?.server?.close();
      const agent = agents[0];
      if (!listener || listener.server || !agent) return;
      const closed = new Promise<void>((resolve) => closing.set(id, resolve));
      await agent.send({ type: "close", id });
      // Until then the port is taken.
      await closed;
      closing.delete(id);
    },

    closed: (id) => closing.get(id)?.(),

    async attach(agent) {
      agents.push(agent);
      if (agents.length > 1) return;
      await Promise.all([...listeners].map(([id, listener]) => hand(id, listener)));
    },

    async detach(agent) {
      const index = agents.indexOf(agent);
      if (index < 0) return;
      agents.splice(index, 1);
      if (index > 0) return;
      for (const closed of closing.values()) closed();
      for (const [id, listener] of listeners) {
        await listener.handed;
        if (listener.server) continue;
        const isWanted = () => listeners.get(id) === listener;
        try {
          const server = await listen(listener.address, listener.port, listener.waiting);
          if (!isWanted()) {
            server.close();
            continue;
          }
          listener.server = server;
          await hand(id, listener);
        } catch (error) {
          lost(`${listener.address}:${listener.port}`, error);
          if (isWanted()) listeners.delete(id);
        }
      }
    },

    async closeAll() {
      for (const listener of listeners.values()) listener.server?.close();
      listeners.clear();
    },
  };
}
