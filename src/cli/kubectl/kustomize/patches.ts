/** `patches`, `patchesStrategicMerge` and `patchesJson6902` (api `internal/builtins/Patch*.go`). */

import { naming, resourcesOf } from "./factory.ts";
import { fail, KustomizeError, messageOf, quoted, within } from "./failure.ts";
import { goJson } from "./go-json.ts";
import { applyJsonPatch, type Operation } from "./json-patch.ts";
import type { Patch } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import { mergePatch } from "./merge.ts";
import { Node } from "./node.ts";
import { fromValue, type Value } from "./node-json.ts";
import type { ResMap, Target } from "./res-map.ts";
import { idKey, idText } from "./resid.ts";
import { noted, type Resource } from "./resource.ts";
import type { Schemas } from "./schema.ts";
import type { Transformer } from "./transformers.ts";
import { yamlToJson } from "./yaml-to-json.ts";

interface Context {
  readonly loader: Loader;
  readonly schemas: Schemas;
}

/** @param shown the configuration, as messages show it */
export async function patchTransformer(args: Patch, shown: string, { loader, schemas }: Context): Promise<Transformer> {
  const inline = (args.patch ?? "").trim();
  const path = args.path ?? "";
  if (inline === "" && path === "") fail(`must specify one of patch and path in\n${shown}`);
  if (inline !== "" && path !== "") fail(`patch and path can't be set at the same time\n${shown}`);
  const text = inline || (await within(`failed to get the patch file from path(${path})`, () => loader.text(path)));
  const source = inline === "" ? `[path: ${quoted(path)}]` : `[patch: ${quoted(inline)}]`;
  const merges = attempt(() => resourcesOf(text, schemas));
  const operations = attempt(() => decodeOperations(text));
  if (merges && operations && merges.length > 0 && operations.length > 0)
    fail(`illegally qualifies as both an SM and JSON patch: ${source}`);
  if (!merges && !operations) fail(`unable to parse SM or JSON patch from ${source}`);
  if (!merges || merges.length === 0) return jsonTransformer(args.target, text, source, true);
  for (const patch of merges) {
    if (args.options?.allowNameChange) patch.note(noted.allowNameChange);
    if (args.options?.allowKindChange) patch.note(noted.allowKindChange);
  }
  return mergeTransformer(merges, args.target, source);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof KustomizeError) return undefined;
    throw error;
  }
}

const selectorText = (target: Target): string =>
  `${idText(target)}:a=${target.annotationSelector ?? ""}:l=${target.labelSelector ?? ""}`;

function mergeTransformer(patches: readonly Resource[], target: Target | undefined, source: string): Transformer {
  return (map) => {
    const [patch] = patches;
    if (target && patch) {
      if (patches.length > 1)
        fail(
          `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${source}`,
        );
      let selected: Resource[] = [];
      try {
        selected = map.select(target);
      } catch (error) {
        fail(`unable to find patch target ${quoted(selectorText(target))} in \`resources\`: ${messageOf(error)}`);
      }
      mergeIntoAll(map, selected, patch);
      return;
    }
    for (const one of patches) {
      const id = one.originalId;
      let resource: Resource;
      try {
        resource = map.target(id);
      } catch (error) {
        return fail(`no resource matches strategic merge patch ${quoted(idText(id))}: ${messageOf(error)}`);
      }
      merge(resource, one);
    }
  };
}

function mergeIntoAll(map: ResMap, selected: readonly Resource[], patch: Resource): void {
  const ids = new Set(selected.map(({ id }) => idKey(id)));
  const list: Resource[] = [];
  for (const resource of map.list) {
    if (ids.has(idKey(resource.id))) {
      const copy = patch.copy();
      copy.takeMetadata(patch);
      copy.apiVersion = resource.apiVersion;
      copy.kind = patch.kind;
      merge(resource, copy);
    }
    if (!resource.node.isEmpty) list.push(resource);
  }
  map.list = [];
  map.appendAll(list);
}

