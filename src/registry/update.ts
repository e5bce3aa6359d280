/** UPDATE: of an object and of its subresources. */
import type { Kind, KubeObject } from "../api/kind.ts";
import { badRequest, methodNotSupported } from "../base/errors.ts";
import { changeObject, type Updated, type UpdateOptions } from "./change.ts";
import { type Core, kindKey } from "./core.ts";
import { matchNamespace } from "./create.ts";
import { decodeObject } from "./decode.ts";
import { recordCreate, recordUpdate } from "./managed-fields.ts";
import { currentObject } from "./read.ts";
import type { ObjectKey, RequestContext, Stored, Subresource } from "./registry.ts";
import { updateScale } from "./scale.ts";
import { isObject } from "./values.ts";

export async function updateObject<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  body: unknown,
  options: UpdateOptions,
  ctx: RequestContext,
): Promise<Updated<T>> {
  checkSubresource(kind, options.subresource);
  if (options.subresource === "scale") {
    const stored = await updateScale(core, kind, key, body, options, ctx);
    return { stored: stored as unknown as Stored<T>, created: false };
  }
  const read = (warn: RequestContext["warn"]) => {
    const stored = options.subresource === "status" ? storedBasis(core, kind, key, body) : undefined;
    const given = stored ? { ...(body as T), metadata: undefined, spec: undefined } : body;
    const decoded = decodeObject(kind, given, options, { ...ctx, warn });
    if (stored) decoded.metadata = { ...stored.metadata };
    matchName(kind, decoded, key);
    kind.applyDefaults(decoded);
    return stored ? { ...decoded, spec: stored.spec } : decoded;
  };
  let decoded: T | undefined = read(ctx.warn);
  return changeObject(core, kind, key, options, ctx, (previous) => {
    if (!previous && !(kind.allowCreateOnUpdate && !options.subresource)) return undefined;
    // Each attempt changes what it is given; a second one has been warned already.
    const next = decoded ?? read(() => undefined);
    decoded = undefined;
    if (!previous) recordCreate(core, kind, next, options);
    return { next, record: recordUpdate };
  });
}

/**
 * The stored object, when the body is that with another status: whoever writes a status in this process hands over the
 * very metadata and spec it was given. They need no decoding, have their defaults, and are not going to be changed.
 */
function storedBasis<T extends KubeObject>(core: Core, kind: Kind<T>, key: ObjectKey, body: unknown) {
  const stored = currentObject(core.store, kind, key)?.object as (T & { readonly spec?: unknown }) | undefined;
  const same = stored && isObject(body) && body.metadata === stored.metadata && body.spec === stored.spec;
  return same ? stored : undefined;
}

/** @throws 400 when the body names another object than the path */
export function matchName<T extends KubeObject>(kind: Kind<T>, object: T, key: ObjectKey): void {
  const name = object.metadata?.name;
  if (!name) {
    throw badRequest(`the name of the object (${key.name} based on URL) was undeterminable: name must be provided`);
  }
  if (name !== key.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${key.name})`);
  }
  matchNamespace(kind, object, key.namespace);
}

/** @throws 405 when the kind does not have the subresource */
export function checkSubresource<T extends KubeObject>(kind: Kind<T>, subresource: Subresource | undefined): void {
  const has =
    subresource === undefined ||
    (subresource === "finalize" ? kindKey(kind) === "namespaces" : kind[subresource] !== undefined);
  if (!has) throw methodNotSupported({ group: kind.group, resource: `${kind.plural}/${subresource}` }, "update");
}
