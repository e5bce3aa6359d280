/** One kustomization and all below it, as resources (api `internal/target/kusttarget.go`). */
import { builtinGenerators, builtinTransformers, type Setting } from "./builtins.ts";
import type { BuildContext } from "./context.ts";
import { loadCrds } from "./crds.ts";
import { naming, resourcesFromFile, resourcesOf } from "./factory.ts";
import { fail, KustomizeError, messageOf, quoted, within, withinSync } from "./failure.ts";
import { editField, setEntry } from "./field-spec.ts";
import { goJson } from "./go-json.ts";
import { componentKind, type Kustomization, readKustomization, type Variable } from "./kustomization.ts";
import { HttpError, type Loader } from "./loader.ts";
import { toValue } from "./node-json.ts";
import { addTransformation, below, type Origin, originOf, originText, setOrigin } from "./origin.ts";
import { type Generator, loadGenerators, loadTransformers, type WithOrigin } from "./plugins.ts";
import { ResMap } from "./res-map.ts";
import { idText, sameId } from "./resid.ts";
import type { Resource } from "./resource.ts";
import { emptyConfig, loadConfig, mergeConfigs, type TransformerConfig } from "./transformer-config.ts";
import type { Transformer } from "./transformers.ts";
import { addVariables, bindVariables, variableText } from "./variables.ts";

/** Resources, the fields to work on in them, and variables, as they gather. */
export class Accumulator {
  map = new ResMap();
  config: TransformerConfig = emptyConfig;
  readonly variables = new Map<string, Variable>();

  add(other: Accumulator): void {
    this.map.appendAll(other.map.list);
    this.config = mergeConfigs(this.config, other.config);
    addVariables(this.variables, other.variables.values());
  }
}

const fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

export class KustomizationTarget {
  readonly kustomization: Kustomization;
  readonly #file: string;
  readonly #loader: Loader;
  readonly #context: BuildContext;
  /** Kept only when `buildMetadata` asks for it. */
  readonly #origin: Origin | undefined;

  private constructor(
    kustomization: Kustomization,
    file: string,
    loader: Loader,
    context: BuildContext,
    origin?: Origin,
  ) {
    this.kustomization = kustomization;
    this.#file = file;
    this.#loader = loader;
    this.#context = context;
    this.#origin = origin;
  }

  /**
   * @param inherited what the kustomization that names this one has; the topmost one has nothing
   * @throws KustomizeError
   */
  static async load(
    loader: Loader,
    context: BuildContext,
    inherited?: { readonly buildMetadata: readonly string[] | undefined; readonly origin: Origin | undefined },
  ): Promise<KustomizationTarget> {
    const found: [file: string, text: string][] = [];
    for (const file of fileNames) {
      try {
        found.push([file, await loader.text(file)]);
      } catch (error) {
        if (!(error instanceof KustomizeError)) throw error;
      }
    }
    const names = fileNames.map((name) => `'${name}'`);
    const [only] = found;
    if (!only)
      return fail(`unable to find one of ${names.slice(0, 2).join(", ")} or ${names[2]} in directory '${loader.root}'`);
    if (found.length > 1) fail(`Found multiple kustomization files under: ${loader.root}\n`);
    const [file, text] = only;
    const own = readKustomization(text, loader.root, context.warn);
    if (!inherited)
      return new KustomizationTarget(own, file, loader, context, own.buildMetadata?.length ? {} : undefined);
    const { buildMetadata = [], origin } = inherited;
    return new KustomizationTarget({ ...own, buildMetadata }, file, loader, context, origin);
  }

