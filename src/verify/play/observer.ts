/** Watches one Deployment and its pods, and keeps the extremes of what it saw. */
import type { Deployment, Pod } from "../../api/generated/types.ts";
import type { KindRef, KubeObject } from "../../api/kind.ts";
import type { ObjectName } from "../../client/client.ts";
import { deployments, pods } from "../../client/kinds.ts";
import { findCondition } from "../../controllers/deployment/conditions.ts";
import type { Cluster } from "../../testing/cluster.ts";
import { type Counts, PodCounts } from "./pod-counts.ts";

export interface Extremes {
  readonly lowestAvailable: number;
  readonly lowestWorking: number;
  readonly mostPods: number;
  /** The longest that no pod was both available and at work, in milliseconds. */
  readonly longestDown: number;
}

export interface Observer {
  /** As it is now. */
  readonly deployment: Deployment | undefined;
  readonly counts: Counts;
  /** Of the Deployment, those that are being deleted included. */
  readonly pods: readonly Pod[];
  /** When the progress deadline passed first, in milliseconds since the epoch; undefined: it has not. */
  readonly deadlinePassedAt: number | undefined;
  /** Since the observer was made; down times go up to the last {@link sample}. */
  readonly extremes: Extremes;
  /** Looks at the counts now. Between two events they change by time alone: call it whenever time has passed. */
  sample(): void;
  /** The node has lost its power, which nobody is told. */
  lose(node: string): void;
  stop(): void;
}

export async function observe(cluster: Cluster, where: ObjectName, minReadySeconds: number): Promise<Observer> {
  const { client, clock } = cluster;
  const all = new PodCounts(minReadySeconds);
  let deployment: Deployment | undefined;
  let deadlinePassedAt: number | undefined;
  let extremes: Extremes | undefined;
  let downSince: number | undefined;

  const sample = () => {
    const now = clock.now();
    const { pods: most, available, working, serving } = all.at(now);
    const down = downSince === undefined ? 0 : now - downSince;
    downSince = serving > 0 ? undefined : (downSince ?? now);
    extremes = {
      lowestAvailable: Math.min(extremes?.lowestAvailable ?? available, available),
      lowestWorking: Math.min(extremes?.lowestWorking ?? working, working),
      mostPods: Math.max(extremes?.mostPods ?? most, most),
      longestDown: Math.max(extremes?.longestDown ?? 0, down),
    };
  };

  const list = await client.list(pods, { namespace: where.namespace });
  for (const pod of list.items) if (isOf(where.name, pod)) all.see(pod, clock.now(), true);
  const watches = [
    await follow(cluster, pods, where.namespace, list.resourceVersion, (type, pod) => {
      if (!isOf(where.name, pod)) return;
      if (type === "DELETED") all.forget(pod);
      else all.see(pod, clock.now());
      sample();
    }),
    await follow(cluster, deployments, where.namespace, "", (type, object) => {
      if (object.metadata?.name !== where.name) return;
      deployment = type === "DELETED" ? undefined : object;
      // Whoever looks later may find that it has been undone already.
      if (isPastDeadline(object)) deadlinePassedAt ??= clock.now();
    }),
  ];
  await clock.settle();
  sample();
  return {
    get deployment() {
      return deployment;
    },
    get counts() {
      return all.at(clock.now());
    },
    get pods() {
      return all.pods;
    },
    get deadlinePassedAt() {
      return deadlinePassedAt;
    },
    get extremes() {
      return extremes as Extremes;
    },
    sample,
    lose(node) {
      all.lose(node);
      sample();
    },
    stop() {
      for (const watch of watches) watch.close();
    },
  };
}

const isPastDeadline = ({ metadata, status }: Deployment): boolean =>
  status?.observedGeneration === metadata?.generation &&
  findCondition(status?.conditions ?? [], "Progressing")?.reason === "ProgressDeadlineExceeded";

/** A ReplicaSet is called after its Deployment and the hash that its pods carry as a label. */
const isOf = (deployment: string, { metadata }: Pod): boolean =>
  metadata?.ownerReferences?.some(
    ({ kind, name }) => kind === "ReplicaSet" && name === `${deployment}-${metadata.labels?.["pod-template-hash"]}`,
  ) ?? false;

async function follow<T extends KubeObject>(
  { client }: Cluster,
  kind: KindRef<T>,
  namespace: string | undefined,
  resourceVersion: string,
  onEvent: (type: "ADDED" | "MODIFIED" | "DELETED", object: T) => void,
): Promise<{ close(): void }> {
  const watch = await client.watch(kind, { namespace, ...(resourceVersion ? { resourceVersion } : {}) });
  void (async () => {
    for await (const event of watch) if (event.type !== "BOOKMARK") onEvent(event.type, event.object);
  })();
  return watch;
}
