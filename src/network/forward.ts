import { connect, type Server, type Socket } from "node:net";
import type { Picker } from "./picker.ts";
import type { Backend } from "./proxy.ts";

/** How long a backend may take to accept, in milliseconds, before another one is tried. */
const connectTimeout = 3000;

/**
 * Joins `client` to a backend that accepts. A backend that refuses is passed over for another one: nothing has been
 * sent yet, so nothing can be lost or doubled. With no backend left the client sees a reset, as from a closed port.
 */
export function forward(client: Socket, picker: Picker): void {
  const tried: Backend[] = [];
  client.setNoDelay(true);
  client.pause();
  // A client that resets while we look for a backend must not become an uncaught error.
  const ignore = () => client.destroy();
  client.on("error", ignore);

  const attempt = () => {
    const backend = client.destroyed ? undefined : picker.pick(client.remoteAddress ?? "", tried);
    if (!backend) {
      client.resetAndDestroy();
      return;
    }
    picker.used(backend);
    const upstream = connect({ host: backend.ip, port: backend.port, noDelay: true, allowHalfOpen: true });
    const next = () => {
      upstream.destroy();
      tried.push(backend);
      attempt();
    };
    upstream.setTimeout(connectTimeout, next);
    upstream.once("error", next);
    upstream.once("connect", () => {
      upstream.setTimeout(0);
      upstream.off("error", next);
      join(client, upstream);
    });
  };
  attempt();
}

/** Copies both ways; a half-close is passed on, a reset resets the other side. */
function join(a: Socket, b: Socket): void {
  const link = (from: Socket, to: Socket) => {
    from.on("error", () => to.resetAndDestroy());
    from.on("close", () => {
      if (!to.writableEnded) to.destroy();
    });
    from.pipe(to);
  };
  link(a, b);
  link(b, a);
}

/** Serves a listener by forwarding each of its connections. Returns how to end it. */
export function serve(server: Server, picker: Picker): () => void {
  const open = new Set<Socket>();
  const accept = (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    forward(socket, picker);
  };
  server.on("connection", accept);
  return () => {
    server.off("connection", accept);
    server.close();
    for (const socket of open) socket.unref();
  };
}
