/** The verbs of a resource over HTTP: from a request to a registry call to an answer. */
import type { Random } from "../../base/clock.ts";
import type { Subresource } from "../../registry/registry.ts";
import type { ResourceRequest } from "../request/info.ts";
import { negotiateAnswer } from "../request/negotiate.ts";
import { listOptions, watchOptions, writeOptions } from "../request/query.ts";
import type { Resource } from "../resources.ts";
import { parseIncludeObject } from "../respond/convert.ts";
import { streamWatch } from "../respond/watch.ts";
import {
  acceptOf,
  answer,
  answerList,
  assertReached,
  type Handler,
  keyOf,
  notAllowed,
  readObject,
  readPatch,
  rulesOf,
  selection,
  unknownPath,
  userAgentOf,
} from "./call.ts";
import { remove, removeCollection } from "./delete.ts";
import { patchAlternate } from "./patch-alternate.ts";
import { getScale, patchScale, updateScale } from "./scale.ts";

const get: Handler = (call, context) => {
  negotiateAnswer(acceptOf(call.state)); // refuse before working
  assertReached(call, context);
  const { kind } = call.resource;
  const key = keyOf(call.info, kind);
  const atHand = context.registry.current(kind, key);
  if (atHand) return answer(call, context, 200, atHand);
  return context.registry.get(kind, key, call.state).then((stored) => answer(call, context, 200, stored));
};

const list: Handler = async (call, context) => {
  const { state, info, resource } = call;
  const form = negotiateAnswer(acceptOf(state));
  const { kind } = resource;
  const found = await context.registry.list(
    kind,
    kind.namespaced ? info.namespace : "",
    selection(resource, listOptions(state.query)),
    state,
  );
  return answerList(call, context, found, form);
};

/** Upstream's default: between 30 and 60 minutes, so that clients don't all come back at once. */
const watchMs = (random: Random) => 1_800_000 * (1 + random.next());

const watch: Handler = async ({ state, info, resource }, { registry, clock, random }) => {
  const form = negotiateAnswer(acceptOf(state));
  const include = parseIncludeObject(state.query.text("includeObject"));
  const { timeoutSeconds, ...options } = watchOptions(state.query);
  const { kind } = resource;
  // The deprecated form /api/v1/watch/…/{name}
  const named = info.name && !options.fieldSelector ? { fieldSelector: `metadata.name=${info.name}` } : {};
  await streamWatch(
    state,
    resource,
    () =>
      registry.watch(kind, kind.namespaced ? info.namespace : "", selection(resource, { ...options, ...named }), state),
    { form, include, clock, timeout: timeoutSeconds ? timeoutSeconds * 1000 : watchMs(random) },
  );
};

const create: Handler = async (call, context) => {
  const { state, info, resource } = call;
  negotiateAnswer(acceptOf(state));
  const given = writeOptions(state.query, userAgentOf(state), "CreateOptions");
  const { object, options } = await readObject(call, given);
  await context.authorizer.admit?.(call.attributes, object);
  const { kind } = resource;
  if (kind.namespaced && !info.namespace) throw notAllowed();
  const namespace = kind.namespaced ? info.namespace : "";
  const stored = await context.registry.create(kind, namespace, object, options, state);
  return answer(call, context, 201, stored);
};

const update =
  (subresource?: Subresource): Handler =>
  async (call, context) => {
    const { state, info, resource } = call;
    negotiateAnswer(acceptOf(state));
    const given = writeOptions(state.query, userAgentOf(state), "UpdateOptions");
    const { object, options } = await readObject(call, given);
    await context.authorizer.admit?.(call.attributes, object);
    const all = { ...options, ...(subresource ? { subresource } : {}) };
    const { stored, created } = await context.registry.update(
      resource.kind,
      keyOf(info, resource.kind),
      object,
      all,
      state,
    );
    return answer(call, context, created ? 201 : 200, stored);
  };

const patch =
  (subresource?: Subresource): Handler =>
  async (call, context) => {
    const { state, info, resource } = call;
    negotiateAnswer(acceptOf(state));
    const key = keyOf(info, resource.kind);
    const options = await readPatch(state, () => context.registry.get(resource.kind, key, state));
    await context.authorizer.admit?.(call.attributes, undefined);
    const all = { ...options, ...rulesOf(resource), ...(subresource ? { subresource } : {}) };
    const { alternate } = resource;
    const { stored, created } = alternate
      ? await patchAlternate(context.registry, { ...resource, alternate }, key, all, state)
      : await context.registry.patch(resource.kind, key, all, state);
    return answer(call, context, created ? 201 : 200, stored);
  };

const collection: Readonly<Record<string, Handler>> = {
  create,
  list,
  watch,
  deletecollection: removeCollection,
};

const single: Readonly<Record<string, Handler>> = {
  get,
  watch,
  update: update(),
  patch: patch(),
  delete: remove,
};

const subresources: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  status: { get, update: update("status"), patch: patch("status") },
  scale: { get: getScale, update: updateScale, patch: patchScale },
  finalize: { update: update("finalize") },
};

const isCollectionVerb = (verb: string) => verb === "create" || verb === "list" || verb === "deletecollection";

/**
 * The handler of a request.
 * @throws 404 when there is no such subresource, 405 when it has no such verb
 */
export function handlerOf({ kind }: Resource, info: ResourceRequest): Handler {
  const { subresource, verb, name } = info;
  if (info.rest.length) throw unknownPath();
  const isNamespace = kind.group === "" && kind.plural === "namespaces";
  if (!kind.namespaced && info.namespace && !isNamespace) throw unknownPath();
  if (kind.namespaced && !info.namespace && /^(get|update|patch|delete)$/.test(info.verb)) throw unknownPath();
  if (subresource) {
    const exists =
      (subresource === "status" && kind.status) ||
      (subresource === "scale" && kind.scale) ||
      (subresource === "finalize" && isNamespace);
    if (!exists) throw unknownPath();
    const handler = subresources[subresource]?.[verb];
    if (!handler) throw notAllowed();
    return handler;
  }
  const onCollection = isCollectionVerb(verb) || (verb === "watch" && !name);
  const handler = onCollection ? collection[verb] : name ? single[verb] : undefined;
  const namedCreate = verb === "create" && name !== "";
  if (!handler || namedCreate) throw notAllowed();
  if (!(kind.verbs as readonly string[]).includes(verb)) throw notAllowed();
  return handler;
}
