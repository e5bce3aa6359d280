/**
 * Stands between clients and a cluster, on loopback and without credentials of its own, and keeps what is asked and answered.
 * Tokens and certificates are made unrecognizable on the way: clients see what a recording has.
 */
import { isUtf8 } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRestClient, type RestClient } from "../../src/client/http/rest.ts";
import { lines } from "../../src/client/http/watch.ts";
import { loadKubeconfig, resolveContext } from "../../src/client/kubeconfig.ts";
import { askedOf, type Exchange } from "./recording.ts";

export interface RecordingProxy {
  /** `http://127.0.0.1:40123` */
  readonly server: string;
  /** Begins anew. */
  start(): void;
  /** What was asked since the start and has an answer, in the order asked. */
  stop(): Promise<Exchange[]>;
  close(): Promise<void>;
}

const secrets: readonly (readonly [RegExp, string])[] = [
  // Certificates and keys, as they are and as base64 has them.
  [/-----BEGIN ([A-Z ]+)-----\n(?! *left out).*?-----END \1-----/gs, "-----BEGIN $1-----\nleft out\n-----END $1-----"],
  [/-----BEGIN ([A-Z ]+)-----\\n.*?-----END \1-----/gs, "-----BEGIN $1-----\\nleft out\\n-----END $1-----"],
  [/LS0tLS1CRUdJTi[A-Za-z0-9+/=]+/g, Buffer.from("left out").toString("base64")],
  // JSON Web Tokens.
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "left.out.token"],
];
/** In place of bytes, which pass but are not kept. */
const notText = "\0";

/** A text as it may be recorded. */
export const withoutSecrets = (text: string): string =>
  secrets.reduce((t, [pattern, by]) => t.replace(pattern, by), text);

/** @param kubeconfig of the cluster */
export async function recordingProxy(kubeconfig: string): Promise<RecordingProxy> {
  const { rest: config } = await resolveContext(await loadKubeconfig([kubeconfig]), "recording-proxy");
  const rest = await createRestClient(config);
  let kept: { value?: Exchange }[] = [];
  const going = new Set<Promise<void>>();
  const proxy = createServer((request, response) => {
    const place: { value?: Exchange } = {};
    kept.push(place);
    const done: Promise<void> = pass(request, response, rest)
      .then((exchange) => {
        place.value = exchange;
      })
      .catch(() => void response.destroy())
      .finally(() => going.delete(done));
    going.add(done);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    server: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    start() {
      kept = [];
    },
    async stop() {
      await Promise.all(going);
      const exchanges = kept.flatMap(({ value }) => value ?? []);
      const bytes = exchanges.find(({ answered }) => answered.chunks.includes(notText));
      if (bytes) throw new Error(`only text can be recorded: ${bytes.asked.method} ${bytes.asked.path}`);
      return exchanges;
    },
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
        rest.close();
      }),
  };
}

async function pass(request: IncomingMessage, response: ServerResponse, rest: RestClient): Promise<Exchange> {
  const { method = "GET", url = "/", headers } = request;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const { host: _, connection: __, "transfer-encoding": ___, "accept-encoding": ____, ...passed } = headers;
  const answered = await rest.send({
    method,
    path: url,
    headers: passed as Record<string, string>,
    ...(body.length > 0 ? { body } : {}),
    signal: gone.signal,
  });
  const names = ["content-type", "warning", "location", "retry-after"];
  const back = Object.fromEntries(
    names.flatMap((name) => {
      const value = answered.headers[name];
      return value === undefined ? [] : [[name, [value].flat().join(", ")]];
    }),
  );
  response.writeHead(answered.status, back);
  const chunks: string[] = [];
  const write = (text: string) => {
    const chunk = withoutSecrets(text);
    chunks.push(chunk);
    response.write(chunk);
  };
  const streaming = /[?&](?:watch|follow)=(?:true|1)\b/.test(url);
  let ended = true;
  try {
    if (streaming) {
      response.flushHeaders();
      // A line is a whole event, so nothing is cut in two.
      for await (const line of lines(answered.body)) write(`${line}\n`);
    } else {
      const all: Uint8Array[] = [];
      for await (const part of answered.body) all.push(part);
      const whole = Buffer.concat(all);
      if (!isUtf8(whole)) response.write(whole);
      else if (whole.length > 0) write(whole.toString());
      if (!isUtf8(whole)) chunks.push(notText);
    }
    response.end();
  } catch {
    // The client has seen enough.
    ended = false;
    response.destroy();
  }
  const asked = askedOf(method, url, headers, withoutSecrets(body.toString()));
  return { asked, answered: { status: answered.status, headers: back, chunks, ended } };
}
