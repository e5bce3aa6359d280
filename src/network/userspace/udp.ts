import { createSocket, type Socket } from "node:dgram";
import type { Clock } from "../../base/clock.ts";
import type { Picker } from "../picker.ts";
import type { Backend, ServicePort } from "../proxy.ts";

/** A flow without datagrams is forgotten after this long, in milliseconds (conntrack's value for answered UDP). */
const idle = 120_000;

interface Flow {
  readonly socket: Socket;
  readonly backend: Backend;
  lastUsed: number;
}

/** Forwards datagrams: one socket towards the backend per client, so that answers find their way back. */
export async function listenUdp(service: ServicePort, picker: Picker, clock: Clock): Promise<() => void> {
  const server = createSocket("udp4");
  const flows = new Map<string, Flow>();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.bind(service.port, service.clusterIP, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", () => {});

  const drop = (key: string) => {
    flows.get(key)?.socket.close();
    flows.delete(key);
  };

  server.on("message", (data, client) => {
    const key = `${client.address}:${client.port}`;
    let flow = flows.get(key);
    if (flow && !picker.serves(flow.backend)) {
      drop(key);
      flow = undefined;
    }
    if (!flow) {
      const backend = picker.pick(client.address);
      if (!backend) return;
      picker.used(backend);
      const socket = createSocket("udp4");
      socket.on("error", () => drop(key));
      socket.on("message", (answer, from) => {
        if (from.address === backend.ip) server.send(answer, client.port, client.address);
      });
      flow = { socket, backend, lastUsed: 0 };
      flows.set(key, flow);
    }
    flow.lastUsed = clock.now();
    flow.socket.send(data, flow.backend.port, flow.backend.ip);
  });

  const cancel = clock.every(idle / 2, () => {
    for (const [key, flow] of flows) if (clock.now() - flow.lastUsed > idle) drop(key);
  });
  return () => {
    cancel();
    for (const key of [...flows.keys()]) drop(key);
    server.close();
  };
}
