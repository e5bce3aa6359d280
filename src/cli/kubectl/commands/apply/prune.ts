/** `apply --prune`: deletes what was applied earlier and is in the files no more. */
import { CommandError, type Invocation } from "../../core/command.ts";
import type { Discovery, ServedResource } from "../../core/discovery.ts";
import { type DryRun, dryRunQuery } from "../../core/dry-run.ts";
import type { LiveObject } from "../../core/find-objects.ts";
import { lastAppliedAnnotation } from "../../core/last-applied.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath, apiVersionText } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import type { Target } from "../../core/targets.ts";

const usualKinds = [
  ...["ConfigMap", "Endpoints", "PersistentVolumeClaim", "Pod", "ReplicationController", "Secret", "Service"].map(
    (kind) => ["", "v1", kind] as const,
  ),
  ["batch", "v1", "Job"],
  ["batch", "v1", "CronJob"],
  ["networking.k8s.io", "v1", "Ingress"],
  ["apps", "v1", "DaemonSet"],
  ["apps", "v1", "Deployment"],
  ["apps", "v1", "ReplicaSet"],
  ["apps", "v1", "StatefulSet"],
  ["", "v1", "Namespace"],
  ["", "v1", "PersistentVolume"],
] as const;

const ofNoNamespace = new Set(["Namespace", "PersistentVolume"]);

/** A kind to prune, which the server need not have. */
export type Prunable = () => ServedResource;

/**
 * @param allowed `group/version/kind`; none means the usual kinds
 * @throws CommandError for what is no such text, and for a kind that was asked for and is not served
 */
export function pruneResources(discovery: Discovery, allowed: readonly string[]): Prunable[] {
  const find = (group: string, version: string, kind: string) => {
    const found = discovery.resources.find((r) => r.group === group && r.version === version && r.kind === kind);
    if (found) return found;
    discovery.missed = true;
    const versioned = group ? `${group}/${version}` : version;
    throw new CommandError(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(versioned)}`);
  };
  if (allowed.length > 0) {
    const resources = allowed.map((text) => {
      const [group = "", version = "", kind = "", ...more] = text.split("/");
      if (kind === "" || more.length > 0)
        throw new CommandError(`invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`);
      return find(group === "core" ? "" : group, version, kind);
    });
    return resources.map((resource) => () => resource);
  }
  return usualKinds.map(([group, version, kind]) => () => {
    try {
      return find(group, version, kind);
    } catch (error) {
      const what = `${group}/${version}, Kind=${kind}, Namespaced=${!ofNoNamespace.has(kind)}`;
      const why = `invalid resource ${what}: ${(error as Error).message}`;
      throw new CommandError(`error retrieving RESTMappings to prune: ${why}`);
    }
  });
}

/** What a run has seen, and what is looked through for the rest. */
export interface PruneScope {
  readonly resources: readonly Prunable[];
  readonly namespaces: ReadonlySet<string>;
  /** Of what is in the files. */
  readonly uids: ReadonlySet<string>;
  readonly labelSelector: string;
}

export interface PrunePlan extends PruneScope {
  readonly propagationPolicy: string;
  /** Seconds; below zero: the object's own. */
  readonly gracePeriod: number;
  readonly dryRun: DryRun;
}

/** @throws CommandError at the first failure */
export async function prune(invocation: Invocation, session: Session, plan: PrunePlan): Promise<void> {
  const { propagationPolicy, gracePeriod, dryRun } = plan;
  for (const { resource, namespace } of placesOf(plan)) {
    await whilePruning(resource, async () => {
      for (const object of await leftIn(session, resource, namespace, plan)) {
        if (dryRun !== "client") {
          const place = { namespace, name: object.metadata.name };
          await session.json("DELETE", apiPath(resource, place, { dryRun: dryRunQuery(dryRun) }), {
            body: {
              propagationPolicy,
              ...(gracePeriod >= 0 ? { gracePeriodSeconds: gracePeriod } : {}),
              ...(dryRun === "server" ? { dryRun: ["All"] } : {}),
            },
          });
        }
        await printResult(invocation, resource, object, "pruned", dryRun);
      }
    });
  }
}

/** What would be pruned. @throws CommandError at the first failure */
export async function wouldBePruned(session: Session, scope: PruneScope): Promise<Target[]> {
  const all: Target[] = [];
  for (const { resource, namespace } of placesOf(scope)) {
    const objects = await whilePruning(resource, () => leftIn(session, resource, namespace, scope));
    all.push(...objects.map((object) => ({ resource, namespace, name: object.metadata.name, object })));
  }
  return all;
}

interface Place {
  readonly resource: ServedResource;
  readonly namespace: string | undefined;
}

function placesOf({ resources, namespaces }: PruneScope): Place[] {
  const served = resources.map((resource) => resource());
  const inNamespaces = served.filter((r) => r.namespaced);
  return [
    ...[...namespaces].flatMap((namespace) => inNamespaces.map((resource) => ({ resource, namespace }))),
    ...served.filter((r) => !r.namespaced).map((resource) => ({ resource, namespace: undefined })),
  ];
}

/** Applied earlier, and not in the files. */
async function leftIn(
  session: Session,
  resource: ServedResource,
  namespace: string | undefined,
  { uids, labelSelector }: PruneScope,
): Promise<LiveObject[]> {
  const { items = [] } = await session.json<{ items?: LiveObject[] }>(
    "GET",
    apiPath(resource, { namespace }, { labelSelector }),
  );
  return items
    .filter(({ metadata }) => metadata.annotations?.[lastAppliedAnnotation] !== undefined && !uids.has(metadata.uid))
    .map((item) => ({ ...item, apiVersion: apiVersionText(resource), kind: resource.kind }));
}

async function whilePruning<T>(
  { group, version, kind, namespaced }: ServedResource,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const what = namespaced ? "namespaced" : "nonNamespaced";
    throw new CommandError(
      `error pruning ${what} object ${group}/${version}, Kind=${kind}: ${(error as Error).message}`,
    );
  }
}
