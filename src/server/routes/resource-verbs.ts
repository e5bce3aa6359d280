/** The verbs of a resource over HTTP: from a request to a registry call to an answer. */
import { apiVersionOf, type Kind, type KubeObject } from "../../api/kind.ts";
import type { Clock, Random } from "../../base/clock.ts";
import { badRequest, StatusError } from "../../base/errors.ts";
import type {
  ObjectKey,
  PatchType,
  Registry,
  SelectOptions,
  Stored,
  StoredList,
  Subresource,
} from "../../registry/registry.ts";
import type { Authorizer, ResourceAttributes } from "../authz/authorizer.ts";
import { type DecodedBody, decodeObject, decodePatch, mediaTypeOf, readBody, unknownFormat } from "../request/body.ts";
import type { ResourceRequest } from "../request/info.ts";
import { type AnswerForm, negotiateAnswer } from "../request/negotiate.ts";
import { deleteOptions, listOptions, watchOptions, writeOptions } from "../request/query.ts";
import type { RequestState } from "../request/state.ts";
import type { Resource } from "../resources.ts";
import { convertList, convertObject, parseIncludeObject } from "../respond/convert.ts";
import { shownJson, shownObject } from "../respond/encode.ts";
import { itemChunks, type ListBytes, listHead } from "../respond/list.ts";
import { isPlain, respondChunks, respondJson, respondObject } from "../respond/respond.ts";
import { streamWatch } from "../respond/watch.ts";
import { patchAlternate } from "./patch-alternate.ts";

interface VerbContext {
  readonly registry: Registry;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly random: Random;
  readonly lists: ListBytes;
}

/** A request for one resource, authorized. */
interface ResourceCall {
  readonly state: RequestState;
  readonly info: ResourceRequest;
  readonly resource: Resource;
  readonly attributes: ResourceAttributes;
}

type Handler = (call: ResourceCall, context: VerbContext) => Promise<void>;

export const notAllowed = () =>
  new StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});

const keyOf = ({ namespace, name }: ResourceRequest, kind: Kind): ObjectKey => ({
  namespace: kind.namespaced ? namespace : "",
  name,
});
const acceptOf = (state: RequestState) => state.exchange.headers.accept;
const userAgentOf = (state: RequestState) => state.exchange.headers["user-agent"];

async function answer({ state, resource }: ResourceCall, { clock }: VerbContext, status: number, stored: Stored) {
  const form = negotiateAnswer(acceptOf(state));
  if (!form.as) return respondJson(state, status, shownJson(resource, stored), form);
  const include = parseIncludeObject(state.query.text("includeObject"));
  const converted = convertObject(resource, shownObject(resource, stored), { as: form.as, include, now: clock.now() });
  return respondObject(state, status, converted, form);
}

const get: Handler = async (call, context) => {
  negotiateAnswer(acceptOf(call.state)); // refuse before working
  const stored = await context.registry.get(call.resource.kind, keyOf(call.info, call.resource.kind), call.state);
  return answer(call, context, 200, stored);
};

/** Field selectors of another version, in the names of the storage version. */
function selection<T extends SelectOptions>({ alternate }: Resource, options: T): T {
  const labels = alternate?.fieldLabels;
  if (!labels || !options.fieldSelector) return options;
  const fieldSelector = options.fieldSelector
    .split(",")
    .map((term) => term.replace(/^\s*([^=!\s]+)/, (name) => labels[name.trim()] ?? name))
    .join(",");
  return { ...options, fieldSelector };
}

/** Above this many items, a list is sent as it is made. */
const manyItems = 2000;
const chunkBytes = 256 * 1024;

function answerList({ state, resource }: ResourceCall, { lists }: VerbContext, found: StoredList, form: AnswerForm) {
  const head = listHead(resource, found);
  if (found.items.length > manyItems && isPlain(state, form)) {
    const chunks = itemChunks(resource, found.items, chunkBytes);
    return respondChunks(state, form.contentType, concatenated(head, chunks));
  }
  const { path, query } = state.exchange;
  const items = lists.itemsJson(`${path}?${query}`, resource, found.items);
  return respondJson(state, 200, [head, items], form);
}

function* concatenated(head: Uint8Array, rest: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield head;
  yield* rest;
}

