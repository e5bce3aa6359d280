/** `/scale`: reads and writes an `autoscaling/v1 Scale`, whatever the kind. */
import { ageColumn, column, nameColumn } from "../../api/columns.ts";
import type { Scale } from "../../api/generated/types.ts";
import type { Kind } from "../../api/kind.ts";
import type { Stored } from "../../registry/registry.ts";
import { decodeObject, readBody } from "../request/body.ts";
import { writeOptions } from "../request/query.ts";
import {
  answer,
  assertReached,
  expectKind,
  type Handler,
  keyOf,
  type ResourceCall,
  readPatch,
  userAgentOf,
} from "./call.ts";

const integer = { type: "integer" } as const;

const scaleColumns = [
  { ...nameColumn, format: "" },
  column<Scale>("Desired", "How many replicas there shall be.", ({ spec }) => spec?.replicas ?? 0, integer),
  column<Scale>("Available", "How many replicas there are.", ({ status }) => status?.replicas ?? 0, integer),
  ageColumn,
] as Kind["columns"];

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
  assertReached(call, context);
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
  const key = keyOf(info, resource.kind);
  const find = () => context.registry.get(resource.kind, key, state);
  const options = { ...(await readPatch(state, find)), subresource: "scale" as const };
  const { stored } = await context.registry.patch(resource.kind, key, options, state);
  return answer(scaleOf(call), context, 200, stored);
};
