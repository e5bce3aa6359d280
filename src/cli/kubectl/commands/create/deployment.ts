import { type Command, CommandError } from "../../core/command.ts";
import { createFlags, createObject } from "./shared.ts";

export const createDeploymentCommand: Command = {
  path: "create deployment",
  use: "create deployment NAME --image=image -- [COMMAND] [args...] [flags]",
  short: "Create a deployment with the specified name.",
  flags: [
    ...createFlags,
    {
      name: "image",
      type: "stringSlice",
      default: "",
      usage: "Image names to run. A deployment can have multiple images set for multi-container pod.",
    },
    { name: "port", type: "int", default: "-1", usage: "The containerPort that this deployment exposes." },
    { name: "replicas", short: "r", type: "int", default: "1", usage: "Number of replicas to create. Default is 1." },
  ],
  async run(invocation) {
    const { flags } = invocation;
    const beforeDash = flags.argsBeforeDash < 0 ? flags.args.length : flags.argsBeforeDash;
    const [name, ...surplus] = flags.args.slice(0, beforeDash);
    const command = flags.args.slice(beforeDash);
    if (name === undefined || surplus.length > 0) {
      throw new CommandError(
        `exactly one NAME is required, got ${beforeDash}\nSee 'kubectl create deployment -h' for help and examples`,
      );
    }
    const images = flags.list("image");
    if (images.length === 0) throw new CommandError('required flag(s) "image" not set');
    if (images.length > 1 && command.length > 0)
      throw new CommandError("cannot specify multiple --image options and command");
    const replicas = flags.int("replicas");
    const port = flags.int("port");
    const containers = images.map((image) => ({
      name: containerName(image, images.length > 1 ? images : []),
      image,
      ...(command.length > 0 ? { command } : {}),
      ...(port >= 0 ? { ports: [{ containerPort: port }] } : {}),
      resources: {},
    }));
    const labels = { app: name };
    return createObject(invocation, "deployments.apps", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, labels },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        strategy: {},
        template: { metadata: { labels }, spec: { containers } },
      },
      status: {},
    });
  },
};

/** A container is called like its image: the last part of the path, without tag and digest, as far as names allow. */
function containerName(image: string, others: readonly string[]): string {
  const last = image.split("/").at(-1) ?? image;
  const base = last.split(":")[0]?.split("@")[0] ?? last;
  const clean = base
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);
  const doubles = others.filter((other) => other !== image && other.includes(base)).length > 0;
  return doubles ? `${clean}-${others.indexOf(image) + 1}` : clean;
}
