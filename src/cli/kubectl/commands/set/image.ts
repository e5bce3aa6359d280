import type { Container, PodSpec } from "../../../../api/generated/types.ts";
import { type Command, CommandError, CommandErrors, type Invocation } from "../../core/command.ts";
import { kindText } from "../../core/discovery.ts";
import { dryRunOf, dryRunQuery } from "../../core/dry-run.ts";
import { type Found, findObjects } from "../../core/find-objects.ts";
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
    const problems: string[] = [];
    if (images.size === 0) problems.push("at least one image update is required");
    if (resources.length < 1 && flags.list("filename").length === 0) {
      problems.push("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    }
    if (images.has("*") && images.size > 1) {
      problems.push(
        "all containers are already specified by *, but saw more than one container_name=container_image pairs",
      );
    }
    if (flags.bool("all") && flags.string("selector"))
      problems.push("cannot set --all and --selector at the same time");
    if (problems.length > 0)
      throw new CommandError(problems.length === 1 ? (problems[0] as string) : `[${problems.join(", ")}]`);

    const session = await invocation.session();
    const chosen: Invocation = Object.assign(Object.create(invocation) as Invocation, { args: resources });
    const errors: unknown[] = [];
    for (const found of await findObjects(chosen, session)) {
      const { resource, object } = found;
      try {
        const patch = imagePatch(found, images);
        if (!patch) continue;
        if (dryRun === "client") {
          await printResult(invocation, resource, { ...object }, "image updated", dryRun);
          continue;
        }
        const query = { dryRun: dryRunQuery(dryRun), fieldManager: flags.string("field-manager") };
        const { namespace, name } = object.metadata;
        const next = await session.json<typeof object>("PATCH", apiPath(resource, { namespace, name }, query), {
          body: patch,
          contentType: "application/strategic-merge-patch+json",
        });
        await printResult(invocation, resource, next, "image updated", dryRun);
      } catch (error) {
        if (error instanceof CommandError) errors.push(error);
        else
          errors.push(
            new CommandError(
              `failed to patch image update to pod template: ${error instanceof Error ? error.message : error}`,
            ),
          );
      }
    }
    if (errors.length > 0) throw new CommandErrors(errors);
    return undefined;
  },
};

/** @throws CommandError when a resource comes after an image, or an image is malformed */
function splitArguments(args: readonly string[]): { resources: string[]; images: Map<string, string> } {
  const first = args.findIndex((a) => a.includes("="));
  const resources = first < 0 ? [...args] : args.slice(0, first);
  const images = new Map<string, string>();
  for (const pair of first < 0 ? [] : args.slice(first)) {
    if (!pair.includes("=")) throw new CommandError(`all resources must be specified before image changes: ${pair}`);
    const [name, image, ...rest] = pair.split("=");
    if (!name || !image || rest.length > 0) throw new CommandError(`invalid image format: ${pair}`);
    images.set(name, image);
  }
  return { resources, images };
}

interface HasPodSpec {
  readonly spec?: PodSpec & { readonly template?: { readonly spec?: PodSpec } };
}

/** A strategic merge patch that changes the named containers; undefined when they have those images already. */
function imagePatch({ resource, object }: Found, images: ReadonlyMap<string, string>): object | undefined {
  const { spec } = object as unknown as HasPodSpec;
  const podSpec = resource.kind === "Pod" ? spec : spec?.template?.spec;
  if (!podSpec) throw new CommandError(`${kindText(resource)} does not have a pod template`);
  const lists = { initContainers: podSpec.initContainers ?? [], containers: podSpec.containers };
  for (const name of images.keys()) {
    if (name !== "*" && !Object.values(lists).some((list) => list.some((c) => c.name === name))) {
      throw new CommandError(`unable to find container named "${name}"`);
    }
  }
  const changed = (list: readonly Container[]) =>
    list.flatMap((c) => {
      const image = images.get(c.name) ?? images.get("*");
      return image !== undefined && image !== c.image ? [{ name: c.name, image }] : [];
    });
  const change: Record<string, object> = {};
  for (const [key, list] of Object.entries(lists)) {
    const next = changed(list);
    if (next.length > 0) change[key] = next;
  }
  if (Object.keys(change).length === 0) return undefined;
  return resource.kind === "Pod" ? { spec: change } : { spec: { template: { spec: change } } };
}
