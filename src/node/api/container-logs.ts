/** `/containerLogs/{namespace}/{pod}/{container}` (kubelet `server.go`, `kubelet_pods.go`). */
import type { ContainerStatus, Pod } from "../../api/generated/types.ts";
import { type Clock, parseTime } from "../../base/clock.ts";
import type { PodManager } from "../pod-manager.ts";
import type { LogOptions, Runtime } from "../runtime/runtime.ts";
import { containerIdText } from "../status/container-status.ts";
import { AgentApiError, type AgentExchange, write } from "./respond.ts";

export interface LogContext {
  readonly pods: PodManager;
  readonly runtime: Runtime;
  readonly clock: Clock;
}

export async function serveContainerLogs(exchange: AgentExchange, context: LogContext): Promise<void> {
  const [, namespace = "", name = "", container = ""] = exchange.path;
  const found = context.pods.find(namespace, name);
  if (!found) throw new AgentApiError(404, `pod "${name}" does not exist`);
  const spec = found.pod.spec;
  const known = [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])];
  if (!known.some((c) => c.name === container))
    throw new AgentApiError(404, `container "${container}" not found in pod "${name}"`);
  const options = logOptions(exchange, context.clock.now());
  const id = containerFor(found.pod, container, exchange.query.get("previous") === "true");
  exchange.response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  exchange.response.flushHeaders();
  for await (const chunk of context.runtime.logs(id, options)) {
    if (exchange.signal.aborted) return;
    await write(exchange, chunk);
  }
  exchange.response.end();
}

function logOptions({ query, signal }: AgentExchange, now: number): LogOptions {
  const flag = (name: string) => query.get(name) === "true";
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null) return undefined;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0) throw new AgentApiError(422, '{"message": "Invalid request."}');
    return value;
  };
  const stream = query.get("stream");
  if (stream !== null && stream !== "All")
    throw new AgentApiError(
      400,
      `unable to return the given log stream: ${JSON.stringify(stream)}. Please enable PodLogsQuerySplitStreams feature gate in kubelet`,
    );
  const tailLines = number("tailLines");
  const limitBytes = number("limitBytes");
  const sinceSeconds = number("sinceSeconds");
  const sinceTime = query.get("sinceTime");
  const since = sinceTime ? parseTime(sinceTime) : sinceSeconds === undefined ? undefined : now - sinceSeconds * 1000;
  if (Number.isNaN(since)) throw new AgentApiError(400, '{"message": "Unable to decode query."}');
  return {
    follow: flag("follow"),
    timestamps: flag("timestamps"),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(since === undefined ? {} : { since }),
    signal,
  };
}

/** The container whose log is meant. @throws AgentApiError 400 in the kubelet's words when there is none */
function containerFor(pod: Pod, name: string, previous: boolean): string {
  const podName = pod.metadata?.name ?? "";
  const status = statusOf(pod, name);
  const where = `container "${name}" in pod "${podName}"`;
  if (!status) throw new AgentApiError(400, `${where} is not available`);
  const last = status.lastState?.terminated?.containerID;
  if (previous) {
    if (!last) throw new AgentApiError(400, `previous terminated ${where} not found`);
    return idOf(last);
  }
  const { running, terminated, waiting } = status.state ?? {};
  if (running && status.containerID) return idOf(status.containerID);
  const ended = terminated?.containerID ?? last;
  if (ended) return idOf(ended);
  if (terminated ?? status.lastState?.terminated) throw new AgentApiError(400, `${where} is terminated`);
  switch (waiting?.reason) {
    case undefined:
      throw new AgentApiError(400, `${where} is waiting to start - no logs yet`);
    case "ErrImagePull":
      throw new AgentApiError(400, `${where} is waiting to start: image can't be pulled`);
    case "ImagePullBackOff":
      throw new AgentApiError(400, `${where} is waiting to start: trying and failing to pull image`);
    default:
      throw new AgentApiError(400, `${where} is waiting to start: ${waiting?.reason}`);
  }
}

const statusOf = ({ status }: Pod, name: string): ContainerStatus | undefined =>
  [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].find((s) => s.name === name);

const idOf = (text: string): string => text.slice(containerIdText("").length);
