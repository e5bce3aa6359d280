/** `kustomize build`, version 5.7.1, as kubectl 1.34 has it built in (api `krusty`). */
import { toYaml } from "../print/yaml.ts";
import type { BuildContext } from "./context.ts";
import { withinSync } from "./failure.ts";
import type { Files } from "./files.ts";
import { addHashes } from "./hash.ts";
import { Loader } from "./loader.ts";
import { updateNameReferences } from "./name-references.ts";
import { clearTransformations, setOrigin } from "./origin.ts";
import { loadYaml } from "./parse.ts";
import type { ResMap } from "./res-map.ts";
import { Schemas } from "./schema.ts";
import { sortResources } from "./sort-order.ts";
import { KustomizationTarget } from "./target.ts";
import { setEntries } from "./transformers.ts";
import { resolveVariables } from "./variables.ts";

export interface BuildOptions {
  readonly files: Files;
  warn(line: string): void;
  log(line: string): void;
  /** Keeps to files in or below the directory of the kustomization that names them. */
  readonly rootOnly?: boolean;
  /** The order where the kustomization says nothing of it. */
  readonly reorder?: "legacy" | "none";
  /** Was the order given on the command line? */
  readonly reorderGiven?: boolean;
  readonly managedByLabel?: boolean;
  readonly enableHelm?: boolean;
  readonly enablePlugins?: boolean;
}

const version = "v5.7.1";

/** @throws KustomizeError, the only error of kustomizations that cannot be built */
export async function build(path: string, options: BuildOptions): Promise<ResMap> {
  await loadYaml();
  const { files, warn, log, rootOnly = true, enableHelm = false, enablePlugins = false } = options;
  const context: BuildContext = { files, warn, log, schemas: new Schemas(), enableHelm, enablePlugins };
  const target = await KustomizationTarget.load(Loader.at(path, files, rootOnly), context);
  await target.useSchema(true);
  const { map, config, variables } = await target.accumulate();
  addHashes(map);
  updateNameReferences(map, config.nameReference);
  const unused = resolveVariables(map, variables, config.varReference);
  if (unused.length > 0) log(`well-defined vars that were never replaced: ${unused.join(",")}`);
  // What is marked as local takes part in the build, but does not come out of it.
  map.list = map.list.filter(({ annotations }) => {
    const local = annotations["config.kubernetes.io/local-config"];
    return local === undefined || local === "false";
  });
  const { buildMetadata = [], sortOptions } = target.kustomization;
  sort(map, sortOptions, options);
  if (options.managedByLabel || buildMetadata.includes("managedByLabel")) {
    const labels = { "app.kubernetes.io/managed-by": `kustomize-${version}` };
    setEntries(labels, [{ path: "metadata/labels", create: true }])(map);
  }
  for (const resource of map.list) {
    resource.removeBuildAnnotations();
    if (!buildMetadata.includes("originAnnotations")) setOrigin(resource, undefined);
    if (!buildMetadata.includes("transformerAnnotations")) clearTransformations(resource);
  }
  return map;
}

type Sort = Parameters<typeof sortResources>[1] | undefined;

function sort(map: ResMap, sortOptions: Sort, { reorder = "legacy", reorderGiven, log }: BuildOptions): void {
  if (sortOptions && reorderGiven)
    log(
      "Warning: Sorting order is set both in 'kustomization.yaml' ('sortOptions') and in a CLI flag ('--reorder'). Using the kustomization file over the CLI flag.",
    );
  if (sortOptions) sortResources(map, sortOptions);
  else if (reorder === "legacy") sortResources(map, { order: "legacy" });
}

/** All resources as YAML documents. */
export const asYaml = (map: ResMap): string =>
  map.list
    .map((resource) => withinSync("map[string]interface {}(nil)", () => toYaml(resource.toObject())))
    .join("---\n");