const list: Handler = async (call, context) => {
  const { state, info, resource } = call;
  const { registry, clock } = context;
  const form = negotiateAnswer(acceptOf(state));
  const include = parseIncludeObject(state.query.text("includeObject"));
  const { kind } = resource;
  const found = await registry.list(
    kind,
    kind.namespaced ? info.namespace : "",
    selection(resource, listOptions(state.query)),
    state,
  );
  if (!form.as) return answerList(call, context, found, form);
  return respondObject(state, 200, convertList(resource, found, { as: form.as, include, now: clock.now() }), form);
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

/** Checks that a body is an object of the expected kind and version; both may be left out. @throws 400 */
export function expectKind(body: DecodedBody, expected: { kind: string; group: string; version: string }) {
  const { value } = body;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const what = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): couldn't get version/kind; ` +
        `json parse error: json: cannot unmarshal ${what} into Go value of type struct`,
    );
  }
  const object = value as KubeObject;
  const wanted = apiVersionOf(expected);
  const { apiVersion = wanted, kind = expected.kind } = object;
  if (typeof apiVersion !== "string" || typeof kind !== "string") {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): invalid apiVersion or kind`,
    );
  }
  if (kind && kind !== expected.kind) {
    const shortVersion = apiVersion.split("/").pop();
    throw badRequest(
      `${kind} in version ${JSON.stringify(shortVersion)} cannot be handled as a ${expected.kind}: ` +
        `converting (${shortVersion}.${kind}) to (${expected.group.split(".")[0] || "core"}.${expected.kind}): unknown conversion`,
    );
  }
  if (apiVersion && apiVersion !== wanted) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`);
  }
  return object;
}

/** Reads an object of the resource's version and turns it to the storage version. */
async function readObject({ state, resource }: ResourceCall) {
  const bytes = await readBody(state.exchange);
  const body = await decodeObject(bytes, state.exchange.headers["content-type"], resource.kind.kind);
  const { alternate } = resource;
  // The registry checks what it is given; another version has to be one before it can be converted.
  const object = alternate
    ? alternate.toStorage(expectKind(body, { ...resource, kind: resource.kind.kind }))
    : body.value;
  return { object, decodingProblems: body.problems };
}

const create: Handler = async (call, context) => {
  const { state, info, resource } = call;
  negotiateAnswer(acceptOf(state));
  const options = writeOptions(state.query, userAgentOf(state), "CreateOptions");
  const { object, decodingProblems } = await readObject(call);
  await context.authorizer.admit?.(call.attributes, object);
  const { kind } = resource;
  if (kind.namespaced && !info.namespace) throw notAllowed();
  const namespace = kind.namespaced ? info.namespace : "";
  const stored = await context.registry.create(kind, namespace, object, { ...options, decodingProblems }, state);
  return answer(call, context, 201, stored);
};

const update =
  (subresource?: Subresource): Handler =>
  async (call, context) => {
    const { state, info, resource } = call;
    negotiateAnswer(acceptOf(state));
    const options = writeOptions(state.query, userAgentOf(state), "UpdateOptions");
    const { object, decodingProblems } = await readObject(call);
    await context.authorizer.admit?.(call.attributes, object);
    const all = { ...options, decodingProblems, ...(subresource ? { subresource } : {}) };
    const { stored, created } = await context.registry.update(
      resource.kind,
      keyOf(info, resource.kind),
      object,
      all,
      state,
    );
    return answer(call, context, created ? 201 : 200, stored);
  };

const patchTypes: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/** Reads a PATCH: its type, its body and its options. @throws 415 */
async function readPatch(state: RequestState) {
  const mediaType = mediaTypeOf(state.exchange.headers["content-type"]);
  const type = patchTypes[mediaType];
  if (!type) throw unknownFormat(Object.keys(patchTypes));
  const options = writeOptions(state.query, userAgentOf(state), "PatchOptions", type === "apply");
  const body = await decodePatch(await readBody(state.exchange), mediaType);
  return { ...options, type, body: body.value, decodingProblems: body.problems };
}

const patch =
  (subresource?: Subresource): Handler =>
  async (call, context) => {
    const { state, info, resource } = call;
    negotiateAnswer(acceptOf(state));
    const options = await readPatch(state);
    await context.authorizer.admit?.(call.attributes, undefined);
    const all = { ...options, ...(subresource ? { subresource } : {}) };
    const key = keyOf(info, resource.kind);
    const { alternate } = resource;
    const { stored, created } = alternate
      ? await patchAlternate(context.registry, { ...resource, alternate }, key, all, state)
      : await context.registry.patch(resource.kind, key, all, state);
    return answer(call, context, created ? 201 : 200, stored);
  };

