/** PATCH in a version other than the one that is stored: the patch is made for that version's fields, so it is applied to that version. */
import type { KubeObject } from "../../api/kind.ts";
import { applyJsonPatch } from "../../api/patch/json-patch.ts";
import { applyMergePatch } from "../../api/patch/merge-patch.ts";
import { applyStrategicPatch } from "../../api/patch/strategic-patch.ts";
import { schemaOf } from "../../api/schema/lookup.ts";
import { isConflict } from "../../base/errors.ts";
import type { ObjectKey, PatchOptions, Registry, RequestContext, Subresource } from "../../registry/registry.ts";
import type { Resource } from "../resources.ts";

/** Upstream's number of attempts when somebody else writes in between. */
const attempts = 5;

export async function patchAlternate(
  registry: Registry,
  resource: Resource & Required<Pick<Resource, "alternate">>,
  key: ObjectKey,
  options: PatchOptions & { readonly subresource?: Subresource },
  ctx: RequestContext,
) {
  const { kind, alternate } = resource;
  if (options.type === "apply") {
    const body = alternate.toStorage(options.body as KubeObject);
    return registry.patch(kind, key, { ...options, body }, ctx);
  }
  const { type: _, body: __, force: ___, ...write } = options;
  for (let attempt = 1; ; attempt++) {
    const { object } = await registry.get(kind, key, ctx);
    const shown = alternate.fromStorage(object);
    const patched = patchedBy(shown, options, resource.schemaType) as KubeObject;
    try {
      return await registry.update(kind, key, alternate.toStorage(patched), write, ctx);
    } catch (error) {
      const ours = patched.metadata?.resourceVersion === object.metadata?.resourceVersion;
      if (!isConflict(error) || !ours || attempt === attempts) throw error;
    }
  }
}

function patchedBy(object: KubeObject, { type, body }: PatchOptions, schemaType: string): unknown {
  if (type === "json") return applyJsonPatch(object, body);
  if (type === "merge") return applyMergePatch(object, body);
  return applyStrategicPatch(object, body, schemaType, schemaOf);
}
