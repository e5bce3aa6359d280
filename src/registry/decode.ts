/** From a request's body to an object that can be worked on. */
import { apiVersionOf, type Kind, type KubeObject } from "../api/kind.ts";
import { compactTypeOf } from "../api/schema/lookup.ts";
import { badRequest, type StatusError } from "../base/errors.ts";
import { normalize } from "./normalize.ts";
import type { RequestContext, WriteOptions } from "./registry.ts";
import { isObject, type JsonObject } from "./values.ts";

/** What decoding needs to know of a kind. */
export type DecodedKind = Pick<Kind, "group" | "version" | "kind" | "schemaType">;

type Refuse = (why: string, conversion?: string) => StatusError;

/**
 * A copy of `body` as an object of the kind: `kind`, `apiVersion` and `metadata` set, nulls and unknown fields gone.
 * @param refuse makes the error of a value of the wrong type or an unknown field, when it is not to be a 400
 * @throws 400 for another kind or version, a value of the wrong type, and under `Strict` for unknown fields
 */
export const decodeObject = <T extends KubeObject>(
  kind: Kind<T>,
  body: unknown,
  options: WriteOptions,
  ctx: RequestContext,
  refuse?: Refuse,
): T => decodeAs(kind, body, options, ctx, refuse) as T;

/** Where upstream's scheme is made, which its errors name. */
const scheme = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30";

/** Is there such a kind, or a list of it, in Kubernetes? */
function isRegistered(apiVersion: string, kind: string): boolean {
  const [version = "", group = "core"] = apiVersion.split("/").reverse();
  // Upstream still knows the versions that came before the first that stays.
  const served = /^v\d+(?:alpha|beta)\d+$/.test(version) ? "v1" : version;
  return compactTypeOf(`io.k8s.api.${group.split(".")[0]}.${served}.${kind.replace(/List$/, "")}`) !== undefined;
}

/** The same for what is no kind of its own, such as the body of a subresource. */
export function decodeAs(
  kind: DecodedKind,
  body: unknown,
  options: WriteOptions,
  ctx: RequestContext,
  refuse?: Refuse,
): KubeObject {
  if (!isObject(body)) throw badRequest("couldn't get version/kind; json parse error: the body is not an object");
  const version = apiVersionOf(kind);
  const given = String(body.apiVersion || version);
  const cannot = (why: string) =>
    badRequest(
      `${body.kind || kind.kind} in version "${given.split("/").at(-1)}" cannot be handled as a ${kind.kind}: ${why}`,
    );
  const name = String(body.kind || kind.kind);
  if ((given !== version || name !== kind.kind) && !isRegistered(given, name)) {
    throw (refuse ?? cannot)(`no kind "${name}" is registered for version "${given}" in scheme "${scheme}"`);
  }
  if (given !== version) {
    throw badRequest(
      `the API version in the data (${body.apiVersion}) does not match the expected API version (${version})`,
    );
  }
  if (body.kind && body.kind !== kind.kind) {
    throw cannot(
      `converting (${kind.version}.${body.kind}) to (${kind.group.split(".")[0] || "core"}.${kind.kind}): unknown conversion`,
    );
  }
  const { object, unknown, mismatch } = normalize(body, kind.schemaType);
  if (mismatch) throw (refuse ?? cannot)(mismatch.message, mismatch.conversion);
  const problems = [...(options.decodingProblems ?? []), ...unknown];
  const { problemsInOrder = () => problems } = options;
  reportProblems(unknown.length > 0 ? problemsInOrder(problems) : problems, options, ctx, refuse ?? cannot);
  const out = complete(kind, object);
  // An empty list, which decoding would leave out, says that all entries are to be forgotten.
  if (isObject(body.metadata) && Array.isArray(body.metadata.managedFields) && !body.metadata.managedFields.length)
    (out.metadata as JsonObject).managedFields = [];
  return out;
}

/** Unknown and duplicate fields: an error, warnings or nothing, as the request wants it. The default is to warn. */
function reportProblems(
  problems: readonly string[],
  options: WriteOptions,
  ctx: RequestContext,
  cannot: (why: string) => Error,
): void {
  if (problems.length === 0 || options.fieldValidation === "Ignore") return;
  if (options.fieldValidation === "Strict") throw cannot(`strict decoding error: ${problems.join(", ")}`);
  for (const problem of problems) ctx.warn(problem);
}

/** The object with its type said, and in the order in which objects are written. */
function complete(kind: DecodedKind, object: JsonObject): JsonObject {
  const { metadata } = object;
  const out: JsonObject = {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: isObject(metadata) ? metadata : {},
  };
  for (const key in object) if (!Object.hasOwn(out, key)) out[key] = object[key];
  return out;
}
