/** `pods web`, `pods,services`, `deployment/web svc/web`, `all`: what the arguments name (cli-runtime's resource builder). */
import { CommandError } from "./command.ts";
import type { Discovery, ServedResource } from "./discovery.ts";

export interface ResourceArgument {
  readonly resource: ServedResource;
  /** Absent: all of them. */
  readonly name?: string;
}

/**
 * @throws CommandError in kubectl's words
 * @param more what may follow a single type: names (default) or nothing
 */
export function parseResourceArgs(args: readonly string[], discovery: Discovery): ResourceArgument[] {
  if (args.some((a) => a.includes("/"))) {
    return args.map((argument) => {
      const [type = "", name = "", ...rest] = argument.split("/");
      if (!argument.includes("/")) {
        throw new CommandError(
          "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
        );
      }
      if (rest.length > 0 || type === "" || name === "") {
        throw new CommandError(
          rest.length > 0
            ? "arguments in resource/name form may not have more than one slash"
            : "arguments in resource/name form must have a single resource and name",
        );
      }
      return { resource: discovery.find(type), name };
    });
  }
  const [types = "", ...names] = args;
  const resources = types.split(",").flatMap((type) => expand(type, discovery));
  // A category stands for several types, and names go with one.
  if (names.length > 0 && !types.includes(",") && resources.length > 1)
    throw new CommandError("you must specify only one resource");
  if (names.length === 0) return resources.map((resource) => ({ resource }));
  return resources.flatMap((resource) => names.map((name) => ({ resource, name })));
}

/** A category stands for all its resources; everything else for itself. */
function expand(type: string, discovery: Discovery): ServedResource[] {
  const category = discovery.category(type.toLowerCase());
  return category.length > 0 ? category : [discovery.find(type)];
}
