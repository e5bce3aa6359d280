/** `/scale`: reads and writes an `autoscaling/v1 Scale`, whatever the kind. */
import type { Kind } from "../../api/kind.ts";
import type { Stored } from "../../registry/registry.ts";
import { decodeObject, readBody } from "../request/body.ts";
import { writeOptions } from "../request/query.ts";
import { answer, expectKind, type Handler, keyOf, type ResourceCall, readPatch, userAgentOf } from "./call.ts";

const scaleColumns: Kind["columns"] = [
  {
    name: "Name",
    type: "string",
    format: "name",
    description: "Name must be unique within a namespace.",
    priority: 0,
    cell: (object) => object.metadata?.name ?? "",
  },
  {
    name: "Created At",
    type: "date",
    description: "CreationTimestamp is the server time when this object was created.",
    priority: 0,
    cell: (object) => object.metadata?.creationTimestamp ?? "",
  },
];

const scaleKind = ({ resource }: ResourceCall): Kind => ({
  ...resource.kind,
  kind: "Scale",
  columns: scaleColumns,
});

/** The call as if Scale were the resource, for answering. */
const scaleOf = (call: ResourceCall): ResourceCall => ({
  ...call,
  resource: { ...call.resource, kind: scaleKind(call) },
});

export const getScale: Handler = async (call, context) => {
  const { kind } = call.resource;
  const stored = await context.registry.getScale(kind, keyOf(call.info, kind), call.state);
  return answer(scaleOf(call), context, 200, stored as Stored);
};

export const updateScale: Handler = async (call, context) => {
  const { state, info, resource } = call;
  const options = writeOptions(state.query, userAgentOf(state), "UpdateOptions");
  const bytes = await readBody(state.exchange);
  const body = await decodeObject(bytes, state.exchange.headers["content-type"], "Scale");
  const object = expectKind(body, { group: "autoscaling", version: "v1", kind: "Scale" });
  const all = { ...options, decodingProblems: body.problems, subresource: "scale" as const };
  const { stored } = await context.registry.update(resource.kind, keyOf(info, resource.kind), object, all, state);
  return answer(scaleOf(call), context, 200, stored);
};

export const patchScale: Handler = async (call, context) => {
  const { state, info, resource } = call;
  const options = { ...(await readPatch(state)), subresource: "scale" as const };
  const { stored } = await context.registry.patch(resource.kind, keyOf(info, resource.kind), options, state);
  return answer(scaleOf(call), context, 200, stored);
};
