/** The `/scale` subresource: an object seen as `autoscaling/v1 Scale`. */
import type { Scale } from "../api/generated/types.ts";
import { apiVersionOf, type Kind, type KubeObject } from "../api/kind.ts";
import { badRequest, invalid, methodNotSupported } from "../base/errors.ts";
import { entriesOfScale, entriesOfScaled } from "./apply/scale-fields.ts";
import { changeObject } from "./change.ts";
import type { Core } from "./core.ts";
import { type DecodedKind, decodeAs } from "./decode.ts";
import { recordUpdate } from "./managed-fields.ts";
import { getObject } from "./read.ts";
import type { ObjectKey, RequestContext, Stored, WriteOptions } from "./registry.ts";
import { transient } from "./stored.ts";
import { clone, freeze } from "./values.ts";

/** What a body of `/scale` is decoded as. */
export const scaleKind: DecodedKind = {
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  schemaType: "io.k8s.api.autoscaling.v1.Scale",
};

const rulesOf = <T extends KubeObject>(kind: Kind<T>) => {
  if (!kind.scale) throw methodNotSupported({ group: kind.group, resource: `${kind.plural}/scale` }, "get");
  return kind.scale;
};

/** The scale of an object, without managed fields. */
function scaleOf<T extends KubeObject>(kind: Kind<T>, object: T): Scale {
  const rules = rulesOf(kind);
  const { name, namespace, uid, creationTimestamp } = object.metadata ?? {};
  const selector = rules.selector(object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, creationTimestamp },
    spec: rules.replicas(object) ? { replicas: rules.replicas(object) } : {},
    status: { replicas: rules.statusReplicas(object), ...(selector ? { selector } : {}) },
  };
}

const answered = <T extends KubeObject>(kind: Kind<T>, { object, revision }: Stored<T>): Stored<Scale> =>
  transient(scaleOf(kind, object), revision);

export const getScale = async <T extends KubeObject>(core: Core, kind: Kind<T>, key: ObjectKey) => {
  rulesOf(kind);
  return answered(kind, await getObject(core.store, kind, key));
};

/** @param read the Scale to be, decoded, with its managed fields, given the one that is with its own */
export async function changeScale<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  options: WriteOptions,
  ctx: RequestContext,
  read: (current: Scale) => KubeObject,
): Promise<Stored<Scale>> {
  const rules = rulesOf(kind);
  const { stored } = await changeObject<T>(core, kind, key, options, ctx, (previous) => {
    if (!previous) return undefined;
    const { managedFields, resourceVersion } = previous.metadata ?? {};
    const current = scaleOf(kind, previous);
    const entries = entriesOfScale(managedFields, apiVersionOf(scaleKind));
    current.metadata = {
      ...current.metadata,
      resourceVersion,
      ...(entries.length > 0 ? { managedFields: entries } : {}),
    };
    const wanted = checkScale(read(freeze(current)), key);
    const next = clone(previous);
    next.metadata ??= {};
    next.metadata.resourceVersion = wanted.metadata?.resourceVersion ?? "";
    if (wanted.metadata?.uid) next.metadata.uid = wanted.metadata.uid;
    const left = entriesOfScaled(managedFields, wanted.metadata?.managedFields, apiVersionOf(kind));
    if (left.length > 0) next.metadata.managedFields = left;
    else delete next.metadata.managedFields;
    rules.setReplicas(next, wanted.spec?.replicas ?? 0);
    return { next, record: () => undefined };
  });
  return answered(kind, stored);
}

/** Books a write of a scale that is not an apply. Mutates `next`. */
export function recordScale(core: Core, next: KubeObject, current: Scale, { fieldManager }: WriteOptions): KubeObject {
  recordUpdate(core, scaleKind, next, current, { fieldManager, subresource: "scale" });
  return next;
}

export const updateScale = <T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  body: unknown,
  options: WriteOptions,
  ctx: RequestContext,
): Promise<Stored<Scale>> => {
  const { fieldManager, dryRun } = options;
  return changeScale(core, kind, key, { fieldManager, dryRun }, ctx, (current) =>
    recordScale(core, decodeAs(scaleKind, body, options, ctx), current, options),
  );
};

/** @throws 400, 422 */
function checkScale(body: KubeObject, key: ObjectKey): Scale {
  const scale = body as Scale;
  const name = scale.metadata?.name ?? "";
  if (!name)
    throw badRequest(`the name of the object (${key.name} based on URL) was undeterminable: name must be provided`);
  if (name !== key.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${key.name})`);
  }
  const { namespace } = scale.metadata ?? {};
  if (namespace && namespace !== key.namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  const replicas = scale.spec?.replicas ?? 0;
  if (replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    throw invalid("autoscaling", "Scale", name, [{ reason: "FieldValueInvalid", field: "spec.replicas", message }]);
  }
  return scale;
}
