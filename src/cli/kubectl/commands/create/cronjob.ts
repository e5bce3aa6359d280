import { textFlag } from "../../core/flags.ts";
import { createCommand } from "./shared.ts";

export const createCronJobCommand = createCommand({
  name: "cronjob",
  use: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
  short: "Create a cron job with the specified name.",
  flags: [
    { ...textFlag("image", "Image name to run."), required: true },
    textFlag("restart", "job's restart policy. supported values: OnFailure, Never"),
    { ...textFlag("schedule", "A schedule in the Cron format the job should be run with."), required: true },
  ],
  failure: "failed to create cronjob: ",
  build({ flags }, name, command) {
    const containers = [{ name, image: flags.string("image"), ...(command.length > 0 ? { command } : {}) }];
    const restartPolicy = flags.string("restart") || "OnFailure";
    return {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name },
      spec: {
        schedule: flags.string("schedule"),
        jobTemplate: { metadata: { name }, spec: { template: { spec: { containers, restartPolicy } } } },
      },
    };
  },
});
