import { systemClock as clock } from "../../../base/clock.ts";
import { StatusError } from "../../../base/errors.ts";
import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { resourceText } from "../core/discovery.ts";
import { dryRunOf, dryRunQuery } from "../core/dry-run.ts";
import { type Found, findObjects } from "../core/find-objects.ts";
import { printResult } from "../core/operations.ts";
import { apiPath } from "../core/paths.ts";
import { recorded } from "../core/record.ts";
import type { Session } from "../core/session.ts";
import { dryRunFlag, filenameFlags, recordFlag, selectorFlag } from "../core/shared-flags.ts";
import { mergePatchBetween } from "../core/two-way.ts";
import { printFlags } from "../print/print-flags.ts";

export const scaleCommand: Command = {
  path: "scale",
  use: "scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
  short: "Set a new size for a deployment, replica set, replication controller, or stateful set.",
  flags: [
    {
      name: "all",
      type: "bool",
      default: "false",
      usage: "Select all resources in the namespace of the specified resource types",
    },
    {
      name: "current-replicas",
      type: "int",
      default: "-1",
      usage: "Precondition for current size. -1 (default) for no condition.",
    },
    dryRunFlag,
    ...filenameFlags,
    ...printFlags,
    {
      name: "replicas",
      type: "int",
      default: "0",
      usage: "The new desired number of replicas. Required.",
      required: true,
    },
    recordFlag,
    { name: "resource-version", type: "string", default: "", usage: "Precondition for resource version." },
    selectorFlag,
    {
      name: "timeout",
      type: "duration",
      default: "0s",
      usage: "The length of time to wait before giving up on a scale operation, zero means don't wait.",
    },
  ],
  run,
};

interface Scale {
  readonly metadata: { readonly resourceVersion?: string };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number };
}

async function run(invocation: Invocation): Promise<undefined> {
  const { flags } = invocation;
  const dryRun = dryRunOf(flags);
  const replicas = flags.int("replicas");
  if (replicas < 0)
    throw new CommandError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
  if (flags.int("current-replicas") < -1)
    throw new CommandError("The --current-replicas must specify an integer of -1 or greater");
  const session = await invocation.session();
  const options = { typeMeansAll: flags.bool("all"), fileIsObject: true };
  const { found, errors } = await findObjects(invocation, session, options);
  if (flags.string("resource-version") && found.length > 1)
    throw new CommandError("cannot use --resource-version with multiple resources");
  if (found.length === 0) {
    const why = errors.length > 0 ? errors.map((e) => (e as Error).message).join(", ") : "<nil>";
    throw new CommandError(`no objects passed to scale ${why}`);
  }
  for (const one of found) {
    if (dryRun !== "client") await scaleOrSay(invocation, session, one, replicas);
    if (dryRun !== "client") await record(invocation, session, one);
    // As it was: kubectl does not read what it has scaled.
    await printResult(invocation, one.resource, one.object, "scaled", dryRun);
  }
  if (errors.length > 0) throw new CommandErrors(errors);
  return undefined;
}

/** The client of scales asks for resources without their group, and says so when there is none. */
async function scaleOrSay(...args: Parameters<typeof scale>): Promise<void> {
  try {
    await scale(...args);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 404 || error.status.details) throw error;
    const [, , { resource, object }] = args;
    const what = `the server could not find the requested resource (patch ${resource.plural} ${object.metadata.name})`;
    throw new StatusError(404, "NotFound", what);
  }
}

/** The command line as change-cause, where it is asked for. What cannot be recorded stays unrecorded, as in kubectl. */
async function record(invocation: Invocation, session: Session, { resource, object }: Found): Promise<void> {
  const after = recorded(invocation, object);
  if (after === object) return;
  const { namespace, name } = object.metadata;
  await session
    .json("PATCH", apiPath(resource, { namespace, name }), {
      body: mergePatchBetween(object, after),
      contentType: "application/merge-patch+json",
    })
    .catch(() => {});
}

async function scale(invocation: Invocation, session: Session, { resource, object }: Found, replicas: number) {
  const { flags } = invocation;
  const { namespace, name } = object.metadata;
  const place = { namespace, name, subresource: "scale" };
  const path = apiPath(resource, place, { dryRun: dryRunQuery(dryRunOf(flags)) });
  const expected = flags.int("current-replicas");
  const version = flags.string("resource-version");
  if (expected === -1 && version === "") {
    const contentType = "application/merge-patch+json";
    await session.json("PATCH", path, { contentType, body: { spec: { replicas } } });
  } else {
    const now = await session.json<Scale>("GET", apiPath(resource, place));
    const size = now.spec?.replicas ?? 0;
    if (expected !== -1 && size !== expected)
      throw new CommandError(`Expected replicas to be ${expected}, was ${size}`);
    if (version !== "" && now.metadata.resourceVersion !== version)
      throw new CommandError(`Expected resource version to be ${version}, was ${now.metadata.resourceVersion}`);
    await session.json("PUT", path, { body: { ...now, spec: { ...now.spec, replicas } } });
  }
  const timeout = flags.duration("timeout");
  if (timeout > 0 && dryRunOf(flags) === "none") await untilScaled(session, { resource, object }, timeout);
}

/** Asks once a second, as kubectl does. @throws CommandError after `timeout` milliseconds */
async function untilScaled(session: Session, { resource, object }: Found, timeout: number): Promise<void> {
  const { namespace, name } = object.metadata;
  const end = clock.monotonic() + timeout;
  for (;;) {
    const now = await session.json<Scale>("GET", apiPath(resource, { namespace, name, subresource: "scale" }));
    if ((now.status?.replicas ?? 0) === (now.spec?.replicas ?? 0)) return;
    if (clock.monotonic() >= end)
      throw new CommandError(`timed out waiting for "${resourceText(resource)}" to be synced`);
    await clock.sleep(Math.min(1000, end - clock.monotonic()));
  }
}