/** Kinds whose delete answers the object instead of a Status when it is gone at once (upstream's ReturnDeletedObject). */
const returnsDeleted = new Set([
  "/persistentvolumeclaims",
  "/persistentvolumes",
  "/pods",
  "/podtemplates",
  "/resourcequotas",
  "/serviceaccounts",
  "/services",
  "storage.k8s.io/csidrivers",
  "storage.k8s.io/csinodes",
  "storage.k8s.io/storageclasses",
  "storage.k8s.io/volumeattachments",
]);

async function readDeleteOptions(state: RequestState) {
  const bytes = await readBody(state.exchange);
  if (!bytes.length) return deleteOptions(state.query, undefined);
  const body = await decodeObject(bytes, state.exchange.headers["content-type"], "DeleteOptions");
  const value = body.value as KubeObject | null;
  if (typeof value !== "object" || value === null || (value.kind && value.kind !== "DeleteOptions")) {
    throw badRequest("decoded object cannot be converted to DeleteOptions");
  }
  return deleteOptions(state.query, value as Record<string, unknown>);
}

const remove: Handler = async (call, context) => {
  const { state, info, resource } = call;
  const form = negotiateAnswer(acceptOf(state));
  const options = await readDeleteOptions(state);
  await context.authorizer.admit?.(call.attributes, undefined);
  const { kind } = resource;
  const { stored, deleted } = await context.registry.delete(kind, keyOf(info, kind), options, state);
  if (!deleted || returnsDeleted.has(`${kind.group}/${kind.plural}`)) {
    return answer(call, context, !deleted && options.orphanDependents === false ? 202 : 200, stored);
  }
  const details = {
    name: info.name,
    ...(resource.group ? { group: resource.group } : {}),
    kind: kind.plural,
    uid: stored.object.metadata?.uid,
  };
  return respondObject(
    state,
    200,
    { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details },
    form,
  );
};

const removeCollection: Handler = async (call, context) => {
  const { registry, clock } = context;
  const { state, info, resource } = call;
  const form = negotiateAnswer(acceptOf(state));
  const options = await readDeleteOptions(state);
  const { kind } = resource;
  const namespace = kind.namespaced ? info.namespace : "";
  if (kind.namespaced && !namespace) throw notAllowed();
  const select = selection(resource, listOptions(state.query));
  const deleted = await registry.deleteCollection(kind, namespace, select, options, state);
  if (!form.as) return answerList(call, context, deleted, form);
  const include = parseIncludeObject(state.query.text("includeObject"));
  return respondObject(state, 200, convertList(resource, deleted, { as: form.as, include, now: clock.now() }), form);
};

/** `/scale` takes and answers an `autoscaling/v1 Scale`, whatever the kind. */
const scaleOf = (call: ResourceCall): ResourceCall => ({
  ...call,
  resource: { ...call.resource, kind: scaleKind(call) },
});
const scaleKind = ({ resource }: ResourceCall): Kind => ({
  ...resource.kind,
  kind: "Scale",
  columns: scaleColumns,
});
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

const getScale: Handler = async (call, context) => {
  const { kind } = call.resource;
  const stored = await context.registry.getScale(kind, keyOf(call.info, kind), call.state);
  return answer(scaleOf(call), context, 200, stored as Stored);
};

const updateScale: Handler = async (call, context) => {
  const { state, info, resource } = call;
  const options = writeOptions(state.query, userAgentOf(state), "UpdateOptions");
  const bytes = await readBody(state.exchange);
  const body = await decodeObject(bytes, state.exchange.headers["content-type"], "Scale");
  const object = expectKind(body, { group: "autoscaling", version: "v1", kind: "Scale" });
  const all = { ...options, decodingProblems: body.problems, subresource: "scale" as const };
  const { stored } = await context.registry.update(resource.kind, keyOf(info, resource.kind), object, all, state);
  return answer(scaleOf(call), context, 200, stored);
};

const patchScale: Handler = async (call, context) => {
  const { state, info, resource } = call;
  const options = { ...(await readPatch(state)), subresource: "scale" as const };
  const { stored } = await context.registry.patch(resource.kind, keyOf(info, resource.kind), options, state);
  return answer(scaleOf(call), context, 200, stored);
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

/** What upstream answers where there is nothing: not even a Status. */
export class UnknownPath extends Error {
  override readonly name = "UnknownPath";
}
export const unknownPath = () => new UnknownPath("404 page not found");
