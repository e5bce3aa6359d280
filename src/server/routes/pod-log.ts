/** `pods/{name}/log`: the container's output, streamed from the node's agent. */
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { path as fieldPath, invalidValue } from "../../api/field.ts";
import type { Pod } from "../../api/generated/types.ts";
import type { Kind } from "../../api/kind.ts";
import { badRequest, internalError, invalid, type StatusCause, StatusError } from "../../base/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import type { AgentConnector, AgentResponse } from "../agents.ts";
import type { ResourceRequest } from "../request/info.ts";
import type { RequestState } from "../request/state.ts";
import { responseHeaders } from "../respond/respond.ts";

const flags = ["follow", "previous", "timestamps", "insecureSkipTLSVerifyBackend"];
const texts = ["sinceTime", "stream"];
const numbers = ["sinceSeconds", "tailLines", "limitBytes"] as const;

/** The options to hand on, checked. @throws 422 */
function logQuery(state: RequestState, name: string): URLSearchParams {
  const out = new URLSearchParams();
  const errors: StatusCause[] = [];
  for (const flag of flags) if (state.query.flag(flag)) out.set(flag, "true");
  for (const text of texts) {
    const value = state.query.text(text);
    if (value) out.set(text, value);
  }
  for (const number of numbers) {
    const value = state.query.integer(number);
    if (value === undefined) continue;
    const least = number === "tailLines" ? 0 : 1;
    if (value < least) {
      const why = least ? "must be greater than 0" : "must be greater than or equal to 0";
      errors.push(invalidValue(fieldPath(number), value, why));
    }
    out.set(number, String(value));
  }
  if (out.has("sinceSeconds") && out.has("sinceTime")) {
    errors.push({
      reason: "FieldValueForbidden",
      field: "sinceSeconds",
      message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
    });
  }
  if (errors.length) throw invalid("", "PodLogOptions", name, errors);
  return out;
}

/** Which container is meant. @throws 400 in upstream's words */
function chooseContainer(pod: Pod, asked: string | undefined): string {
  const names = (list: readonly { name: string }[] | undefined) => (list ?? []).map((c) => c.name);
  const containers = names(pod.spec?.containers);
  const inits = names(pod.spec?.initContainers);
  const ephemeral = names(pod.spec?.ephemeralContainers);
  const podName = pod.metadata?.name ?? "";
  if (asked) {
    if (![...containers, ...inits, ...ephemeral].includes(asked)) {
      throw badRequest(`container ${asked} is not valid for pod ${podName}`);
    }
    return asked;
  }
  const preferred = pod.metadata?.annotations?.["kubectl.kubernetes.io/default-container"];
  if (preferred && containers.includes(preferred)) return preferred;
  if (containers.length === 1 && containers[0]) return containers[0];
  const more = inits.length ? ` or one of the init containers: [${inits.join(" ")}]` : "";
  throw badRequest(
    `a container name must be specified for pod ${podName}, choose one of: [${containers.join(" ")}]${more}`,
  );
}

export async function serveLog(
  state: RequestState,
  info: ResourceRequest,
  pods: Kind<Pod>,
  registry: Registry,
  agents: AgentConnector,
): Promise<void> {
  const { namespace, name } = info;
  const { object: pod } = await registry.get(pods, { namespace, name }, state);
  const query = logQuery(state, name);
  const container = chooseContainer(pod, state.query.text("container"));
  const node = pod.spec?.nodeName;
  if (!node) return state.exchange.respond(204, responseHeaders(state, "text/plain"), undefined);
  const suffix = query.size ? `?${query}` : "";
  const answer = await askAgent(agents, node, {
    method: "GET",
    path: `/containerLogs/${namespace}/${name}/${container}${suffix}`,
    signal: state.signal,
  });
  if (answer.status >= 400) throw await agentError(answer);
  await forward(state, 200, answer, responseHeaders(state, "text/plain"));
}

/** @throws 500 when the agent can't be reached */
async function askAgent(
  agents: AgentConnector,
  node: string,
  request: Parameters<AgentConnector["request"]>[1],
): Promise<AgentResponse> {
  try {
    return await agents.request(node, request);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw internalError(`${request.method} "https://${node}:10250${request.path}": ${why}`);
  }
}

/** Streams an agent's answer to the client, as fast as the client takes it. */
export async function forward(
  state: RequestState,
  status: number,
  answer: AgentResponse,
  headers: ReturnType<typeof responseHeaders>,
): Promise<void> {
  if (state.exchange.closed) {
    answer.body.destroy();
    return;
  }
  const out = state.exchange.start(status, headers);
  // Either side may go away in the middle; then the other is destroyed, and there is nobody to tell.
  await pipeline(answer.body, out).catch(() => state.exchange.abort());
}

async function agentError(answer: AgentResponse): Promise<StatusError> {
  const text = (await readText(answer.body)).trim();
  if (answer.status === 400) return badRequest(text);
  if (answer.status === 404) {
    return new StatusError(404, "NotFound", text || "the server could not find the requested resource", {});
  }
  return new StatusError(answer.status, "InternalError", text || "an error on the node's agent", {});
}

async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