/** Merges a patch in; name, kind and namespace stay unless the patch may change them. */
function merge(resource: Resource, patch: Resource): void {
  const { name, namespace, kind } = resource;
  const [renames, changesKind] = [patch.isNoted(noted.allowNameChange), patch.isNoted(noted.allowKindChange)];
  if (renames || changesKind) resource.storePreviousId();
  if (!mergePatch(patch.node, resource.node, resource.schemas)) resource.node.become(new Node("none"));
  if (resource.node.isEmpty) return;
  if (!changesKind) resource.kind = kind;
  if (!renames) resource.name = name;
  resource.namespace = namespace;
}

/** `patchesStrategicMerge`: each is a patch, or the path of a file with some. */
export async function strategicMergeTransformer(
  { paths = [], patches = "" }: { readonly paths?: readonly string[]; readonly patches?: string },
  { loader, schemas }: Context,
): Promise<Transformer> {
  if (paths.length === 0 && patches === "") fail("empty file path and empty patch content");
  const loaded: Resource[] = [];
  for (const path of paths) {
    const inline = attempt(() => resourcesOf(path, schemas));
    if (inline) loaded.push(...inline);
    else {
      const text = await loader.text(path);
      loaded.push(...naming(path, () => resourcesOf(text, schemas)));
    }
  }
  if (patches !== "") loaded.push(...resourcesOf(patches, schemas));
  if (loaded.length === 0) fail(`patch appears to be empty; files=[${paths.join(" ")}], Patch=${patches}`);
  return (map) => {
    for (const patch of loaded) mergeIntoAll(map, [map.target(patch.originalId)], patch);
  };
}

/** `patchesJson6902`. */
export async function json6902Transformer(
  { target, path = "", jsonOp = "" }: { readonly target?: Target; readonly path?: string; readonly jsonOp?: string },
  loader: Loader,
): Promise<Transformer> {
  if (!target?.name) fail("must specify the target name");
  if (path === "" && jsonOp === "") fail("empty file path and empty jsonOp");
  if (path !== "" && jsonOp !== "") fail("must specify a file path or jsonOp, not both");
  const text = jsonOp || (await loader.text(path));
  if (text === "") fail(`patch file '${path}' empty seems to be empty`);
  const json = text.startsWith("[") ? text : goJson(yamlToJson(text));
  let operations: Operation[];
  try {
    operations = decodeOperations(json);
  } catch (error) {
    return fail(`decoding ${json}: ${messageOf(error)}`);
  }
  if (operations.length === 0) fail(`patch appears to be empty; file=${path}, JsonOp=${json}`);
  return jsonTransformer(target, json, json, false);
}

/** @param remembers keeps what the resources were called, in case the patch renames them */
function jsonTransformer(target: Target | undefined, text: string, source: string, remembers: boolean): Transformer {
  return (map) => {
    if (!target) return fail(`must specify a target for JSON patch ${source}`);
    for (const resource of map.select(target)) {
      if (remembers) resource.storePreviousId();
      const kept = resource.internalAnnotations;
      const patched = applyJsonPatch(resource.toObject() as { [key: string]: Value }, decodeOperations(text));
      resource.node.become(fromValue(patched));
      resource.annotations = { ...resource.annotations, ...kept };
    }
  };
}

/** @throws KustomizeError for what is no list of operations */
function decodeOperations(text: string): Operation[] {
  if (text === "") fail("empty json patch operations");
  let value: Value;
  try {
    value = text.startsWith("[") ? (JSON.parse(text) as Value) : yamlToJson(text);
  } catch (error) {
    return fail(messageOf(error));
  }
  if (value === null) return [];
  const wrong = (what: Value, into: string) =>
    fail(`json: cannot unmarshal ${jsonKind(what)} into Go value of type ${into}`);
  if (!Array.isArray(value)) return wrong(value, "jsonpatch.Patch");
  for (const one of value) if (typeof one !== "object" || Array.isArray(one)) wrong(one, "jsonpatch.Operation");
  return value.map((one) => (one ?? {}) as Operation);
}

const jsonKind = (value: Value): string => {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
};
