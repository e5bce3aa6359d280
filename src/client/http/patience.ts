/** How long the making of a connection may take: as long as Go's `http.DefaultTransport` and client-go's give it. */
import type { Socket } from "node:net";
import { type Cancel, systemClock as clock } from "../../base/clock.ts";

/** All in milliseconds. */
export interface Patience {
  /** Until there is a TCP connection; looking up the host's name is part of it. */
  readonly dial: number;
  /** From there to the end of the TLS handshake. */
  readonly handshake: number;
  /** Until a proxy has made a connection that is there lead to the server. */
  readonly tunnel: number;
}

export const goPatience: Patience = { dial: 30_000, handshake: 10_000, tunnel: 60_000 };

/** `code` of the error; `address` and `port` are there when the host's name had been looked up. */
export const dialTimeout = "ERR_DIAL_TIMEOUT";
export const handshakeTimeout = "ERR_HANDSHAKE_TIMEOUT";

/** Destroys a socket that is being connected when that takes too long. */
export function whileDialling<S extends Socket>(socket: S, { dial }: Patience): S {
  let tried: { readonly address: string; readonly port: number } | undefined;
  socket.once("connectionAttempt", (address: string, port: number) => {
    tried = { address, port };
  });
  within(socket, dial, "connect", () => Object.assign(failure("i/o timeout", dialTimeout), tried));
  return socket;
}

/** The same of a socket of TLS that is connected below. */
export function whileShakingHands<S extends Socket>(socket: S, { handshake }: Patience): S {
  within(socket, handshake, "secureConnect", () => failure("TLS handshake timeout", handshakeTimeout));
  return socket;
}

/** The same of a socket of TLS that is being connected. */
export function whileConnecting<S extends Socket>(socket: S, patience: Patience): S {
  socket.once("connect", () => whileShakingHands(socket, patience));
  return whileDialling(socket, patience);
}

/** @returns to be called when the tunnel is there */
export const whileTunnelling = (socket: Socket, { tunnel }: Patience): Cancel =>
  within(socket, tunnel, "close", () => failure("context deadline exceeded", "ERR_TUNNEL_TIMEOUT"));

function within(socket: Socket, ms: number, end: "connect" | "secureConnect" | "close", why: () => Error): Cancel {
  const cancel = clock.after(ms, () => socket.destroy(why()));
  for (const event of new Set([end, "close"])) socket.once(event, cancel);
  return cancel;
}

const failure = (message: string, code: string): Error => Object.assign(new Error(message), { code });
