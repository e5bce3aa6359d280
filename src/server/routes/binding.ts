/** `pods/{name}/binding` and the older `bindings`: how a scheduler assigns a pod to a node. */
import { badRequest, type Status } from "../../base/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import { decodeObject, readBody } from "../request/body.ts";
import type { ResourceRequest } from "../request/info.ts";
import { negotiateAnswer } from "../request/negotiate.ts";
import { writeOptions } from "../request/query.ts";
import type { RequestState } from "../request/state.ts";
import { respondObject } from "../respond/respond.ts";
import { expectKind, notAllowed } from "./call.ts";

export const isBinding = (info: ResourceRequest): boolean =>
  info.group === "" &&
  info.version === "v1" &&
  ((info.resource === "pods" && info.subresource === "binding") || (info.resource === "bindings" && !info.subresource));

const created: Status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

export async function serveBinding(state: RequestState, info: ResourceRequest, registry: Registry): Promise<void> {
  const form = negotiateAnswer(state.exchange.headers.accept, false);
  if (info.verb !== "create" || !info.namespace) throw notAllowed();
  const options = writeOptions(state.query, state.exchange.headers["user-agent"], "CreateOptions");
  const body = await decodeObject(await readBody(state.exchange), state.exchange.headers["content-type"], "Binding");
  const binding = expectKind(body, { group: "", version: "v1", kind: "Binding" });
  const name = info.name || binding.metadata?.name;
  if (!name) throw badRequest("name is required");
  const all = { ...options, decodingProblems: body.problems };
  await registry.bind({ namespace: info.namespace, name }, binding, all, state);
  await respondObject(state, 201, created, form);
}
