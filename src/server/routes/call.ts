/** What the verbs of a resource have in common: the call, reading its body, and answering. */
import { apiVersionOf, type Kind, type KubeObject } from "../../api/kind.ts";
import type { Clock, Random } from "../../base/clock.ts";
import { badRequest, StatusError } from "../../base/errors.ts";
import { decodeAs } from "../../registry/decode.ts";
import type {
  ObjectKey,
  PatchType,
  Registry,
  SelectOptions,
  Stored,
  StoredList,
  WriteOptions,
} from "../../registry/registry.ts";
import { answeredJson } from "../../registry/stored.ts";
import type { Authorizer, ResourceAttributes } from "../authz/authorizer.ts";
import { type DecodedBody, decodeObject, decodePatch, mediaTypeOf, readBody } from "../request/body.ts";
import type { ResourceRequest } from "../request/info.ts";
import { type AnswerForm, negotiateAnswer } from "../request/negotiate.ts";
import { writeOptions } from "../request/query.ts";
import type { RequestState } from "../request/state.ts";
import type { Resource } from "../resources.ts";
import { convertList, convertObject, parseIncludeObject } from "../respond/convert.ts";
import { shownJson } from "../respond/encode.ts";
import { itemChunks, type ListBytes, listHead } from "../respond/list.ts";
import { isPlain, respondChunks, respondJson, respondObject } from "../respond/respond.ts";

export interface VerbContext {
  readonly registry: Registry;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly random: Random;
  readonly lists: ListBytes;
}

/** A request for one resource, authorized. */
export interface ResourceCall {
  readonly state: RequestState;
  readonly info: ResourceRequest;
  readonly resource: Resource;
  readonly attributes: ResourceAttributes;
}

/** Answers the call. What needs no wait is answered before it returns. */
export type Handler = (call: ResourceCall, context: VerbContext) => Promise<void> | undefined;

export const notAllowed = () =>
  new StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});

/** There is nothing at the path. */
export class UnknownPath extends Error {
  override readonly name = "UnknownPath";
}

export const unknownResource = () =>
  new StatusError(404, "NotFound", "the server could not find the requested resource", {});

export const unknownPath = () => new UnknownPath("404 page not found");

export const keyOf = ({ namespace, name }: ResourceRequest, kind: Kind): ObjectKey => ({
  namespace: kind.namespaced ? namespace : "",
  name,
});

export const acceptOf = (state: RequestState) => state.exchange.headers.accept;

export const userAgentOf = (state: RequestState) => state.exchange.headers["user-agent"];

/** A read of one object may ask for a state that is not too old. @throws 504 when it is from the future, 500 or 400 */
export function assertReached({ state, resource }: ResourceCall, { registry }: VerbContext): void {
  const resourceVersion = state.query.text("resourceVersion");
  if (resourceVersion) registry.assertReached(resource.kind, resourceVersion);
}

export function answer(
  { state, resource }: ResourceCall,
  { clock }: VerbContext,
  status: number,
  stored: Stored,
): Promise<void> | undefined {
  const form = negotiateAnswer(acceptOf(state));
  if (!form.as) {
    return respondJson(state, status, resource.alternate ? shownJson(resource, stored) : answeredJson(stored), form);
  }
  const include = parseIncludeObject(state.query.text("includeObject"));
  const converted = convertObject(resource, stored, { as: form.as, include, now: clock.now() });
  return respondObject(state, status, converted, form);
}

/** Above this many items, a list is sent as it is made. */
const manyItems = 2000;
const chunkBytes = 256 * 1024;

/** Answers with a list, in the form that was negotiated. */
export function answerList(
  { state, resource }: ResourceCall,
  { lists, clock }: VerbContext,
  found: StoredList,
  form: AnswerForm,
) {
  if (form.as) {
    const include = parseIncludeObject(state.query.text("includeObject"));
    return respondObject(state, 200, convertList(resource, found, { as: form.as, include, now: clock.now() }), form);
  }
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

/** Field selectors of another version, in the names of the storage version. */
export function selection<T extends SelectOptions>({ alternate }: Resource, options: T): T {
  const labels = alternate?.fieldLabels;
  if (!labels || !options.fieldSelector) return options;
  const fieldSelector = options.fieldSelector
    .split(",")
    .map((term) =>
      term.replace(/^\s*([^=!\s]+)/, (name) => {
        const field = name.trim();
        if (field.startsWith("metadata.")) return name;
        const stored = labels[field];
        if (!stored) throw badRequest(`field label not supported: ${field}`);
        return stored;
      }),
    )
    .join(",");
  return { ...options, fieldSelector };
}

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

/**
 * Reads an object of the resource's version and turns it to the storage version.
 * @returns it, and the options of its write with what strict decoding found and what its version demands
 */
export async function readObject({ state, resource }: ResourceCall, options: WriteOptions) {
  const bytes = await readBody(state.exchange);
  const body = await decodeObject(bytes, state.exchange.headers["content-type"], resource.kind.kind);
  const { alternate } = resource;
  const found = { ...options, decodingProblems: body.problems };
  const all = body.inOrder ? { ...found, problemsInOrder: body.inOrder } : found;
  if (!alternate) return { object: body.value, options: all };
  // The registry checks what it is given; another version has to be one before it can be converted.
  const kind = { ...resource, kind: resource.kind.kind };
  const given = decodeAs(kind, expectKind(body, kind), all, state);
  return { object: alternate.toStorage(given), options: { ...options, ...rulesOf(resource) } };
}

/** What the version of a request demands of what is written in it. */
export const rulesOf = ({ alternate }: Resource): Pick<WriteOptions, "validate"> =>
  alternate?.validate ? { validate: alternate.validate } : {};

const patchTypes: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/**
 * Reads a PATCH: its type, its body and its options.
 * @param find looks for the object: that it is absent counts for more than that the patch is malformed
 * @throws 415
 */
export async function readPatch(state: RequestState, find: () => Promise<unknown>) {
  const mediaType = mediaTypeOf(state.exchange.headers["content-type"]);
  const type = patchTypes[mediaType];
  if (!type) throw new StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  const options = writeOptions(state.query, userAgentOf(state), "PatchOptions", type === "apply");
  const bytes = await readBody(state.exchange);
  const body = await decodePatch(bytes, mediaType).catch(async (error: unknown) => {
    if (type !== "apply") await find();
    throw error;
  });
  return { ...options, type, body: body.value, decodingProblems: body.problems };
}
