import { type Command, CommandError, CommandErrors, type Invocation } from "../../core/command.ts";
import { dryRunOf } from "../../core/dry-run.ts";
import { givenFiles } from "../../core/manifest-files.ts";
import { parsePairs, splitPairs } from "../../core/pairs.ts";
import { containersOf, podSpecOf } from "../../core/pod-spec.ts";
import { bothAllAndSelector, findForSet, noResource, setFlags, setOnAll } from "./shared.ts";

export const setImageCommand: Command = {
  path: "set image",
  use: "set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
  short: "Update existing container image(s) of resources.",
  flags: setFlags,
  async run(invocation) {
    dryRunOf(invocation.flags);
    const { resources, pairs } = splitPairs(invocation.args, "image");
    const images = parsePairs(pairs, "image", false).set;
    const session = await invocation.session();
    const objects = await findForSet(invocation, session, resources);
    validate(invocation, resources, images);
    return setOnAll(invocation, session, objects, {
      done: "image updated",
      failure: "failed to patch image update to pod template: ",
      change(object, problems) {
        const spec = podSpecOf(object);
        for (const [name, image] of images) {
          const containers =
            name === "*" ? containersOf(spec, "*") : containersOf(spec, "*").filter((c) => c.name === name);
          for (const container of containers) container.image = image;
          if (containers.length === 0)
            problems.push(new CommandError(`error: unable to find container named ${JSON.stringify(name)}`));
        }
        return true;
      },
    });
  },
};

/** @throws CommandErrors with everything that is wrong */
function validate({ flags }: Invocation, resources: readonly string[], images: ReadonlyMap<string, string>): void {
  const problems: CommandError[] = [];
  if (flags.bool("all") && flags.string("selector")) problems.push(bothAllAndSelector());
  if (resources.length === 0 && givenFiles(flags).length === 0) problems.push(noResource());
  if (images.size === 0) problems.push(new CommandError("at least one image update is required"));
  else if (images.size > 1 && images.has("*")) {
    problems.push(
      new CommandError(
        "all containers are already specified by *, but saw more than one container_name=container_image pairs",
      ),
    );
  }
  if (flags.bool("local") && dryRunOf(flags) === "server") {
    problems.push(new CommandError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?"));
  }
  if (problems.length > 0) throw new CommandErrors(problems);
}
