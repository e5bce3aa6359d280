/** Generators and transformers that are configured as resources of their own (api `internal/plugins/loader`). */
import { basename } from "node:path/posix";
import { toYaml } from "../print/yaml.ts";
import type { BuildContext } from "./context.ts";
import { fail, within, withinSync } from "./failure.ts";
import { generate } from "./generators.ts";
import { bool, decodeGo, type GoType, int, map, slice, string, struct } from "./go-decode.ts";
import { addHashes } from "./hash.ts";
import { helmChart } from "./helm.ts";
import type { FieldSpec, GeneratorArgs, Image, Patch, Replacement, Replica } from "./kustomization.ts";
import * as types from "./kustomization-types.ts";
import type { Loader } from "./loader.ts";
import type { Value } from "./node-json.ts";
import { type Origin, originOf } from "./origin.ts";
import { json6902Transformer, patchTransformer, strategicMergeTransformer } from "./patches.ts";
import { replacementTransformer } from "./replacements.ts";
import { ResMap, type Target } from "./res-map.ts";
import { gvkText, idText } from "./resid.ts";
import type { Resource } from "./resource.ts";
import { addToNames, changeImages, setEntries, setNamespace, setReplicas, type Transformer } from "./transformers.ts";
import { type AddedValue, addValue } from "./value-add.ts";

export type Generator = () => Promise<ResMap>;

export interface WithOrigin<T> {
  readonly run: T;
  readonly origin: Origin | undefined;
}

interface Setting {
  readonly loader: Loader;
  readonly context: BuildContext;
  /** The whole configuration as YAML. */
  readonly text: string;
}

type Config = { readonly [key: string]: Value };
type Make<T> = (config: Config, setting: Setting) => Promise<T>;

/** Reads the configuration as a type of upstream's. */
const read = <T>(config: Config, type: GoType): T =>
  withinSync("error unmarshaling JSON: while decoding JSON", () => decodeGo<T>(type, config, false));

const fieldSpecs = slice(types.fieldSpec);
interface Specs {
  readonly fieldSpecs?: readonly FieldSpec[];
}
const typed = (fields: Readonly<Record<string, GoType>>) => struct("Plugin", { ...fields, fieldSpecs });