  /** Takes the schema that the `openapi` field names. */
  async useSchema(replace: boolean): Promise<void> {
    const { openapi = {} } = this.kustomization;
    const { yamlToJson } = await import("./yaml-to-json.ts");
    const file = openapi.path === undefined ? undefined : yamlToJson(await this.#loader.text(openapi.path));
    this.#context.schemas.use(openapi.version, file, replace);
  }

  /** @param into what a component adds itself to; others begin with nothing */
  async accumulate(into = new Accumulator()): Promise<Accumulator> {
    const k = this.kustomization;
    let all = into;
    await within("accumulating resources", () => this.#addResources(all, k.resources ?? [], this.#origin));
    const config = await loadConfig(this.#loader, k.configurations ?? []);
    all.config = mergeConfigs(all.config, config);
    const crds = await within(`loading CRDs [${(k.crds ?? []).join(" ")}]`, () => loadCrds(this.#loader, k.crds ?? []));
    all.config = mergeConfigs(all.config, crds);
    await this.#generate(all);
    all = await within("accumulating components", () => this.#addComponents(all));
    this.#transform(all, [
      ...(await builtinTransformers(this.#setting, all.config)),
      ...(await this.#externalTransformers(k.transformers ?? [])),
    ]);
    await this.#validate(all);
    const variables = k.vars ?? [];
    withinSync(`merging vars [${variables.map(variableText).join(" ")}]`, () => {
      bindVariables(all.map, variables);
      addVariables(all.variables, variables);
    });
    return all;
  }

  get #setting(): Setting {
    return {
      kustomization: this.kustomization,
      file: this.#file,
      loader: this.#loader,
      context: this.#context,
      origin: this.#origin,
    };
  }

  /** Each path is a file with resources, or the directory of another kustomization. */
  async #addResources(into: Accumulator, paths: readonly string[], origin: Origin | undefined): Promise<void> {
    for (const path of paths) {
      try {
        await this.#addFile(into, path, origin);
      } catch (fileError) {
        if (!(fileError instanceof KustomizeError) || fileError instanceof HttpError) throw fileError;
        const asFile = fileError.message;
        let loader: Loader;
        try {
          loader = this.#loader.to(path);
        } catch (error) {
          if (asFile.includes("MalformedYAMLError")) throw fileError;
          return fail(`accumulation err='${asFile}': ${messageOf(error)}`);
        }
        await within(`accumulation err='${asFile}'`, () =>
          this.#addDirectory(into, loader, false, origin && below(origin, path)),
        );
      }
    }
  }

  async #addFile(into: Accumulator, path: string, origin: Origin | undefined): Promise<void> {
    const { schemas } = this.#context;
    let resources: ResMap;
    try {
      resources = await resourcesFromFile(this.#loader, path, schemas);
    } catch (error) {
      const message = `accumulating resources from '${path}': ${messageOf(error)}`;
      if (error instanceof HttpError) throw new HttpError(message);
      throw error instanceof KustomizeError ? new KustomizeError(message) : error;
    }
    if (origin) {
      const spec = { path: "metadata/annotations", create: true };
      const set = setEntry("config.kubernetes.io/origin", originText(below(origin, path)));
      for (const resource of resources.list) editField(resource, spec, { set, make: { kind: "map", tag: "!!map" } });
    }
    withinSync(`merging resources from '${path}'`, () => into.map.appendAll(resources.list));
  }

  async #addDirectory(
    into: Accumulator,
    loader: Loader,
    isComponent: boolean,
    origin: Origin | undefined,
  ): Promise<Accumulator> {
    const { root } = loader;
    const { buildMetadata } = this.kustomization;
    const target = await within(`couldn't make target for path '${root}'`, () =>
      KustomizationTarget.load(loader, this.#context, { buildMetadata, origin }),
    );
    await target.useSchema(false);
    const { kind } = target.kustomization;
    if (isComponent && kind !== componentKind)
      fail(`expected kind '${componentKind}' for path '${root}' but got '${kind}'`);
    if (!isComponent && kind === componentKind) fail(`expected kind != '${componentKind}' for path '${root}'`);
    const found = await within(`recursed accumulation of path '${root}'`, () =>
      isComponent ? target.accumulate(into) : target.accumulate(),
    );
    const all = isComponent ? new Accumulator() : into;
    withinSync(`recursed merging from path '${root}'`, () => all.add(found));
    return all;
  }

  async #addComponents(into: Accumulator): Promise<Accumulator> {
    let all = into;
    for (const path of this.kustomization.components ?? []) {
      let loader: Loader;
      try {
        loader = this.#loader.to(path);
      } catch (error) {
        return fail(`loader.New ${quoted(messageOf(error))}`);
      }
      try {
        all = await this.#addDirectory(all, loader, true, this.#origin && below(this.#origin, path));
      } catch (error) {
        if (!(error instanceof KustomizeError)) throw error;
        fail(`accumulateDirectory: ${quoted(error.message)}`);
      }
    }
    return all;
  }

  async #generate(into: Accumulator): Promise<void> {
    const external = async (): Promise<WithOrigin<Generator>[]> => {
      const { generators = [] } = this.kustomization;
      const map = await this.#plugins(generators, "configuring external generator");
      return loadGenerators(map, this.#loader, this.#context);
    };
    const all = [...(await builtinGenerators(this.#setting)), ...(await within("loading generator plugins", external))];
    for (const { run, origin } of all) {
      const made = await run();
      for (const resource of made.list) {
        if (origin && !originOf(resource)) setOrigin(resource, origin);
        withinSync(`merging from generator ${generatorText(origin)}`, () => into.map.absorb(resource));
      }
    }
  }

  async #externalTransformers(paths: readonly string[]): Promise<WithOrigin<Transformer>[]> {
    if (paths.length === 0) return [];
    const map = await this.#plugins(paths, "configuring external transformer");
    return loadTransformers(map, this.#loader, this.#context);
  }

  /** The configurations of plugins: inline, in files, or built by other kustomizations. */
  async #plugins(list: readonly string[], what: string): Promise<ResMap> {
    const all = new Accumulator();
    const paths: string[] = [];
    for (const one of list) {
      let map: ResMap;
      try {
        map = naming(one, () => ResMap.of(resourcesOf(one, this.#context.schemas)));
      } catch (error) {
        if (!(error instanceof KustomizeError)) throw error;
        paths.push(one);
        continue;
      }
      if (this.#origin) for (const resource of map.list) setOrigin(resource, below(this.#origin, this.#file));
      withinSync(what, () => all.map.appendAll(map.list));
    }
    await this.#addResources(all, paths, this.#origin);
    return all.map;
  }

  #transform({ map }: Accumulator, transformers: readonly WithOrigin<Transformer>[]): void {
    for (const { run, origin } of transformers) {
      run(map);
      if (origin) for (const resource of map.list) addTransformation(resource, origin);
      map.dropEmpty();
    }
  }

  async #validate({ map }: Accumulator): Promise<void> {
    for (const { run } of await this.#externalTransformers(this.kustomization.validators ?? [])) {
      const before = map.list.map((resource) => resource.copy());
      run(map);
      refuseChanges(before, map.list);
    }
  }
}

const validated = "validated-by";

function refuse(what: string): never {
  return fail(`validator shouldn't modify the resource map: ${what}`);
}

/** A validator may mark what it has seen, and only what has no other labels: setting labels again is a change too. */
function refuseChanges(before: readonly Resource[], now: readonly Resource[]): void {
  if (before.length !== now.length) refuse("lists have different number of entries");
  for (const old of before) {
    const resource = now.find((one) => sameId(one.id, old.id))?.copy();
    if (!resource) refuse(`id in self missing from other; id: ${idText(old.id)}`);
    const { labels } = resource;
    const marked = validated in labels;
    delete labels[validated];
    if (marked) resource.labels = labels;
    const [a, b] = [goJson(toValue(old.node)), goJson(toValue(resource.node))];
    if (a !== b || (marked && Object.keys(labels).length > 0))
      refuse(`nodes unequal: \n -- ${a},\n -- ${b}\n\n--\n${inMemory}\n------\n${inMemory}\n`);
  }
}

const pointer = "0xc000000000";

/** Upstream prints where in its memory a generator is. */
const generatorText = (origin: Origin | undefined): string => `&{${pointer} ${origin ? pointer : "<nil>"}}`;

const inMemory = `&resource.Resource{RNode:yaml.RNode{fieldPath:[]string(nil), value:(*yaml.Node)(${pointer}), ShouldKeep:false, Match:[]string(nil)}, refVarNames:[]string(nil)}`;
