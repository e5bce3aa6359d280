import { type Command, CommandError } from "../../core/command.ts";
import { dryRunOf } from "../../core/dry-run.ts";
import { textFlag } from "../../core/flags.ts";
import { containersOf, podSpecOf } from "../../core/pod-spec.ts";
import { parseResourceList } from "../../core/resource-list.ts";
import { bothAllAndSelector, findForSet, refuseLocalOnServer, setFlags, setOnAll } from "./shared.ts";

export const setResourcesCommand: Command = {
  path: "set resources",
  use: "set resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]",
  short: "Specify compute resource requirements (CPU, memory) for any resource that defines a pod template.",
  flags: [
    ...setFlags,
    textFlag("containers", "The names of containers to change; * stands for any text.", "*", "c"),
    textFlag("limits", "The resource limits: cpu=100m,memory=256Mi."),
    textFlag("requests", "The resource requests: cpu=100m,memory=256Mi."),
  ],
  async run(invocation) {
    const { flags, args } = invocation;
    dryRunOf(flags);
    const session = await invocation.session();
    const objects = await findForSet(invocation, session, args);
    refuseLocalOnServer(invocation);
    if (flags.bool("all") && flags.string("selector")) throw bothAllAndSelector();
    if (!flags.string("limits") && !flags.string("requests")) {
      throw new CommandError("you must specify an update to requests or limits (in the form of --requests/--limits)");
    }
    const limits = parseResourceList(flags.string("limits"));
    const requests = parseResourceList(flags.string("requests"));
    const names = flags.string("containers");
    return setOnAll(invocation, session, objects, {
      done: "resource requirements updated",
      failure: "failed to patch resources update to pod template ",
      change(object, problems) {
        const containers = containersOf(podSpecOf(object), names);
        if (containers.length === 0) problems.push(new CommandError(`error: unable to find container named ${names}`));
        for (const container of containers) {
          const now = container.resources ?? {};
          container.resources = {
            ...now,
            ...(flags.string("limits") ? { limits: { ...now.limits, ...limits } } : {}),
            ...(flags.string("requests") ? { requests: { ...now.requests, ...requests } } : {}),
          };
        }
        return containers.length > 0;
      },
    });
  },
};
