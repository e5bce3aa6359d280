import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { dryRunOf, dryRunQuery } from "../core/dry-run.ts";
import type { LiveObject } from "../core/find-objects.ts";
import { listFlag, switchFlag, textFlag } from "../core/flags.ts";
import { withTypedLastApplied } from "../core/last-applied.ts";
import type { ManifestObject } from "../core/manifests.ts";
import { printResult } from "../core/operations.ts";
import { overrideFlags, withOverrides } from "../core/overrides.ts";
import { apiPath } from "../core/paths.ts";
import { recorded } from "../core/record.ts";
import type { Session } from "../core/session.ts";
import { dryRunFlag, fieldManagerFlag, filenameFlags, recordFlag, saveConfigFlag } from "../core/shared-flags.ts";
import { asGoWrites, localResource } from "../core/typed.ts";
import { printFlags } from "../print/print-flags.ts";
import { deletionFlags, propagationOf } from "./delete/flags.ts";
import { podOf, serviceOf } from "./run/pod.ts";

export const runCommand: Command = {
  path: "run",
  use: 'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...] [flags]',
  short: "Run a particular image on the cluster.",
  flags: [
    listFlag("annotations", "Annotations to apply to the pod."),
    switchFlag("attach", "If true, wait for the Pod to start running, and then attach to it."),
    switchFlag("command", "If true, extra arguments are the container's command, not its args."),
    ...deletionFlags("false"),
    dryRunFlag,
    listFlag("env", "Environment variables to set in the container."),
    switchFlag("expose", "If true, create a ClusterIP service associated with the pod. Requires --port."),
    fieldManagerFlag("kubectl-run"),
    ...filenameFlags,
    { ...textFlag("image", "The image for the container to run."), required: true },
    textFlag("image-pull-policy", "The image pull policy for the container; without one the server chooses."),
    textFlag("labels", "Comma separated labels to apply to the pod. Will override previous values.", "", "l"),
    switchFlag("leave-stdin-open", "If true, stdin stays open after the first attach completes."),
    ...printFlags,
    ...overrideFlags,
    {
      name: "pod-running-timeout",
      type: "duration",
      default: "1m0s",
      usage: "The length of time to wait until at least one pod is running.",
    },
    textFlag("port", "The port that this container exposes."),
    switchFlag("privileged", "If true, run the container in privileged mode."),
    { ...switchFlag("quiet", "If true, suppress prompt messages."), short: "q" },
    recordFlag,
    textFlag("restart", "The restart policy for this Pod. Legal values [Always, OnFailure, Never].", "Always"),
    switchFlag("rm", "If true, delete the pod after it exits. Only valid when attaching to the container."),
    saveConfigFlag,
    { ...switchFlag("stdin", "Keep stdin open on the container, even if nothing is attached."), short: "i" },
    { ...switchFlag("tty", "Allocate a TTY for the container in the pod."), short: "t" },
  ],
  async run(invocation) {
    check(invocation);
    const session = await invocation.session();
    const pod = await create(invocation, session, withOverrides(invocation, podOf(invocation)));
    const problems: unknown[] = [];
    if (invocation.flags.bool("expose")) {
      try {
        await show(invocation, await create(invocation, session, serviceOf(invocation)));
        // One for the end of the Service, and the printer's own follows.
        if (invocation.flags.string("output") === "yaml") invocation.print("---");
      } catch (error) {
        problems.push(error);
      }
    }
    await show(invocation, pod);
    if (problems.length > 0) throw new CommandErrors(problems);
    return undefined;
  },
};

/** What Docker calls a reference: a registry and a path, a tag, a digest. */
const imagePattern =
  /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** @throws CommandError in kubectl's words, in its order */
function check({ flags }: Invocation): void {
  const usage = (text: string) => new CommandError(`${text}\nSee 'kubectl run -h' for help and examples`);
  const dryRun = dryRunOf(flags);
  propagationOf(flags.string("cascade"));
  const attach = flags.changed("attach") ? flags.bool("attach") : flags.bool("stdin");
  if (flags.args.length === 0 || flags.argsBeforeDash === 0) throw usage("NAME is required for run");
  if (flags.duration("pod-running-timeout") <= 0) throw usage("--pod-running-timeout must be higher than zero");
  const image = flags.string("image");
  if (image === "") throw new CommandError("--image is required");
  if (!imagePattern.test(image))
    throw new CommandError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  if (flags.bool("tty") && !flags.bool("stdin"))
    throw usage("-i/--stdin is required for containers with -t/--tty=true");
  if (flags.bool("expose") && !flags.string("port")) throw usage("--port must be set when exposing a service");
  const restart = flags.string("restart");
  if (!["", "Always", "OnFailure", "Never"].includes(restart)) throw usage(`invalid restart policy: ${restart}`);
  if (!attach && flags.bool("rm")) throw usage("--rm should only be used for attached containers");
  if (attach && dryRun !== "none") {
    throw usage(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  }
  const pull = flags.string("image-pull-policy");
  if (!["", "Always", "IfNotPresent", "Never"].includes(pull)) throw usage(`invalid image pull policy: ${pull}`);
  if (attach)
    throw new CommandError(
      "run cannot attach to containers: this kubectl does not stream; run it without --attach and --stdin",
    );
}

/** Creates it, or with `--dry-run=client` makes it what would be created. */
async function create(invocation: Invocation, session: Session, made: ManifestObject): Promise<LiveObject> {
  const { flags } = invocation;
  const dryRun = dryRunOf(flags);
  const object = recorded(invocation, asGoWrites(made) as unknown as LiveObject);
  if (dryRun === "client") {
    if (!session.namespaceGiven) return object;
    return { ...object, metadata: { ...object.metadata, namespace: session.namespace } };
  }
  const body = withTypedLastApplied(object, flags.bool("save-config"));
  const query = { dryRun: dryRunQuery(dryRun), fieldManager: flags.string("field-manager") };
  const path = apiPath(localResource(object), { namespace: session.namespace }, query);
  return session.json<LiveObject>("POST", path, { body });
}

const show = (invocation: Invocation, object: LiveObject): Promise<void> =>
  printResult(invocation, localResource(object), object, "created", dryRunOf(invocation.flags), { typed: true });
