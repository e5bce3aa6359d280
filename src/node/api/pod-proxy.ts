/** `/podProxy/{namespace}/{pod}/{scheme}/{port}/{path}`: HTTP to a port of a pod, for `pods/proxy`, `services/proxy`. */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { connect as tlsConnect } from "node:tls";
import { serviceUnavailable } from "../../base/errors.ts";
import { errorText } from "../event-text.ts";
import type { PodManager } from "../pod-manager.ts";
import { dialError } from "../probes/http-get.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { AgentApiError, type AgentExchange, sendJson } from "./respond.ts";

export interface PodProxyContext {
  readonly pods: PodManager;
  readonly runtime: Runtime;
}

/** Headers that concern one connection only. */
const hopByHop = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

const endToEnd = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => value !== undefined && !hopByHop.includes(name)),
  );

export async function servePodProxy(exchange: AgentExchange, { pods, runtime }: PodProxyContext): Promise<void> {
  const [, namespace = "", name = "", scheme = "", portText = ""] = exchange.path;
  const found = pods.find(namespace, name);
  const port = Number(portText);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new AgentApiError(400, `invalid port ${JSON.stringify(portText)}`);
  const unreachable = (why: string) =>
    sendJson(exchange.response, 503, serviceUnavailable(`error trying to reach service: ${why}`).status);

  if (!found?.state.sandbox) return unreachable(`pod ${JSON.stringify(name)} does not run on this node`);
  const podIP = found.pod.status?.podIP ?? "";
  let socket: Socket;
  try {
    socket = await runtime.connect(found.state.sandbox.id, port);
  } catch (error) {
    return unreachable(dialError(error, podIP, port));
  }
  exchange.signal.addEventListener("abort", () => socket.destroy(), { once: true });
  // As it came: what is escaped stays escaped.
  const rest = `/${(exchange.request.url ?? "").split("/").slice(6).join("/")}`;
  const stream = scheme === "https" ? tlsConnect({ socket, rejectUnauthorized: false }) : socket;
  const { headers } = exchange.request;
  // Node frames the body of a DELETE only when it is told how.
  const framing = headers["transfer-encoding"] ? { "transfer-encoding": "chunked" } : {};
  await new Promise<void>((resolve) => {
    const onward = httpRequest({
      method: exchange.method,
      path: rest,
      headers: { ...endToEnd(headers), ...framing, connection: "close" },
      createConnection: () => stream,
    });
    const fail = (error: Error) => {
      if (exchange.response.headersSent) exchange.response.destroy();
      else unreachable(errorText(error));
      resolve();
    };
    stream.once("error", fail);
    onward.once("error", fail);
    onward.once("response", (answer) => {
      exchange.response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      // Whichever side goes away first, there is nobody left to tell.
      pipeline(answer, exchange.response).then(resolve, () => resolve());
    });
    exchange.request.pipe(onward);
  });
}
