/** A kustomization file: read, warned of, brought up to date and checked (api `types/kustomization.go`). */
import { fail, KustomizeError, withinSync } from "./failure.ts";
import { decodeGo } from "./go-decode.ts";
import { kustomization as kustomizationType } from "./kustomization-types.ts";
import type { Value } from "./node-json.ts";
import type { Target } from "./res-map.ts";
import type { GvkSelector, IdSelector } from "./resid.ts";
import { yamlToJson } from "./yaml-to-json.ts";

type Texts = Readonly<Record<string, string>>;

/** Where in which objects a field is. */
export interface FieldSpec extends GvkSelector {
  readonly path: string;
  /** Make the field where it is missing. */
  readonly create?: boolean;
}

export interface Patch {
  readonly path?: string;
  readonly patch?: string;
  readonly target?: Target;
  readonly options?: Readonly<Record<string, boolean>>;
}

export interface Image {
  readonly name?: string;
  readonly newName?: string;
  readonly tagSuffix?: string;
  readonly newTag?: string;
  readonly digest?: string;
}

export interface Replica {
  readonly name?: string;
  readonly count?: number;
}

export interface FieldOptions {
  readonly delimiter?: string;
  readonly index?: number;
  readonly create?: boolean;
}

export interface Replacement {
  readonly source?: IdSelector & { readonly fieldPath?: string; readonly options?: FieldOptions };
  readonly targets?: readonly {
    readonly select?: Target;
    readonly reject?: readonly Target[];
    readonly fieldPaths?: readonly string[];
    readonly options?: FieldOptions;
  }[];
  readonly sourceValue?: string;
}

export interface GeneratorOptions {
  readonly labels?: Texts;
  readonly annotations?: Texts;
  readonly disableNameSuffixHash?: boolean;
  readonly immutable?: boolean;
}

export interface GeneratorArgs {
  readonly namespace?: string;
  readonly name?: string;
  readonly behavior?: string;
  readonly options?: GeneratorOptions;
  readonly literals?: readonly string[];
  readonly files?: readonly string[];
  readonly envs?: readonly string[];
  readonly env?: string;
  /** Of a secret. */
  readonly type?: string;
}

export interface Variable {
  readonly name: string;
  readonly objref: IdSelector & { readonly apiVersion?: string };
  readonly fieldref?: { readonly fieldPath?: string };
}

export interface Label {
  readonly pairs?: Texts;
  readonly includeSelectors?: boolean;
  readonly includeTemplates?: boolean;
  readonly fields?: readonly FieldSpec[];
}

export interface SortOptions {
  readonly order?: string;
  readonly legacySortOptions?: { readonly orderFirst?: readonly string[]; readonly orderLast?: readonly string[] };
}

type List<T = string> = readonly T[];

export interface Kustomization {
  readonly kind: string;
  readonly apiVersion: string;
  readonly openapi?: Texts;
  readonly namePrefix?: string;
  readonly nameSuffix?: string;
  readonly namespace?: string;
  readonly commonLabels?: Texts;
  readonly labels?: List<Label>;
  readonly commonAnnotations?: Texts;
  readonly patchesStrategicMerge?: List;
  readonly patchesJson6902?: List<Patch>;
  readonly patches?: List<Patch>;
  readonly images?: List<Image>;
  readonly replacements?: List<Replacement & { readonly path?: string }>;
  readonly replicas?: List<Replica>;
  readonly vars?: List<Variable>;
  readonly sortOptions?: SortOptions;
  readonly resources?: List;
  readonly components?: List;
  readonly crds?: List;
  readonly configMapGenerator?: List<GeneratorArgs>;
  readonly secretGenerator?: List<GeneratorArgs>;
  readonly helmGlobals?: { readonly [key: string]: Value };
  readonly helmCharts?: List<{ readonly [key: string]: Value }>;
  readonly generatorOptions?: GeneratorOptions;
  readonly configurations?: List;
  readonly generators?: List;
  readonly transformers?: List;
  readonly validators?: List;
  readonly buildMetadata?: List;
}

