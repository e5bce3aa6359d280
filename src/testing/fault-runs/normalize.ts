/** The state of a cluster without what differs from run to run: generated names, UIDs, revisions of the store, times. */
import type { OwnerReference } from "../../api/generated/types.ts";
import type { KindRef, KubeObject } from "../../api/kind.ts";
import type { Client } from "../../client/client.ts";
import { controllerRevisions, daemonSets, deployments, pods, replicaSets, statefulSets } from "../../client/kinds.ts";

const compared = [deployments, replicaSets, statefulSets, daemonSets, controllerRevisions, pods] as const;

const dropped = new Set([
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "managedFields",
  "lastUpdateTime",
  "lastTransitionTime",
  "startTime",
]);

const sizeAnnotations = ["deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas"];

type Json = { readonly [key: string]: unknown };

/** Keys sorted, volatile fields gone. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !dropped.has(key));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, plain(inner)]));
}

/**
 * One line of JSON for each object, sorted. Everything is kept but:
 * - names that the server made up become the prefix that was asked for;
 * - an owner is named by its kind and name, and by whether it is there under the UID that the reference has;
 * - `generation` counts writes of the spec, and a step of two pods is as good as two of one: only whether
 *   `observedGeneration` has caught up is kept;
 * - a ReplicaSet without pods keeps the size annotations of when it was last scaled, which are read only while it has
 *   some: they are left out;
 * - a condition whose status and reason stay keeps its message, so that of a rollout of which the middle was not seen
 *   still names the ReplicaSet before: the name is left out;
 * - conditions are in the order of their types, not of their last change;
 * - which node a pod is on, unless it is bound to it as a DaemonSet's are.
 */
export async function snapshotOf(client: Client): Promise<readonly string[]> {
  const lists = await Promise.all(compared.map((kind) => client.list(kind as KindRef<KubeObject>)));
  const objects = lists.flatMap(({ items }, i) => items.map((object) => ({ kind: compared[i]?.kind, object })));
  const uids = new Set(objects.map(({ object }) => object.metadata?.uid));
  return objects.map(({ kind, object }) => JSON.stringify(lineOf(kind ?? "", object, uids))).sort();
}

function lineOf(kind: string, object: KubeObject, uids: ReadonlySet<string | undefined>): Json {
  const { metadata, spec, status, ...rest } = plain(object) as { metadata: Json; spec?: Json; status?: Json };
  const { generation, generateName, name, ownerReferences, annotations = {}, ...meta } = metadata;
  const isIdle = kind === "ReplicaSet" && spec?.replicas === 0;
  const kept = Object.entries(annotations as Record<string, string>).filter(
    ([key]) => !isIdle || !sizeAnnotations.includes(key),
  );
  const { observedGeneration, conditions, ...counts } = status ?? {};
  const isDaemon = object.metadata?.ownerReferences?.some((owner) => owner.kind === "DaemonSet");
  const { nodeName, ...others } = spec ?? {};
  const ownerOf = ({ uid, ...owner }: OwnerReference) => ({ ...owner, there: uids.has(uid) });
  const typed = ((conditions as readonly { type: string; message?: string }[] | undefined) ?? []).map((condition) => ({
    ...condition,
    message: condition.message?.replace(/^ReplicaSet "[^"]+"/, "ReplicaSet"),
  }));
  return {
    kind,
    name: generateName ? `${generateName}*` : name,
    ...meta,
    annotations: Object.fromEntries(kept),
    owners: (object.metadata?.ownerReferences ?? []).map(ownerOf),
    spec: isDaemon ? spec : others,
    status: {
      ...counts,
      observed: observedGeneration === undefined ? undefined : observedGeneration === generation,
      conditions: [...typed].sort((a, b) => (a.type < b.type ? -1 : 1)),
    },
    ...rest,
  };
}
