/**
 * A cluster of wherry's without what is wherry's own, to show that a client needs none of it. It is not an upstream API
 * server: it is a filter in front of ours, which
 *
 * - calls itself plain `v1.34.0`, nodes included;
 * - refuses `nodes/proxy`, and with it `/metrics/proxy`, as upstream refuses a user without that right.
 *
 * The rollout guard still runs behind it, so a Deployment should not ask for that. It speaks HTTP without credentials, on loopback, so that its kubeconfig also is another kind than wherry writes.
 */
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { forbidden } from "../../src/base/errors.ts";
import { createRestClient, type RestClient } from "../../src/client/http/rest.ts";
import { lines } from "../../src/client/http/watch.ts";
import { loadKubeconfig, resolveContext } from "../../src/client/kubeconfig.ts";

export interface UpstreamLike {
  /** `http://127.0.0.1:40123` */
  readonly server: string;
  /** Stops to answer, as if the server were away. */
  close(): Promise<void>;
}

/**
 * @param kubeconfig of the cluster that is behind it
 * @param file where its own kubeconfig is written, with the context `upstream`
 */
export async function upstreamLike(kubeconfig: string, file: string): Promise<UpstreamLike> {
  const { rest: config } = await resolveContext(await loadKubeconfig([kubeconfig]), "upstream-like");
  const rest = await createRestClient(config);
  const filter = createServer((request, response) => {
    answer(request, response, rest).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => filter.listen(0, "127.0.0.1", resolve));
  const server = `http://127.0.0.1:${(filter.address() as AddressInfo).port}`;
  const cluster = { name: "upstream", cluster: { server } };
  const context = { name: "upstream", context: { cluster: "upstream", user: "nobody" } };
  const own = { clusters: [cluster], contexts: [context], users: [], "current-context": "upstream" };
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Config", ...own }));
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        filter.close(() => resolve());
        filter.closeAllConnections();
        rest.close();
      }),
  };
}

const nodesProxy = /^\/api\/v1\/nodes\/([^/?]+)\/proxy(?:[/?]|$)/;

async function answer(request: IncomingMessage, response: ServerResponse, rest: RestClient): Promise<void> {
  const { method = "GET", url = "/", headers } = request;
  const node = nodesProxy.exec(url)?.[1];
  if (node !== undefined) {
    const why = 'User "someone" cannot get resource "nodes/proxy" in API group "" at the cluster scope';
    const { status } = forbidden({ group: "", resource: "nodes" }, node, why);
    response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify(status));
    return;
  }
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const { host: _, connection: __, "transfer-encoding": ___, "accept-encoding": ____, ...kept } = headers;
  const body = headers["content-length"] || headers["transfer-encoding"] ? { body: request } : {};
  const passed = kept as Record<string, string>;
  const answered = await rest.send({ method, path: url, headers: passed, ...body, signal: gone.signal });
  const { "content-length": _size, "transfer-encoding": _framing, connection: _own, ...back } = answered.headers;
  response.writeHead(answered.status, back as Record<string, string>);
  if (!String(back["content-type"]).startsWith("application/json")) {
    pipeline(answered.body, response, () => {});
    return;
  }
  response.flushHeaders();
  // A line is a whole event, so nothing is cut in two.
  for await (const line of lines(answered.body)) response.write(`${line.replaceAll("+wherry", "")}\n`);
  response.end();
}
