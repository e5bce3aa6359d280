import type { Container, PodSpec } from "../../../../api/generated/types.ts";
import { type Command, CommandError, CommandErrors } from "../../core/command.ts";
import { dryRunOf, dryRunQuery } from "../../core/dry-run.ts";
import { type Found, findObjects } from "../../core/find-objects.ts";
import type { FlagValues } from "../../core/flags.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  outputFlag,
  selectorFlag,
  showManagedFieldsFlag,
} from "../../core/shared-flags.ts";

export const setImageCommand: Command = {
  path: "set image",
  use: "set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
  short: "Update existing container image(s) of resources.",
  flags: [
    {
      name: "all",
      type: "bool",
      default: "false",
      usage: "Select all resources, in the namespace of the specified resource types",
    },
    dryRunFlag,
    fieldManagerFlag("kubectl-set"),
    ...filenameFlags,
    outputFlag,
    selectorFlag,
    showManagedFieldsFlag,
  ],
  async run(invocation) {
    const { flags } = invocation;
    const dryRun = dryRunOf(flags);
    const { resources, images } = splitArguments(invocation.args);
    const session = await invocation.session();
    const options = { args: resources, typeMeansAll: flags.bool("all") };
    const { found: objects, errors: unread } = await findObjects(invocation, session, options);
    if (unread.length > 0) throw new CommandErrors(unread);
    validate(flags, images);
    const errors: unknown[] = [];
    const patches = objects.map((found) => ({ found, patch: imagePatch(found, images, errors) }));
    for (const { found, patch } of patches) {
      if (!patch) continue;
      const { resource, object } = found;
      if (dryRun === "client") {
        await printResult(invocation, resource, withPatch(found, patch), "image updated", dryRun, { typed: true });
        continue;
      }
      const query = { dryRun: dryRunQuery(dryRun), fieldManager: flags.string("field-manager") };
      const { namespace, name } = object.metadata;
      try {
        const next = await session.json<typeof object>("PATCH", apiPath(resource, { namespace, name }, query), {
          body: patch,
          contentType: "application/strategic-merge-patch+json",
        });
        await printResult(invocation, resource, next, "image updated", dryRun, { typed: true });
      } catch (error) {
        const why = error instanceof Error ? error.message : error;
        errors.push(new CommandError(`failed to patch image update to pod template: ${why}`));
      }
    }
    if (errors.length > 0) throw new CommandErrors(errors);
    return undefined;
  },
};

/** @throws CommandErrors with everything that is wrong */
function validate(flags: FlagValues, images: ReadonlyMap<string, string>): void {
  const problems: string[] = [];
  if (flags.bool("all") && flags.string("selector")) problems.push("cannot set --all and --selector at the same time");
  if (images.size === 0) problems.push("at least one image update is required");
  if (images.has("*") && images.size > 1) {
    problems.push(
      "all containers are already specified by *, but saw more than one container_name=container_image pairs",
    );
  }
  if (problems.length > 0) throw new CommandErrors(problems.map((p) => new CommandError(p)));
}

/** @throws CommandError when a resource comes after an image, or an image is malformed */
function splitArguments(args: readonly string[]): { resources: string[]; images: Map<string, string> } {
  const isPair = (word: string) => word.indexOf("=") > 0 || (word.endsWith("-") && word !== "-");
  const first = args.findIndex(isPair);
  const pairs = first < 0 ? [] : args.slice(first);
  const late = pairs.find((word) => !isPair(word));
  if (late !== undefined) throw new CommandError(`all resources must be specified before image changes: ${late}`);
  const malformed = pairs.filter((word) => word.indexOf("=") <= 0);
  if (malformed.length > 0) throw new CommandError(`invalid image format: ${malformed.join(", ")}`);
  const images = pairs.map((pair): [string, string] => {
    const equals = pair.indexOf("=");
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  return { resources: first < 0 ? [...args] : args.slice(0, first), images: new Map(images) };
}

interface HasPodSpec {
  readonly spec?: PodSpec & { readonly template?: { readonly spec?: PodSpec } };
}

type ContainerLists = Pick<PodSpec, "initContainers" | "containers">;

/** Where the containers of an object are: in its own spec, or in its pod template's. */
const inTemplate = ({ resource }: Found): boolean => resource.kind !== "Pod";

/**
 * A strategic merge patch that changes the named containers; undefined when they have those images already.
 * @param problems receives an error for each name that is no container's
 */
function imagePatch(found: Found, images: ReadonlyMap<string, string>, problems: unknown[]): object | undefined {
  const { resource, object } = found;
  const { spec } = object as unknown as HasPodSpec;
  const podSpec = inTemplate(found) ? spec?.template?.spec : spec;
  if (!podSpec) {
    const what = `error: ${resource.plural}/${object.metadata.name} the object is not a pod or does not have a pod template: *v1.${object.kind}`;
    problems.push(new CommandError(what));
    return undefined;
  }
  const lists: ContainerLists = { initContainers: podSpec.initContainers ?? [], containers: podSpec.containers };
  for (const name of images.keys()) {
    const known = Object.values(lists).some((list) => list.some((c) => name === "*" || c.name === name));
    if (!known) problems.push(new CommandError(`error: unable to find container named "${name}"`));
  }
  const changed = (list: readonly Container[]) =>
    list.flatMap((c) => {
      const image = images.get(c.name) ?? images.get("*");
      return image !== undefined && image !== c.image ? [{ name: c.name, image }] : [];
    });
  const change = Object.entries(lists).flatMap(([key, list]) => {
    const next = changed(list);
    return next.length > 0 ? [[key, next] as const] : [];
  });
  if (change.length === 0) return undefined;
  const containers = Object.fromEntries(change);
  return inTemplate(found) ? { spec: { template: { spec: containers } } } : { spec: containers };
}

/** The object with the images of such a patch, for showing what would be. */
function withPatch(found: Found, patch: object): Found["object"] {
  const object = structuredClone(found.object);
  const podSpec = (o: object) => (inTemplate(found) ? (o as HasPodSpec).spec?.template?.spec : (o as HasPodSpec).spec);
  const target = podSpec(object) as ContainerLists;
  const changes = podSpec(patch) as ContainerLists;
  for (const key of ["initContainers", "containers"] as const) {
    for (const { name, image } of changes[key] ?? []) {
      const container = target[key]?.find((c) => c.name === name);
      if (container && image !== undefined) container.image = image;
    }
  }
  return object;
}
