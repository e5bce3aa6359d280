/** What may stand in a kustomization file, with the names of upstream's types, as its messages have them. */
import { any, bool, type GoStruct, int, int64, map, slice, string, struct } from "./go-decode.ts";

const gvk = struct("Gvk", { group: string, version: string, kind: string });
const resId = struct("ResId", { name: string, namespace: string }, gvk);
const typeMeta = struct("TypeMeta", { kind: string, apiVersion: string });
export const objectMeta = struct("ObjectMeta", {
  name: string,
  namespace: string,
  labels: map(string),
  annotations: map(string),
});
export const fieldSpec = struct("FieldSpec", { path: string, create: bool }, gvk);
export const selector = struct("Selector", { annotationSelector: string, labelSelector: string }, resId);
const fieldOptions = struct("FieldOptions", { delimiter: string, index: int, encoding: string, create: bool });
export const replacement = struct("Replacement", {
  source: struct("SourceSelector", { fieldPath: string, options: fieldOptions }, resId),
  targets: slice(
    struct("TargetSelector", {
      select: selector,
      reject: slice(selector),
      fieldPaths: slice(string),
      options: fieldOptions,
    }),
  ),
  sourceValue: string,
});
export const replacementField = struct("ReplacementField", { path: string }, replacement);
export const patch = struct("Patch", { path: string, patch: string, target: selector, options: map(bool) });
export const image = struct("Image", {
  name: string,
  newName: string,
  tagSuffix: string,
  newTag: string,
  digest: string,
});
export const replica = struct("Replica", { name: string, count: int64 });
const generatorOptions = struct("GeneratorOptions", {
  labels: map(string),
  annotations: map(string),
  disableNameSuffixHash: bool,
  immutable: bool,
});
const kvPairSources = struct("KvPairSources", {
  literals: slice(string),
  files: slice(string),
  envs: slice(string),
  env: string,
});
const generatorArgs = struct(
  "GeneratorArgs",
  { namespace: string, name: string, behavior: string, options: generatorOptions },
  kvPairSources,
);
export const configMapArgs = struct("ConfigMapArgs", {}, generatorArgs);
export const secretArgs = struct("SecretArgs", { type: string }, generatorArgs);
const variable = struct("Var", {
  name: string,
  objref: struct("Target", { apiVersion: string, name: string, namespace: string }, gvk),
  fieldref: struct("FieldSelector", { fieldPath: string }),
});
const sortOptions = struct("SortOptions", {
  order: string,
  legacySortOptions: struct("LegacySortOptions", { orderFirst: slice(string), orderLast: slice(string) }),
});
const helmGlobals = struct("HelmGlobals", { chartHome: string, configHome: string });
const helmChart = struct("HelmChart", {
  name: string,
  version: string,
  repo: string,
  releaseName: string,
  namespace: string,
  additionalValuesFiles: slice(string),
  valuesFile: string,
  valuesInline: map(any),
  valuesMerge: string,
  includeCRDs: bool,
  skipHooks: bool,
  apiVersions: slice(string),
  kubeVersion: string,
  nameTemplate: string,
  skipTests: bool,
  debug: bool,
  devel: bool,
});
const helmChartArgs = struct("HelmChartArgs", {
  chartName: string,
  chartVersion: string,
  chartRepoUrl: string,
  chartHome: string,
  chartRepoName: string,
  helmBin: string,
  helmHome: string,
  values: string,
  valuesLocal: map(any),
  valuesMerge: string,
  releaseName: string,
  releaseNamespace: string,
  extraArgs: slice(string),
});

export const kustomization: GoStruct = struct(
  "Kustomization",
  {
    metadata: objectMeta,
    openapi: map(string),
    namePrefix: string,
    nameSuffix: string,
    namespace: string,
    commonLabels: map(string),
    labels: slice(
      struct("Label", { pairs: map(string), includeSelectors: bool, includeTemplates: bool, fields: slice(fieldSpec) }),
    ),
    commonAnnotations: map(string),
    patchesStrategicMerge: slice(string),
    patchesJson6902: slice(patch),
    patches: slice(patch),
    images: slice(image),
    imageTags: slice(image),
    replacements: slice(replacementField),
    replicas: slice(replica),
    vars: slice(variable),
    sortOptions,
    resources: slice(string),
    components: slice(string),
    crds: slice(string),
    bases: slice(string),
    configMapGenerator: slice(configMapArgs),
    secretGenerator: slice(secretArgs),
    helmGlobals,
    helmCharts: slice(helmChart),
    helmChartInflationGenerator: slice(helmChartArgs),
    generatorOptions,
    configurations: slice(string),
    generators: slice(string),
    transformers: slice(string),
    validators: slice(string),
    buildMetadata: slice(string),
  },
  typeMeta,
);
