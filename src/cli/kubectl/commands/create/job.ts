import { CommandError, type Invocation } from "../../core/command.ts";
import { findObjects, type LiveObject } from "../../core/find-objects.ts";
import { textFlag } from "../../core/flags.ts";
import type { ManifestObject } from "../../core/manifests.ts";
import { createCommand } from "./shared.ts";

export const createJobCommand = createCommand({
  name: "job",
  use: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...] [flags]",
  short: "Create a job with the specified name.",
  flags: [
    textFlag("from", "The name of the resource to create a Job from (only cronjob is supported)."),
    textFlag("image", "Image name to run."),
  ],
  failure: "failed to create job: ",
  build(invocation, name, command) {
    const { flags } = invocation;
    const [image, from] = [flags.string("image"), flags.string("from")];
    if ((image === "") === (from === "")) throw new CommandError("either --image or --from must be specified");
    if (from && command.length > 0) throw new CommandError("cannot specify --from and command");
    if (from) return jobFrom(invocation, name, from);
    const containers = [{ name, image, ...(command.length > 0 ? { command } : {}) }];
    const spec = { template: { spec: { containers, restartPolicy: "Never" } } };
    return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec };
  },
});

interface CronJob {
  readonly spec: { readonly jobTemplate: Pick<LiveObject, "metadata"> & { readonly spec: object } };
}

async function jobFrom(invocation: Invocation, name: string, from: string): Promise<ManifestObject> {
  const session = await invocation.session();
  const { found, errors } = await findObjects(invocation, session, { args: [from], typed: true });
  if (errors.length > 0) throw errors[0];
  const [only] = found;
  if (!only || found.length > 1) throw new CommandError("from must be an existing cronjob");
  const { object } = only;
  if (object.kind !== "CronJob") {
    const [version = ""] = object.apiVersion.split("/").reverse();
    throw new CommandError(`unknown object type *${version}.${object.kind}`);
  }
  const { jobTemplate } = (object as unknown as CronJob).spec;
  const { labels, annotations } = jobTemplate.metadata ?? {};
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      annotations: { "cronjob.kubernetes.io/instantiate": "manual", ...annotations },
      ...(labels ? { labels } : {}),
      ownerReferences: [
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          name: object.metadata.name,
          uid: object.metadata.uid,
          controller: true,
        },
      ],
    },
    spec: jobTemplate.spec,
  };
}
