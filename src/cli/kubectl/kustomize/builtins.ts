/** The generators and transformers that the fields of a kustomization file stand for, in the order they run. */
import { toYaml } from "../print/yaml.ts";
import type { BuildContext } from "./context.ts";
import { fail, within } from "./failure.ts";
import { generate, withGlobalOptions } from "./generators.ts";
import { helmChart } from "./helm.ts";
import type { Kustomization } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import { byBuiltin, type Origin } from "./origin.ts";
import { json6902Transformer, patchTransformer, strategicMergeTransformer } from "./patches.ts";
import type { Generator, WithOrigin } from "./plugins.ts";
import { replacementTransformer } from "./replacements.ts";
import { ResMap } from "./res-map.ts";
import { addSpecs, type TransformerConfig } from "./transformer-config.ts";
import { addToNames, changeImages, setEntries, setNamespace, setReplicas, type Transformer } from "./transformers.ts";
import { withoutEmpty } from "./without-empty.ts";

export interface Setting {
  readonly kustomization: Kustomization;
  readonly file: string;
  readonly loader: Loader;
  readonly context: BuildContext;
  readonly origin: Origin | undefined;
}

const originIn = ({ origin, file }: Setting, kind: string) => origin && byBuiltin(origin, file, kind);

/** Whoever cannot be configured says with what. */
function configured<T>(kind: string, config: unknown, work: (shown: string) => Promise<T> | T): Promise<T> {
  const shown = toYaml(withoutEmpty(config));
  return within(`trouble configuring builtin ${kind} with config: \`\n${shown}\``, () => work(shown));
}

export async function builtinGenerators(setting: Setting): Promise<WithOrigin<Generator>[]> {
  const { kustomization, loader, context } = setting;
  const { generatorOptions, helmGlobals } = kustomization;
  const of = (kind: "ConfigMap" | "Secret") =>
    (kustomization[kind === "ConfigMap" ? "configMapGenerator" : "secretGenerator"] ?? []).map((args) => ({
      origin: originIn(setting, `${kind}Generator`),
      run: async () => {
        const options = withGlobalOptions(args.options, generatorOptions);
        return ResMap.of([await generate(kind, options ? { ...args, options } : args, loader, context.schemas)]);
      },
    }));
  const [chart] = kustomization.helmCharts ?? [];
  if (chart) await configured("HelmChartInflationGenerator", { ...helmGlobals, ...chart }, () => helmChart(context));
  return [...of("ConfigMap"), ...of("Secret")];
}

export async function builtinTransformers(
  setting: Setting,
  config: TransformerConfig,
): Promise<WithOrigin<Transformer>[]> {
  const { kustomization: k, loader, context } = setting;
  const { schemas } = context;
  const all: WithOrigin<Transformer>[] = [];
  const add = (kind: string, run: Transformer) => all.push({ run, origin: originIn(setting, kind) });

  if (k.patchesStrategicMerge?.length) {
    const args = { paths: k.patchesStrategicMerge };
    const kind = "PatchStrategicMergeTransformer";
    add(kind, await configured(kind, args, () => strategicMergeTransformer(args, { loader, schemas })));
  }
  for (const patch of k.patches ?? []) {
    const kind = "PatchTransformer";
    add(kind, await configured(kind, patch, (shown) => patchTransformer(patch, shown, { loader, schemas })));
  }
  if (k.namespace) add("NamespaceTransformer", setNamespace({ namespace: k.namespace, fieldSpecs: config.namespace }));
  if (k.namePrefix) add("PrefixTransformer", addToNames({ prefix: k.namePrefix }, config.namePrefix));
  if (k.nameSuffix) add("SuffixTransformer", addToNames({ suffix: k.nameSuffix }, config.nameSuffix));
  for (const run of labels(k, config)) add("LabelTransformer", run);
  if (Object.keys(k.commonAnnotations ?? {}).length > 0)
    add("AnnotationsTransformer", setEntries(k.commonAnnotations ?? {}, config.commonAnnotations));
  for (const { target, path = "", patch = "" } of k.patchesJson6902 ?? []) {
    const kind = "PatchJson6902Transformer";
    const args = { ...(target && { target }), path, jsonOp: patch };
    add(kind, await configured(kind, args, () => json6902Transformer(args, loader)));
  }
  for (const replica of k.replicas ?? []) add("ReplicaCountTransformer", setReplicas(replica, config.replicas));
  for (const image of k.images ?? []) add("ImageTagTransformer", changeImages(image, config.images));
  if (k.replacements?.length) {
    const kind = "ReplacementTransformer";
    const args = { Replacements: k.replacements };
    add(kind, await configured(kind, args, () => replacementTransformer(args.Replacements, loader)));
  }
  return all;
}

function labels({ labels: list = [], commonLabels = {} }: Kustomization, config: TransformerConfig): Transformer[] {
  const metadata = [{ path: "metadata/labels", create: true }];
  const specs = (label: (typeof list)[number]) => {
    const own = addSpecs(label.fields ?? [], config.labels);
    if (label.includeSelectors) return addSpecs(own, config.commonLabels);
    return addSpecs(label.includeTemplates ? addSpecs(own, config.templateLabels) : own, metadata);
  };
  const named = (label: (typeof list)[number]) => {
    try {
      return specs(label);
    } catch (error) {
      return fail(`failed to merge labels: ${(error as Error).message}`);
    }
  };
  const all = list.map((label) => setEntries(label.pairs ?? {}, named(label)));
  return Object.keys(commonLabels).length > 0 ? [...all, setEntries(commonLabels, config.commonLabels)] : all;
}
