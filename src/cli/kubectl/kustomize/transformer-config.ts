/** The fields that transformers work on: the built-in ones, and those of `configurations` and `crds`. */
import { fail, withinSync } from "./failure.ts";
import { decodeGo, slice, struct } from "./go-decode.ts";
import type { FieldSpec } from "./kustomization.ts";
import { fieldSpec } from "./kustomization-types.ts";
import type { Loader } from "./loader.ts";
import { type GvkSelector, gvkLess, gvkMatches, sameGvk } from "./resid.ts";
import { yamlToJson } from "./yaml-to-json.ts";

/** What kind of object is named, and in which fields. */
export interface NameReference extends GvkSelector {
  readonly fieldSpecs: readonly FieldSpec[];
}

type Specs = readonly FieldSpec[];

export interface TransformerConfig {
  readonly namePrefix: Specs;
  readonly nameSuffix: Specs;
  readonly namespace: Specs;
  readonly commonLabels: Specs;
  readonly labels: Specs;
  readonly templateLabels: Specs;
  readonly commonAnnotations: Specs;
  readonly nameReference: readonly NameReference[];
  readonly varReference: Specs;
  readonly images: Specs;
  readonly replicas: Specs;
}

export const emptyConfig: TransformerConfig = {
  namePrefix: [],
  nameSuffix: [],
  namespace: [],
  commonLabels: [],
  labels: [],
  templateLabels: [],
  commonAnnotations: [],
  nameReference: [],
  varReference: [],
  images: [],
  replicas: [],
};

/** @throws KustomizeError when the same field is to be made and not to be made */
export function addSpecs(specs: Specs, more: Specs): Specs {
  const out = [...specs];
  for (const one of more) {
    const same = out.find((other) => gvkMatches(other, one) && other.path === one.path);
    if (!same) out.push(one);
    else if ((same.create ?? false) !== (one.create ?? false)) fail("conflicting fieldspecs");
  }
  return out;
}

function addReferences(references: readonly NameReference[], more: readonly NameReference[]): NameReference[] {
  let out = [...references];
  for (const one of more) {
    if (!out.some((other) => sameGvk(other, one))) out.push(one);
    else
      out = out.map((other) =>
        sameGvk(other, one) ? { ...other, fieldSpecs: addSpecs(other.fieldSpecs, one.fieldSpecs) } : other,
      );
  }
  return out;
}

const sorted = <T extends GvkSelector>(list: readonly T[]): T[] =>
  [...list].sort((a, b) => (gvkLess(a, b) ? -1 : gvkLess(b, a) ? 1 : 0));

export function mergeConfigs(one: TransformerConfig, other: TransformerConfig): TransformerConfig {
  // Most kustomizations have nothing but what is built in.
  if (one === other || other === emptyConfig) return one;
  if (one === emptyConfig && other === builtin) return other;
  const merge = (field: Exclude<keyof TransformerConfig, "nameReference">, name: string) =>
    sorted(withinSync(`failed to merge ${name} fieldSpec`, () => addSpecs(one[field], other[field])));
  return {
    namePrefix: merge("namePrefix", "NamePrefix"),
    nameSuffix: merge("nameSuffix", "NameSuffix"),
    namespace: merge("namespace", "NameSpace"),
    commonAnnotations: merge("commonAnnotations", "CommonAnnotations"),
    commonLabels: merge("commonLabels", "CommonLabels"),
    labels: merge("labels", "Labels"),
    templateLabels: merge("templateLabels", "TemplateLabels"),
    varReference: merge("varReference", "VarReference"),
    nameReference: sorted(
      withinSync("failed to merge NameReference fieldSpec", () =>
        addReferences(one.nameReference, other.nameReference),
      ),
    ),
    images: merge("images", "Images"),
    replicas: merge("replicas", "Replicas"),
  };
}

const specs = slice(fieldSpec);
const gvk = struct("Gvk", { group: { kind: "string" }, version: { kind: "string" }, kind: { kind: "string" } });
const configType = struct("TransformerConfig", {
  ...Object.fromEntries(Object.keys(emptyConfig).map((field) => [field, specs])),
  nameReference: slice(struct("NameBackReferences", { fieldSpecs: specs }, gvk)),
});

let builtin: TransformerConfig | undefined;

/** The built-in fields and those of the files that `configurations` names. */
export async function loadConfig(loader: Loader, paths: readonly string[]): Promise<TransformerConfig> {
  const { defaultFields } = await import("./default-fields.ts");
  builtin ??= mergeConfigs(emptyConfig, defaultFields);
  if (paths.length === 0) return builtin;
  let given = emptyConfig;
  for (const path of paths) {
    const value = yamlToJson(await loader.text(path), "error converting YAML to JSON: yaml: ") ?? {};
    const read = withinSync("error unmarshaling JSON: while decoding JSON", () =>
      decodeGo<Partial<TransformerConfig>>(configType, value, true),
    );
    const nameReference = (read.nameReference ?? []).map((one) => ({ ...one, fieldSpecs: one.fieldSpecs ?? [] }));
    given = mergeConfigs(given, { ...emptyConfig, ...read, nameReference });
  }
  return mergeConfigs(builtin, given);
}