interface Metadata {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

const keyValueGenerator =
  (kind: "ConfigMap" | "Secret"): Make<Generator> =>
  async (config, { loader, context }) => {
    const type = struct(
      `${kind}Generator`,
      { metadata: types.objectMeta },
      kind === "Secret" ? types.secretArgs : types.configMapArgs,
    );
    const { metadata, ...args } = read<Metadata & GeneratorArgs>(config, type);
    const named = {
      ...args,
      name: args.name || metadata?.name || "",
      namespace: args.namespace || metadata?.namespace || "",
    };
    return async () => ResMap.of([await generate(kind, named, loader, context.schemas)]);
  };

const generators: Readonly<Record<string, Make<Generator>>> = {
  ConfigMapGenerator: keyValueGenerator("ConfigMap"),
  SecretGenerator: keyValueGenerator("Secret"),
  HelmChartInflationGenerator: async (_config, { context }) => helmChart(context),
};

const nameTransformer =
  (...parts: ("prefix" | "suffix")[]): Make<Transformer> =>
  async (config) => {
    const args = read<{ prefix?: string; suffix?: string } & Specs>(config, typed({ prefix: string, suffix: string }));
    const { fieldSpecs: specs } = args;
    if (!specs) return fail("fieldSpecs is not expected to be nil");
    const all = parts.map((part) =>
      part === "prefix"
        ? addToNames({ prefix: args.prefix ?? "" }, specs)
        : addToNames({ suffix: args.suffix ?? "" }, specs),
    );
    return (resources) => {
      for (const one of all) one(resources);
    };
  };

const subjectModes = ["defaultOnly", "none", "allServiceAccounts"] as const;

const transformers: Readonly<Record<string, Make<Transformer>>> = {
  AnnotationsTransformer: async (config) => {
    const args = read<{ annotations?: Record<string, string> } & Specs>(config, typed({ annotations: map(string) }));
    return setEntries(args.annotations ?? {}, args.fieldSpecs ?? []);
  },
  HashTransformer: async () => addHashes,
  ImageTagTransformer: async (config) => {
    const args = read<{ imageTag?: Image } & Specs>(config, typed({ imageTag: types.image }));
    return changeImages(args.imageTag ?? {}, args.fieldSpecs ?? []);
  },
  LabelTransformer: async (config) => {
    const args = read<{ labels?: Record<string, string> } & Specs>(config, typed({ labels: map(string) }));
    return setEntries(args.labels ?? {}, args.fieldSpecs ?? []);
  },
  NamespaceTransformer: async (config) => {
    const type = typed({ metadata: types.objectMeta, unsetOnly: bool, setRoleBindingSubjects: string });
    const args = await within("unmarshalling NamespaceTransformer config", () =>
      read<Metadata & Specs & { unsetOnly?: boolean; setRoleBindingSubjects?: string }>(config, type),
    );
    const mode = args.setRoleBindingSubjects || "defaultOnly";
    const subjects = subjectModes.find((one) => one === mode);
    if (!subjects)
      return fail(
        `invalid value "${mode}" for setRoleBindingSubjects: must be one of "defaultOnly", "none" or "allServiceAccounts"`,
      );
    return setNamespace({
      namespace: args.metadata?.namespace ?? "",
      fieldSpecs: args.fieldSpecs ?? [],
      unsetOnly: args.unsetOnly ?? false,
      subjects,
    });
  },
  PatchJson6902Transformer: async (config, { loader }) =>
    json6902Transformer(
      read<{ target?: Target; path?: string; jsonOp?: string }>(
        config,
        typed({ target: types.selector, path: string, jsonOp: string }),
      ),
      loader,
    ),
  PatchStrategicMergeTransformer: async (config, { loader, context }) =>
    strategicMergeTransformer(
      read<{ paths?: string[]; patches?: string }>(config, typed({ paths: slice(string), patches: string })),
      { loader, schemas: context.schemas },
    ),
  PatchTransformer: async (config, { loader, context, text }) =>
    patchTransformer(read<Patch>(config, types.patch), text, { loader, schemas: context.schemas }),
  PrefixSuffixTransformer: nameTransformer("prefix", "suffix"),
  PrefixTransformer: nameTransformer("prefix"),
  SuffixTransformer: nameTransformer("suffix"),
  ReplacementTransformer: async (config, { loader }) =>
    replacementTransformer(
      read<{ replacements?: Replacement[] }>(config, typed({ replacements: slice(types.replacementField) }))
        .replacements ?? [],
      loader,
    ),
  ReplicaCountTransformer: async (config) => {
    const args = read<{ replica?: Replica } & Specs>(config, typed({ replica: types.replica }));
    return setReplicas(args.replica ?? {}, args.fieldSpecs ?? []);
  },
  ValueAddTransformer: async (config, { loader }) => {
    const target = struct("Target", { selector: types.selector, fieldPath: string, filePathPosition: int });
    const type = typed({ value: string, targets: slice(target), targetFilePath: string });
    const { targetFilePath, targets = [], value = "" } = read<AddedValue & { targetFilePath?: string }>(config, type);
    const { yamlToJson } = await import("./yaml-to-json.ts");
    const more = targetFilePath
      ? read<AddedValue>((yamlToJson(await loader.text(targetFilePath)) ?? {}) as Config, type).targets
      : undefined;
    return addValue({ value: value.trim() || basename(loader.root), targets: [...targets, ...(more ?? [])] });
  },
};

/** @throws KustomizeError for a plugin that is not built in, not of the wanted sort, or not well configured */
async function load<T>(
  resource: Resource,
  makers: Readonly<Record<string, Make<T>>>,
  sort: string,
  setting: Omit<Setting, "text">,
): Promise<T> {
  const { gvk, originalId } = resource;
  if (gvk.group !== "" || gvk.version !== "builtin") {
    if (!setting.context.enablePlugins)
      fail(`external plugins disabled; unable to load external plugin '${originalId.kind}'`);
    fail(`plugins that are programs or containers are not run; unable to load external plugin '${originalId.kind}'`);
  }
  const { kind } = gvk;
  if (kind === "IAMPolicyGenerator") fail(`the builtin ${kind} is not supported`);
  if (!Object.hasOwn(generators, kind) && !Object.hasOwn(transformers, kind))
    fail(`unable to load builtin ${gvkText(gvk)}`);
  const config = resource.toObject() as Config;
  const make = Object.hasOwn(makers, kind) ? makers[kind] : undefined;
  const made = await within(`plugin ${idText(originalId)} fails configuration`, async () =>
    make?.(config, { ...setting, text: toYaml(config) }),
  );
  return made ?? fail(`plugin ${idText(originalId)} not a ${sort}`);
}

function originOfPlugin(resource: Resource): Origin | undefined {
  const origin = originOf(resource);
  if (!origin) return undefined;
  const { apiVersion, kind, name, namespace } = resource;
  return { configuredIn: origin.path ?? "", configuredBy: { apiVersion, kind, name, namespace } };
}

export async function loadGenerators(
  map: ResMap,
  loader: Loader,
  context: BuildContext,
): Promise<WithOrigin<Generator>[]> {
  const loaded: WithOrigin<Generator>[] = [];
  for (const resource of map.list) {
    const run = await within("failed to load generator", () =>
      load(resource, generators, "generator", { loader, context }),
    );
    loaded.push({ run, origin: originOfPlugin(resource) });
  }
  return loaded;
}

export async function loadTransformers(
  map: ResMap,
  loader: Loader,
  context: BuildContext,
): Promise<WithOrigin<Transformer>[]> {
  const loaded: WithOrigin<Transformer>[] = [];
  for (const resource of map.list)
    loaded.push({
      run: await load(resource, transformers, "transformer", { loader, context }),
      origin: originOfPlugin(resource),
    });
  return loaded;
}
