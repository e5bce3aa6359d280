/** The `/scale` subresource: an object seen as `autoscaling/v1 Scale`. */
import type { Scale } from "../api/generated/types.ts";
import type { Kind, KubeObject } from "../api/kind.ts";
import { badRequest, invalid, methodNotSupported } from "../base/errors.ts";
import { changeObject } from "./change.ts";
import type { Core } from "./core.ts";
import { recordUpdate } from "./managed-fields.ts";
import { getObject } from "./read.ts";
import type { ObjectKey, RequestContext, Stored, WriteOptions } from "./registry.ts";
import { transient } from "./stored.ts";
import { clone, isObject } from "./values.ts";

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
    spec: { replicas: rules.replicas(object) },
    status: { replicas: rules.statusReplicas(object), ...(selector ? { selector } : {}) },
  };
  return transient(scale, stored.revision);
}

export const getScale = async <T extends KubeObject>(core: Core, kind: Kind<T>, key: ObjectKey) => {
  rulesOf(kind);
  return scaleOf(kind, await getObject(core.store, kind, key));
};

/** @param read the Scale to be, given the one that is: the body of a PUT, or the outcome of a patch */
export async function changeScale<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  options: WriteOptions,
  ctx: RequestContext,
  read: (current: Scale) => unknown,
): Promise<Stored<Scale>> {
  const rules = rulesOf(kind);
  const { stored } = await changeObject<T>(core, kind, key, options, ctx, async (previous) => {
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
  const { fieldManager, fieldValidation, dryRun } = options;
  return changeScale(core, kind, key, { fieldManager, fieldValidation, dryRun }, ctx, () => body);
};

/** @throws 400, 422 */
function checkScale(body: unknown, key: ObjectKey): Scale {
  if (!isObject(body)) throw badRequest("the body is not an autoscaling/v1 Scale");
  const scale = body as Scale;
  if ((scale.kind && scale.kind !== "Scale") || (scale.apiVersion && !scale.apiVersion.startsWith("autoscaling/"))) {
    throw badRequest(`expected autoscaling/v1 Scale, got ${scale.apiVersion ?? ""} ${scale.kind ?? ""}`);
  }
  const name = scale.metadata?.name ?? "";
  if (name && name !== key.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${key.name})`);
  }
  const replicas = scale.spec?.replicas ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) {
    const what = typeof replicas === "number" ? `number ${replicas}` : typeof replicas;
    throw badRequest(
      `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${what} into Go struct field ScaleSpec.spec.replicas of type int32`,
    );
  }
  if (replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    throw invalid("autoscaling", "Scale", name, [{ reason: "FieldValueInvalid", field: "spec.replicas", message }]);
  }
  return scale;
}
