import type { HorizontalPodAutoscaler, V2HorizontalPodAutoscaler } from "../../../api/generated/types.ts";
import { StatusError } from "../../../base/errors.ts";
import { type Command, CommandError, type Invocation } from "../core/command.ts";
import type { ServedResource } from "../core/discovery.ts";
import { dryRunOf, dryRunQuery } from "../core/dry-run.ts";
import { type Found, forEachObject } from "../core/find-objects.ts";
import type { Flag, FlagValues } from "../core/flags.ts";
import { textFlag } from "../core/flags.ts";
import { withTypedLastApplied } from "../core/last-applied.ts";
import type { ManifestObject } from "../core/manifests.ts";
import { printResult } from "../core/operations.ts";
import { apiPath, apiVersionText } from "../core/paths.ts";
import { recorded } from "../core/record.ts";
import type { Session } from "../core/session.ts";
import { dryRunFlag, fieldManagerFlag, filenameFlags, recordFlag, saveConfigFlag } from "../core/shared-flags.ts";
import { asGoWrites, localResource } from "../core/typed.ts";
import { printFlags } from "../print/print-flags.ts";
import { metricOf, targetOf } from "./autoscale/metrics.ts";

const number = (name: string, usage: string, more: Partial<Flag> = {}): Flag => ({
  name,
  type: "int32",
  default: "-1",
  usage,
  ...more,
});

export const autoscaleCommand: Command = {
  path: "autoscale",
  use: "autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]",
  short: "Let the number of pods of a Deployment, ReplicaSet, StatefulSet or ReplicationController follow their load.",
  flags: [
    textFlag("cpu", "The CPU that pods are to use on average: a share of what they request (70%) or an amount (500m)."),
    number("cpu-percent", "The share of the CPU that they request that pods are to use on average.", {
      deprecated:
        "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
    }),
    dryRunFlag,
    fieldManagerFlag("kubectl-autoscale"),
    ...filenameFlags,
    number("max", "At most so many pods.", { required: true }),
    textFlag(
      "memory",
      "The memory that pods are to use on average: a share of what they request (60%) or an amount (200Mi).",
    ),
    number("min", "At least so many pods; below zero: what the server takes by default."),
    textFlag("name", "The name of the autoscaler; by default that of what it scales."),
    ...printFlags,
    recordFlag,
    saveConfigFlag,
  ],
  async run(invocation) {
    const { flags } = invocation;
    const session = await invocation.session();
    dryRunOf(flags);
    validate(flags);
    const count = await forEachObject(invocation, session, {}, (found) => scale(invocation, session, found));
    if (count === 0) throw new CommandError("no objects passed to autoscale");
    return undefined;
  },
};

function validate(flags: FlagValues): void {
  const [min, max] = [flags.int("min"), flags.int("max")];
  if (max < 1) throw new CommandError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min)
    throw new CommandError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  if (flags.int("cpu-percent") > 0 && flags.string("cpu"))
    throw new CommandError("--cpu-percent and --cpu are mutually exclusive");
  for (const name of ["cpu", "memory"] as const) if (flags.string(name)) targetOf(name, flags.string(name));
}

async function scale(invocation: Invocation, session: Session, { resource, object }: Found): Promise<void> {
  const { flags } = invocation;
  if (!resource.subresources.includes("scale")) {
    const { group, version, plural } = resource;
    const asked = `${group}/${version}, Resource=${plural}`;
    throw new CommandError(
      `cannot autoscale a ${resource.kind}: could not find scale subresource for ${asked} in discovery information`,
    );
  }
  const { name } = object.metadata;
  try {
    await create(invocation, session, second(flags, resource, name));
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    // A server that does not have version 2 may still have the first, which knows less.
    const cpu = flags.string("cpu");
    let utilization = false;
    try {
      utilization = targetOf("cpu", cpu).type === "Utilization";
    } catch (problem) {
      const why = "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1";
      throw new CommandError(`${why}: ${(problem as Error).message}`);
    }
    if (flags.string("memory") || !(flags.int("cpu-percent") >= 0 || utilization))
      throw new CommandError(
        "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: %!w(<nil>)",
      );
    await create(invocation, session, first(flags, resource, name));
  }
}

const target = (resource: ServedResource, name: string) => ({
  apiVersion: apiVersionText(resource),
  kind: resource.kind,
  name,
});

const common = (flags: FlagValues, resource: ServedResource, name: string) => ({
  kind: "HorizontalPodAutoscaler",
  metadata: { name: flags.string("name") || name },
  spec: {
    maxReplicas: flags.int("max"),
    ...(flags.int("min") > 0 ? { minReplicas: flags.int("min") } : {}),
    scaleTargetRef: target(resource, name),
  },
});

function second(flags: FlagValues, resource: ServedResource, name: string): V2HorizontalPodAutoscaler {
  const percent = flags.int("cpu-percent");
  const metrics = [
    ...(percent > 0 ? [metricOf("cpu", { type: "Utilization", averageUtilization: percent })] : []),
    ...(["cpu", "memory"] as const).flatMap((measured) =>
      flags.string(measured) ? [metricOf(measured, targetOf(measured, flags.string(measured)))] : [],
    ),
  ];
  const { spec, ...rest } = common(flags, resource, name);
  return { apiVersion: "autoscaling/v2", ...rest, spec: { ...spec, ...(metrics.length > 0 ? { metrics } : {}) } };
}

function first(flags: FlagValues, resource: ServedResource, name: string): HorizontalPodAutoscaler {
  const percent = flags.int("cpu-percent");
  const { spec, ...rest } = common(flags, resource, name);
  const cpu = percent >= 0 ? { targetCPUUtilizationPercentage: percent } : {};
  return { apiVersion: "autoscaling/v1", ...rest, spec: { ...spec, ...cpu } };
}

async function create(
  invocation: Invocation,
  session: Session,
  autoscaler: HorizontalPodAutoscaler | V2HorizontalPodAutoscaler,
): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(flags);
  const object = recorded(
    invocation,
    asGoWrites(autoscaler) as unknown as Found["object"],
  ) as unknown as ManifestObject;
  const resource = { ...localResource(object), plural: "horizontalpodautoscalers" };
  if (dryRun === "client") {
    await printResult(invocation, resource, object, "created", dryRun, { typed: true });
    return;
  }
  const query = { dryRun: dryRunQuery(dryRun), fieldManager: flags.string("field-manager") };
  const made = await session.json<ManifestObject>("POST", apiPath(resource, { namespace: session.namespace }, query), {
    body: withTypedLastApplied(object, flags.bool("save-config")),
  });
  await printResult(invocation, resource, made, "autoscaled", dryRun, { typed: true });
}
