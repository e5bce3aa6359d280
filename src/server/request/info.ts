/**
 * What a path and a method ask for: upstream's RequestInfo (apiserver `pkg/endpoints/request/requestinfo.go`).
 */
import { badRequest } from "../../base/errors.ts";

export interface ResourceRequest {
  readonly isResource: true;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** Empty when not in a namespace. For the resource `namespaces` itself it is the name. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Path segments after the subresource: what a proxy forwards. */
  readonly rest: readonly string[];
  readonly path: string;
}

interface NonResourceRequest {
  readonly isResource: false;
  readonly verb: string;
  readonly path: string;
}

export type RequestInfo = ResourceRequest | NonResourceRequest;

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

const namespaceSubresources = new Set(["status", "finalize"]);

const decode = (segment: string) => {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`invalid URL escape ${JSON.stringify(segment)}`);
  }
};

/**
 * @param wantsWatch whether the query has `watch=true`; only looked at for collections
 * @param selectedName `metadata.name` of the field selector: lists and watches of one name are authorized for that name
 */
export function parseRequestInfo(
  method: string,
  path: string,
  wantsWatch: () => boolean,
  selectedName: () => string,
): RequestInfo {
  const nonResource = (): NonResourceRequest => ({ isResource: false, verb: method.toLowerCase(), path });
  const parts = path.split("/").filter(Boolean);
  if (parts.length < 3 || (parts[0] !== "api" && parts[0] !== "apis")) return nonResource();
  const core = parts[0] === "api";
  if (!core && parts.length < 4) return nonResource();
  const group = core ? "" : (parts[1] as string);
  const version = (core ? parts[1] : parts[2]) as string;
  let rest = parts.slice(core ? 2 : 3);

  let verb = verbs[method] ?? "";
  // The deprecated form /api/v1/watch/…
  const legacyWatch = rest[0] === "watch";
  if (legacyWatch) {
    rest = rest.slice(1);
    verb = "watch";
    if (!rest.length) return nonResource();
  }
  let namespace = "";
  if (rest[0] === "namespaces" && rest.length > 1) {
    namespace = decode(rest[1] as string);
    if (rest.length > 2 && !namespaceSubresources.has(rest[2] as string)) rest = rest.slice(2);
  }
  const resource = decode(rest[0] ?? "");
  let name = rest[1] === undefined ? "" : decode(rest[1]);
  const subresource = rest[2] ?? "";
  if (!name && verb === "get") verb = wantsWatch() ? "watch" : "list";
  if (!name && verb === "delete") verb = "deletecollection";
  if (!name && (verb === "list" || verb === "watch" || verb === "deletecollection")) name = selectedName();
  return {
    isResource: true,
    verb,
    group,
    version,
    namespace,
    resource,
    subresource,
    name,
    rest: rest.slice(3),
    path,
  };
}

/** Most paths remembered: what a client polls or a benchmark asks for, not every object there is. */
const mostRemembered = 1000;

/** {@link parseRequestInfo}, remembering the answers for the plain GETs that come again and again. */
export class RequestInfos {
  readonly #known = new Map<string, RequestInfo>();

  /** @param plain there is no query */
  parse(
    method: string,
    path: string,
    plain: boolean,
    wantsWatch: () => boolean,
    selectedName: () => string,
  ): RequestInfo {
    if (method !== "GET" || !plain) return parseRequestInfo(method, path, wantsWatch, selectedName);
    let info = this.#known.get(path);
    if (!info) {
      info = parseRequestInfo(method, path, wantsWatch, selectedName);
      if (this.#known.size >= mostRemembered) this.#known.clear();
      this.#known.set(path, info);
    }
    return info;
  }
}
