/** Ways through a proxy: CONNECT for http and https proxies, SOCKS 5, and requests without TLS that an HTTP proxy passes on. */
import { isIP, type Socket, connect as tcp } from "node:net";
import { connect as tls } from "node:tls";
import type { Target, Way } from "./http1-transport.ts";
import {
  goPatience,
  type Patience,
  whileConnecting,
  whileDialling,
  whileShakingHands,
  whileTunnelling,
} from "./patience.ts";
import { tlsOptions } from "./tls-options.ts";
import type { RestConfig } from "./transport.ts";

type TlsOptions = Partial<ReturnType<typeof tlsOptions>> & { readonly servername?: string };

/** As Go's `http.Transport` goes: whom the proxy itself has to convince, and of what, is what the server has to. */
export function wayThrough(address: string, config: RestConfig): Way {
  const proxy = new URL(address);
  const secure = config.server.startsWith("https:");
  const { patience = goPatience, tlsServerName } = config;
  const options: TlsOptions = {
    ...(secure || proxy.protocol === "https:" ? tlsOptions(config) : {}),
    ...(tlsServerName ? { servername: tlsServerName } : {}),
  };
  // Many a proxy refuses tunnels to ports that are not those of TLS.
  const passesOn = !secure && !proxy.protocol.startsWith("socks5");
  const open = async ({ host, port, servername }: Target): Promise<Socket> => {
    const socket = await dial(proxy, options, patience);
    if (!passesOn) await askThrough(socket, proxy, host, Number(port), patience);
    return secure ? whileShakingHands(tls({ servername, ...options, host, socket }), patience) : socket;
  };
  return {
    connect(target, done) {
      open(target).then(
        (socket) => done(null, socket),
        (error: Error) => done(error),
      );
      return undefined;
    },
    ...(passesOn ? { origin: new URL(config.server).origin, headers: authorizationFor(proxy) } : {}),
  };
}

async function dial(proxy: URL, options: TlsOptions, patience: Patience): Promise<Socket> {
  const secure = proxy.protocol === "https:";
  const name = proxy.hostname.replace(/^\[|\]$/g, "");
  const defaultPort = secure ? 443 : proxy.protocol === "http:" ? 80 : 1080;
  const at = { host: name, port: Number(proxy.port) || defaultPort };
  const socket = secure
    ? whileConnecting(tls({ ...at, servername: isIP(name) ? "" : name, ...options }), patience)
    : whileDialling(tcp(at), patience);
  await new Promise<void>((resolve, reject) => {
    socket.once(secure ? "secureConnect" : "connect", resolve);
    socket.once("error", (error) => reject(Object.assign(error, { proxied: true, hostname: name })));
  });
  return socket;
}

/** Makes the connection lead to a host. @throws Error with Go's words */
async function askThrough(socket: Socket, proxy: URL, host: string, port: number, patience: Patience): Promise<void> {
  const there = whileTunnelling(socket, patience);
  try {
    if (proxy.protocol.startsWith("socks5")) await socks5(socket, proxy, host, port);
    else await connectThrough(socket, proxy, host, port);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    there();
  }
}

const credentialsOf = ({ username, password }: URL): readonly [string, string] | undefined =>
  username ? [decodeURIComponent(username), decodeURIComponent(password)] : undefined;

function authorizationFor(proxy: URL): Record<string, string> {
  const pair = credentialsOf(proxy);
  return pair ? { "Proxy-Authorization": `Basic ${Buffer.from(pair.join(":")).toString("base64")}` } : {};
}

/** `host:port`, an IPv6 address in brackets. */
const address = (host: string, port: number): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

async function connectThrough(socket: Socket, proxy: URL, host: string, port: number): Promise<void> {
  const headers = { Host: address(host, port), "User-Agent": "Go-http-client/1.1", ...authorizationFor(proxy) };
  const lines = [
    `CONNECT ${headers.Host} HTTP/1.1`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const head = await readUntil(socket, (bytes) => bytes.indexOf("\r\n\r\n") + 1 && bytes.indexOf("\r\n\r\n") + 4);
  const [, status = "", reason = ""] = /^HTTP\/1\.\d (\d{3}) ?([^\r\n]*)/.exec(head.toString("latin1")) ?? [];
  if (status !== "200") throw new Error(reason || "unknown status code");
}

const socksFailures = [
  "succeeded",
  "general SOCKS server failure",
  "connection not allowed by ruleset",
  "network unreachable",
  "host unreachable",
  "connection refused",
  "TTL expired",
  "command not supported",
  "address type not supported",
];

/** RFC 1928; names are looked up by the proxy. */
async function socks5(socket: Socket, proxy: URL, host: string, port: number): Promise<void> {
  const fail = (why: string) => new Error(`socks connect tcp ${proxy.host}->${address(host, port)}: ${why}`);
  const pair = credentialsOf(proxy);
  socket.write(Buffer.from(pair ? [5, 2, 0, 2] : [5, 1, 0]));
  const [, method] = await readUntil(socket, () => 2);
  if (method === 2 && pair) {
    const [user, password] = pair.map((text) => Buffer.from(text)) as [Buffer, Buffer];
    socket.write(Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]));
    if ((await readUntil(socket, () => 2))[1] !== 0) throw fail("username/password authentication failed");
  } else if (method !== 0) throw fail("no acceptable authentication methods");
  const name = Buffer.from(host);
  socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 255])]));
  const answer = await readUntil(socket, (bytes) => {
    if (bytes.length < 5) return 0;
    const length = bytes[3] === 1 ? 4 : bytes[3] === 4 ? 16 : (bytes[4] ?? 0) + 1;
    return 4 + length + 2;
  });
  if (answer[1] !== 0) throw fail(socksFailures[answer[1] ?? 1] ?? `unknown code: ${answer[1]}`);
}

/** Reads exactly as many bytes as `size` says once it knows (not 0); what comes after stays in the socket. */
function readUntil(socket: Socket, size: (bytes: Buffer) => number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const end = () => {
      socket.off("readable", more).off("error", fail).off("end", closed);
    };
    const fail = (error: Error) => {
      end();
      reject(error);
    };
    const closed = () => fail(new Error("unexpected EOF"));
    const more = () => {
      for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read())
        bytes = Buffer.concat([bytes, chunk]);
      const wanted = size(bytes);
      if (wanted === 0 || bytes.length < wanted) return;
      end();
      if (bytes.length > wanted) socket.unshift(bytes.subarray(wanted));
      resolve(bytes.subarray(0, wanted));
    };
    socket.on("readable", more).once("error", fail).once("end", closed);
    more();
  });
}
