import { systemRandom } from "../../../../base/clock.ts";
import { randomName } from "../../../../base/random-names.ts";
import { CommandError } from "../../core/command.ts";
import { listFlag } from "../../core/flags.ts";
import { createCommand } from "./shared.ts";

export const createDeploymentCommand = createCommand({
  name: "deployment",
  use: "NAME --image=image -- [COMMAND] [args...] [flags]",
  short: "Create a deployment with the specified name.",
  flags: [
    {
      ...listFlag("image", "Image names to run. Several make a multi-container pod.", "stringSlice"),
      required: true,
    },
    { name: "port", type: "int32", default: "-1", usage: "The containerPort that this deployment exposes." },
    { name: "replicas", short: "r", type: "int32", default: "1", usage: "Number of replicas to create. Default is 1." },
  ],
  failure: "failed to create deployment: ",
  build({ flags }, name, command) {
    const images = flags.list("image");
    if (images.length > 1 && command.length > 0)
      throw new CommandError("cannot specify multiple --image options and command");
    const port = flags.int("port");
    const containers = images.map((image, i) => ({
      name: containerName(image),
      image,
      ...(command.length > 0 ? { command } : {}),
      ...(port >= 0 && i === 0 ? { ports: [{ containerPort: port }] } : {}),
    }));
    const labels = { app: name };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, labels },
      spec: {
        replicas: flags.int("replicas"),
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    };
  },
});

/** A container is called like its image: the last part of the path, without tag and digest. */
function containerName(image: string): string {
  const last = image.split("/").at(-1) ?? image;
  const name = (last.split(":")[0] ?? last).split("@")[0] ?? last;
  return /[_.]/.test(name) ? `${name.replace(/[_.]/g, "-")}-${randomName(systemRandom, 5)}` : name;
}
