/** The other nodes of a cluster on this machine, asked directly on their agents' sockets. */
import { request } from "node:http";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";

export interface Neighbours {
  /** Resolves once no neighbour's service proxy sends new connections to the address, or after `timeoutMs`. */
  withdrawn(ip: string, timeoutMs: number): Promise<void>;
}

export function createNeighbours(sockets: readonly string[], clock: Clock, logger: Logger): Neighbours {
  const ask = (socketPath: string, ip: string, timeoutMs: number) =>
    new Promise<void>((resolve) => {
      const path = `/wherry/withdrawn/${encodeURIComponent(ip)}?timeoutMs=${timeoutMs}`;
      const asked = request({ socketPath, path }, (response) => {
        response.resume();
        response.once("close", done);
      });
      // A neighbour that does not answer forwards nothing either: its node or its agent is down.
      asked.once("error", done);
      const cancel = clock.after(timeoutMs, () => {
        logger.warn("a neighbour has not said that its proxy lets go of a pod", { ip, socketPath });
        asked.destroy();
        done();
      });
      function done() {
        cancel();
        resolve();
      }
      asked.end();
    });
  return {
    withdrawn: async (ip, timeoutMs) => void (await Promise.all(sockets.map((socket) => ask(socket, ip, timeoutMs)))),
  };
}
