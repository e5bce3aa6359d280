/**
 * The service proxy that needs no tools: it listens on every cluster IP itself. That works because the node routes the
 * whole service range to itself (`ip route add local <range> dev lo`), so any address of it can be bound, and a port
 * that nobody listens on refuses connections, as a Service without endpoints must.
 */
import { createServer, type Server } from "node:net";
import type { Clock, Random } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import { ConnectionCounts } from "../connections.ts";
import { serve } from "../forward.ts";
import { Picker } from "../picker.ts";
import type { ServicePort, ServiceProxy } from "../proxy.ts";
import { listenUdp } from "./udp.ts";

interface Listener {
  readonly picker: Picker;
  readonly close: () => void;
}

export interface UserspaceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export function createUserspaceProxy({ clock, random, logger }: UserspaceOptions): ServiceProxy {
  const listeners = new Map<string, Listener>();
  const counts = new ConnectionCounts();
  const addressOf = (s: ServicePort) => `${s.protocol} ${s.clusterIP} ${s.port}`;

  const open = async (service: ServicePort): Promise<Listener> => {
    const picker = new Picker(clock, random, (backend) => counts.add(service.id, backend));
    picker.update(service.backends, service.affinitySeconds);
    if (service.protocol === "UDP") return { picker, close: await listenUdp(service, picker, clock) };
    const server = await listenTcp(service.clusterIP, service.port);
    return { picker, close: serve(server, picker) };
  };

  return {
    name: "userspace",
    capabilities: { keepsClientAddress: false, dropsSilently: false },

    async apply(services) {
      counts.keep(services);
      // Without a backend there is no listener, and the kernel refuses the connection.
      const wanted = new Map(services.filter((s) => s.backends.length > 0).map((s) => [addressOf(s), s]));
      for (const [address, listener] of listeners) {
        const service = wanted.get(address);
        if (service) listener.picker.update(service.backends, service.affinitySeconds);
        else {
          listeners.delete(address);
          listener.picker.update([], undefined);
          listener.close();
        }
      }
      const missing = [...wanted].filter(([address]) => !listeners.has(address));
      await Promise.all(
        missing.map(async ([address, service]) => {
          try {
            listeners.set(address, await open(service));
          } catch (error) {
            logger.error("cannot listen for a Service", { service: service.id, address, error });
          }
        }),
      );
    },

    connections: async () => counts.list(),

    async close() {
      for (const listener of listeners.values()) listener.close();
      listeners.clear();
      counts.keep([]);
    },
  };
}

const listenTcp = (host: string, port: number) =>
  new Promise<Server>((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server.once("error", reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
