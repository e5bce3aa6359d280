/** PATCH, of all four types. */
import type { Scale } from "../api/generated/types.ts";
import { apiVersionOf, type Kind, type KubeObject } from "../api/kind.ts";
import { applyJsonPatch } from "../api/patch/json-patch.ts";
import { applyMergePatch } from "../api/patch/merge-patch.ts";
import { refusedResult, refusedStrategic } from "../api/patch/refused.ts";
import { applyStrategicPatch } from "../api/patch/strategic-patch.ts";
import { schemaOf } from "../api/schema/lookup.ts";
import { formatTime } from "../base/clock.ts";
import { badRequest, conflict, invalid } from "../base/errors.ts";
import { serverSideApply } from "./apply/apply.ts";
import { changeObject, type Updated, uidPrecondition } from "./change.ts";
import type { Core } from "./core.ts";
import { type DecodedKind, decodeAs, decodeObject } from "./decode.ts";
import { recordUpdate } from "./managed-fields.ts";
import type { ObjectKey, PatchOptions, RequestContext, Stored, Subresource } from "./registry.ts";
import { changeScale, recordScale, scaleKind } from "./scale.ts";
import { checkSubresource, matchName } from "./update.ts";
import { isObject } from "./values.ts";

type Options = PatchOptions & { readonly subresource?: Subresource };

export async function patchObject<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  options: Options,
  ctx: RequestContext,
): Promise<Updated<T>> {
  checkSubresource(kind, options.subresource);
  if (options.subresource === "scale") {
    const stored = await patchScale(core, kind, key, options, ctx);
    return { stored: stored as unknown as Stored<T>, created: false };
  }
  if (options.type === "apply") return applyObject(core, kind, key, options, ctx);
  return changeObject(core, kind, key, options, ctx, (previous) => {
    if (!previous) return undefined;
    const result = patched(previous, options, kind.schemaType);
    const next = decodeObject(kind, result, options, ctx, refusalOf(options, result));
    matchName(kind, next, key);
    kind.applyDefaults(next);
    return { next, record: recordUpdate, patched: true };
  });
}

function patchScale<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  options: Options,
  ctx: RequestContext,
): Promise<Stored<Scale>> {
  const { fieldManager, dryRun, type } = options;
  const apply = type === "apply" ? applying(core, scaleKind, options, ctx) : undefined;
  const patchedScale = (current: Scale): KubeObject => {
    const result = patched(current, options, scaleKind.schemaType);
    return recordScale(core, decodeAs(scaleKind, result, options, ctx, refusalOf(options, result)), current, options);
  };
  return changeScale(core, kind, key, { fieldManager, dryRun }, ctx, (current) => {
    const next = apply ? apply(current) : patchedScale(current);
    const [wanted, actual] = [next.metadata?.uid, current.metadata?.uid];
    if (!wanted || wanted === actual) return next;
    throw conflict({ group: kind.group, resource: `${kind.plural}/scale` }, key.name, uidPrecondition(wanted, actual));
  });
}

const refusalOf = ({ type, body }: Options, result: unknown) =>
  type === "strategic" ? refusedStrategic(body) : refusedResult(result);

/** @throws RangeError for an apply, which is no patch of an object */
function patched(object: KubeObject, { type, body }: Options, typeName: string): unknown {
  switch (type) {
    case "json":
      return applyJsonPatch(object, body);
    case "merge":
      return applyMergePatch(object, body);
    case "strategic":
      return applyStrategicPatch(object, body, typeName, schemaOf);
    case "apply":
      throw new RangeError("an apply needs the managers of fields");
  }
}

/**
 * What an apply makes of the object that is.
 * @throws 400, 422 at once, for what no object can be applied with
 */
function applying(
  core: Core,
  kind: DecodedKind,
  options: Options,
  ctx: RequestContext,
): (live: KubeObject | undefined) => KubeObject {
  const manager = options.fieldManager;
  if (!manager) {
    throw invalid("meta.k8s.io", "PatchOptions", "", [
      { reason: "FieldValueRequired", field: "fieldManager", message: "Required value: is required for apply patch" },
    ]);
  }
  const body = options.body === null ? {} : options.body;
  if (!isObject(body)) {
    const what = Array.isArray(body) ? "array" : typeof body === "boolean" ? "bool" : typeof body;
    const into = "Go value of type map[string]interface {}";
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what} into ${into}`,
    );
  }
  return (live) => {
    const merged = serverSideApply({
      live,
      applied: body,
      manager,
      force: options.force === true,
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      ...(options.subresource ? { subresource: options.subresource } : {}),
      time: formatTime(core.clock.now()),
      typeName: kind.schemaType,
      schemaOf,
    });
    return decodeAs(kind, merged, { ...options, decodingProblems: options.decodingProblems ?? [] }, ctx);
  };
}

async function applyObject<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  options: Options,
  ctx: RequestContext,
): Promise<Updated<T>> {
  const apply = applying(core, kind, options, ctx);
  return changeObject<T>(core, kind, key, options, ctx, (previous) => {
    if (!previous && options.subresource) return undefined;
    const next = apply(previous) as T;
    matchName(kind, next, key);
    kind.applyDefaults(next);
    if (!previous) delete next.metadata?.resourceVersion;
    return { next, record: () => undefined, patched: true };
  });
}
