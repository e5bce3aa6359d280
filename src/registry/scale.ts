/** The `/scale` subresource: an object seen as `autoscaling/v1 Scale`. */
import type { Scale } from "../api/generated/types.ts";
import type { Kind, KubeObject } from "../api/kind.ts";
import { badRequest, invalid, methodNotSupported } from "../base/errors.ts";
import { changeObject } from "./change.ts";
import type { Core } from "./core.ts";
import { type DecodedKind, decodeAs } from "./decode.ts";
import { recordUpdate } from "./managed-fields.ts";
import { getObject } from "./read.ts";
import type { ObjectKey, RequestContext, Stored, WriteOptions } from "./registry.ts";
import { transient } from "./stored.ts";
import { clone } from "./values.ts";

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

/** The scale of an object. */
function scaleOf<T extends KubeObject>(kind: Kind<T>, stored: Stored<T>): Stored<Scale> {
  const rules = rulesOf(kind);
  const { object } = stored;
  const { name, namespace, uid, creationTimestamp } = object.metadata ?? {};
  const selector = rules.selector(object);
  const scale: Scale = {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, creationTimestamp },
    spec: rules.replicas(object) ? { replicas: rules.replicas(object) } : {},
    status: { replicas: rules.statusReplicas(object), ...(selector ? { selector } : {}) },
  };
  return transient(scale, stored.revision);
}

export const getScale = async <T extends KubeObject>(core: Core, kind: Kind<T>, key: ObjectKey) => {
  rulesOf(kind);
  return scaleOf(kind, await getObject(core.store, kind, key));
};

/** @param read the Scale to be, decoded, given the one that is: the body of a PUT, or the outcome of a patch */
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
    const revision = Number(previous.metadata?.resourceVersion ?? 0);
    const wanted = checkScale(
      read(scaleOf(kind, { object: previous, revision, json: () => new Uint8Array() }).object),
      key,
    );
    const next = clone(previous);
    next.metadata ??= {};
    next.metadata.resourceVersion = wanted.metadata?.resourceVersion ?? "";
    if (wanted.metadata?.uid) next.metadata.uid = wanted.metadata.uid;
    rules.setReplicas(next, wanted.spec?.replicas ?? 0);
    return {
      next,
      record: (c, k, n, p, o) => recordUpdate(c, k, n, p, { ...o, subresource: "scale" }),
    };
  });
  return scaleOf(kind, stored);
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
  return changeScale(core, kind, key, { fieldManager, dryRun }, ctx, () => decodeAs(scaleKind, body, options, ctx));
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
  const replicas = scale.spec?.replicas ?? 0;
  if (replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    throw invalid("autoscaling", "Scale", name, [{ reason: "FieldValueInvalid", field: "spec.replicas", message }]);
  }
  return scale;
}
