/** `replacements`: a value from one resource goes into fields of others (api `filters/replacement`). */
import { fail, quoted, withinSync } from "./failure.ts";
import { lookUp, matchPath, splitFieldPath } from "./field-path.ts";
import { decodeGo, slice } from "./go-decode.ts";
import type { FieldOptions, Replacement } from "./kustomization.ts";
import { replacement as replacementType } from "./kustomization-types.ts";
import type { Loader } from "./loader.ts";
import { type Node, newScalar } from "./node.ts";
import { matchesSelectors, type ResMap, type Target } from "./res-map.ts";
import { idMatches, idText, type ResId } from "./resid.ts";
import type { Resource } from "./resource.ts";
import type { Transformer } from "./transformers.ts";
import { yamlToJson } from "./yaml-to-json.ts";

type Source = NonNullable<Replacement["source"]>;
type TargetOf = NonNullable<Replacement["targets"]>[number];

const defaultPath = "metadata.name";

/** @param list each inline, or the path of a file with one or several */
export async function replacementTransformer(
  list: readonly (Replacement & { readonly path?: string })[],
  loader: Loader,
): Promise<Transformer> {
  const replacements: Replacement[] = [];
  for (const one of list) {
    if (!one.path) {
      replacements.push(one);
      continue;
    }
    if (one.source || (one.targets ?? []).length > 0) fail("cannot specify both path and inline replacement");
    const value = yamlToJson(await loader.text(one.path), "error converting YAML to JSON: yaml: ");
    if (typeof value !== "object" || value === null) {
      const kind = value === null ? "invalid" : typeof value === "boolean" ? "bool" : typeof value;
      fail(`unsupported replacement type encountered within replacement path: ${kind}`);
    }
    withinSync("error unmarshaling JSON: while decoding JSON", () =>
      replacements.push(
        ...(Array.isArray(value)
          ? decodeGo<Replacement[]>(slice(replacementType), value, false)
          : [decodeGo<Replacement>(replacementType, value, false)]),
      ),
    );
  }
  return (map) => {
    for (const one of replacements) replace(map, one);
  };
}

function replace(map: ResMap, { source, sourceValue, targets }: Replacement): void {
  if ((sourceValue === undefined && !source) || !targets)
    fail("replacements must specify a source and at least one target");
  if (sourceValue !== undefined && source) fail("value and resource selectors are mutually exclusive");
  const value = sourceValue === undefined ? sourceValueOf(map, source as Source) : newScalar(sourceValue);
  for (const target of targets ?? []) fill(map, target, value);
}

/** What the resource is and was called. Whether its kind has namespaces does not count here. */
const idsOf = (resource: Resource): ResId[] => [{ ...resource.id, clusterScoped: false }, ...resource.previousIds];

function sourceText(source: Source): string {
  const { fieldPath = "", options } = source;
  const shown =
    options && (options.delimiter || options.create)
      ? `${options.delimiter ?? ""}(${options.index ?? 0}), create=${options.create ?? false}`
      : "";
  return [idText(source), fieldPath, shown].filter((part) => part !== "").join(":");
}

function sourceValueOf(map: ResMap, source: Source): Node {
  const found = map.list.filter((resource) => idsOf(resource).some((id) => idMatches(id, source)));
  if (found.length > 1) fail(`multiple matches for selector ${sourceText(source)}`);
  const [resource] = found;
  if (!resource) return fail(`nothing selected by ${sourceText(source)}`);
  const path = source.fieldPath || defaultPath;
  const node = withinSync("error looking up replacement source", () => lookUp(resource.node, splitFieldPath(path)));
  if (!node || node.isEmpty) return fail(`fieldPath \`${path}\` is missing for replacement source ${idText(source)}`);
  return part(node, source.options);
}

function part(node: Node, { delimiter = "", index = 0 }: FieldOptions = {}): Node {
  if (delimiter === "") return node;
  if (node.kind !== "scalar") fail("delimiter option can only be used with scalar nodes");
  const parts = node.value.split(delimiter);
  const text = parts[index];
  if (index < 0 || text === undefined) return fail(`options.index ${index} is out of bounds for value ${node.value}`);
  const copy = node.copy();
  copy.value = text;
  return copy;
}

const isEmptyId = ({ group, version, kind, name, namespace }: Target) =>
  ![group, version, kind, name, namespace].some(Boolean);

function fill(map: ResMap, target: TargetOf, value: Node): void {
  const { select, reject = [] } = target;
  if (!select) fail("target must specify resources to select");
  for (const resource of map.list) {
    const ids = idsOf(resource);
    if (!matchesSelectors(resource, select)) continue;
    const withSelectors = reject.filter((one) => one.annotationSelector || one.labelSelector);
    if (withSelectors.some((one) => matchesSelectors(resource, one))) continue;
    const rejected = reject.some((one) => !isEmptyId(one) && ids.some((id) => idMatches(id, one)));
    if (!rejected && ids.some((id) => idMatches(id, select))) fillFields(resource.node, target, value);
  }
}

function fillFields(node: Node, { fieldPaths = [], options }: TargetOf, value: Node): void {
  for (const path of fieldPaths.length > 0 ? fieldPaths : [defaultPath]) {
    const verb = options?.create ? "find or create" : "find";
    const missing = `unable to ${verb} field ${quoted(path)} in replacement target`;
    const fields = withinSync(missing, () =>
      matchPath(node, splitFieldPath(path), options?.create ? value.kind : undefined),
    );
    if (fields.length === 0) fail(missing);
    for (const field of fields) setValue(field, value.copy(), options);
  }
}

function setValue(field: Node, value: Node, { delimiter = "", index = 0 }: FieldOptions = {}): void {
  if (delimiter !== "") {
    if (field.kind !== "scalar") fail("delimiter option can only be used with scalar nodes");
    const parts = field.value.split(delimiter);
    const text = value.isNull ? "" : value.value;
    if (index < 0) parts.unshift(text);
    else if (index >= parts.length) parts.push(text);
    else parts[index] = text;
    value.value = parts.join(delimiter);
  }
  if (field.kind === "scalar") field.value = value.value;
  else field.become(value);
}