type Raw = { -readonly [K in keyof Kustomization]?: Kustomization[K] } & {
  bases?: List;
  imageTags?: List<Image>;
  helmChartInflationGenerator?: List<{ readonly [key: string]: Value }>;
};

const kustomizationKind = "Kustomization";
export const componentKind = "Component";
const versions = {
  [kustomizationKind]: "kustomize.config.k8s.io/v1beta1",
  [componentKind]: "kustomize.config.k8s.io/v1alpha1",
} as const;

const fix = "Run 'kustomize edit fix' to update your Kustomization automatically.";
/** Fields that are deprecated, and what takes their place. */
const deprecated: readonly (readonly [keyof Raw, instead: string, how: string])[] = [
  ["bases", "resources", fix],
  ["commonLabels", "labels", fix],
  ["imageTags", "images", fix],
  ["patchesJson6902", "patches", fix],
  ["patchesStrategicMerge", "patches", fix],
  ["vars", "replacements", `[EXPERIMENTAL] ${fix}`],
];

/**
 * @param directory as messages name it
 * @throws KustomizeError
 */
export function readKustomization(text: string, directory: string, warn: (line: string) => void): Kustomization {
  const raw = withinSync("invalid Kustomization", () => decodeGo<Raw>(kustomizationType, yamlToJson(text) ?? {}, true));
  for (const [field, instead, how] of deprecated)
    if (raw[field] !== undefined) warn(`# Warning: '${field}' is deprecated. Please use '${instead}' instead. ${how}`);
  const updated = update(raw);
  if (Object.entries(updated).every(([key, value]) => key === "kind" || key === "apiVersion" || value === ""))
    fail("kustomization.yaml is empty");
  const wrong = complaints(raw.kind ?? "", updated);
  if (wrong.length > 0)
    throw new KustomizeError(`Failed to read kustomization file under ${directory}:\n${wrong.join("\n")}`);
  return updated;
}

function complaints(given: string, { kind, apiVersion }: Kustomization): string[] {
  const version = kind === componentKind ? versions[componentKind] : versions[kustomizationKind];
  return [
    ...(given === "" || kind in versions ? [] : [`kind should be ${kustomizationKind} or ${componentKind}`]),
    ...(apiVersion === version ? [] : [`apiVersion for ${kind} should be ${version}`]),
  ];
}

/** Moves deprecated fields to where they belong now. */
function update({ bases, imageTags, helmChartInflationGenerator, ...raw }: Raw): Kustomization {
  const kind = raw.kind || kustomizationKind;
  const apiVersion = raw.apiVersion || versions[kind === componentKind ? componentKind : kustomizationKind];
  const charts = (helmChartInflationGenerator ?? []).map((old) => ({
    name: old.chartName ?? "",
    version: old.chartVersion ?? "",
    repo: old.chartRepoUrl ?? "",
    valuesFile: old.values ?? "",
    ...(old.valuesLocal === undefined ? {} : { valuesInline: old.valuesLocal }),
    valuesMerge: old.valuesMerge ?? "",
    releaseName: old.releaseName ?? "",
  }));
  const joined = <T>(list: List<T> | undefined, more: List<T> | undefined) =>
    list === undefined && (more ?? []).length === 0 ? undefined : [...(list ?? []), ...(more ?? [])];
  const withEnvs = (list: List<GeneratorArgs> | undefined) =>
    list?.map(({ env, ...args }) => (env ? { ...args, envs: [...(args.envs ?? []), env] } : args));
  const moved = {
    ...raw,
    kind,
    apiVersion,
    resources: joined(raw.resources, bases),
    images: joined(raw.images, imageTags),
    helmCharts: joined(raw.helmCharts, charts as List<{ readonly [key: string]: Value }>),
    configMapGenerator: withEnvs(raw.configMapGenerator),
    secretGenerator: withEnvs(raw.secretGenerator),
  };
  return Object.fromEntries(
    Object.entries(moved).filter(([, value]) => value !== undefined),
  ) as unknown as Kustomization;
}
