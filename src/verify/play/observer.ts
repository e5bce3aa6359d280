/** Watches one workload and its pods, and keeps the extremes of what it saw. */
import type { Pod, StatefulSet } from "../../api/generated/types.ts";
import type { KindRef, KubeObject } from "../../api/kind.ts";
import type { ObjectName } from "../../client/client.ts";
import { pods } from "../../client/kinds.ts";
import { firstOrdinal } from "../../controllers/statefulset/identity.ts";
import type { Cluster } from "../../testing/cluster.ts";
import type { RolloutKind, Workload } from "../kinds/kind.ts";
import type { BrokenPromise, Strategy } from "../report.ts";
import { Discipline } from "./discipline.ts";
import { type Counts, PodCounts } from "./pod-counts.ts";

export interface Extremes {
  readonly lowestAvailable: number;
  readonly lowestWorking: number;
  readonly mostPods: number;
  /** The longest that no pod was both available and at work, in milliseconds. */
  readonly longestDown: number;
}

/** A workload that is played. */
export interface Subject {
  readonly kind: RolloutKind;
  readonly where: ObjectName;
  readonly strategy: Strategy;
}

export interface Observer {
  readonly subject: Subject;
  /** As it is now. */
  readonly object: Workload | undefined;
  readonly counts: Counts;
  /** Of the workload, those that are being deleted included. */
  readonly pods: readonly Pod[];
  /** When the progress deadline passed first, in milliseconds since the epoch; undefined: it has not. */
  readonly deadlinePassedAt: number | undefined;
  /** When the rollout got on last, in milliseconds since the epoch. */
  readonly progressedAt: number;
  /** Since the observer was made; down times go up to the last {@link sample}. */
  readonly extremes: Extremes;
  /** What the strategy says of single pods and was not so. */
  readonly broken: readonly BrokenPromise[];
  isAvailable(pod: Pod): boolean;
  /** Looks at the counts now. Between two events they change by time alone: call it whenever time has passed. */
  sample(): void;
  /** The node has lost its power, which nobody is told. */
  lose(node: string): void;
  /** Deletes the pod, as somebody would by hand. */
  deleteByHand(pod: Pod): Promise<void>;
  stop(): void;
}

export async function observe(cluster: Cluster, subject: Subject): Promise<Observer> {
  const { client, clock } = cluster;
  const { kind, where, strategy } = subject;
  const all = new PodCounts(strategy.minReadySeconds);
  const discipline = new Discipline(strategy);
  let object: Workload | undefined;
  let deadlinePassedAt: number | undefined;
  let progressedAt = clock.now();
  let furthest = 0;
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
  const isAvailable = (pod: Pod) => all.isAvailable(pod, clock.now());

  const list = await client.list(pods, { namespace: where.namespace });
  for (const pod of list.items)
    if (kind.owns(where.name, pod)) {
      all.see(pod, clock.now(), true);
      discipline.found(pod);
    }
  const watches = [
    await follow(cluster, pods, where.namespace, list.resourceVersion, (type, pod) => {
      if (!kind.owns(where.name, pod)) return;
      if (type === "ADDED")
        discipline.created(pod, all.active, firstOrdinal((object ?? {}) as StatefulSet), isAvailable);
      else if (pod.metadata?.deletionTimestamp) discipline.deleting(pod);
      if (type === "DELETED") all.forget(pod);
      else all.see(pod, clock.now());
      sample();
    }),
    await follow(cluster, kind.ref, where.namespace, "", (type, next) => {
      if (next.metadata?.name !== where.name) return;
      // A new spec begins anew.
      if (next.metadata.generation !== object?.metadata?.generation) furthest = 0;
      object = type === "DELETED" ? undefined : next;
      const reached = kind.progress(next);
      if (reached > furthest) {
        furthest = reached;
        progressedAt = clock.now();
      }
      // Whoever looks later may find that it has been undone already.
      if (kind.isPastDeadline(next)) deadlinePassedAt ??= clock.now();
    }),
  ];
  await clock.settle();
  sample();
  return {
    subject,
    get object() {
      return object;
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
    get progressedAt() {
      return progressedAt;
    },
    get extremes() {
      return extremes as Extremes;
    },
    broken: discipline.broken,
    isAvailable,
    sample,
    lose(node) {
      all.lose(node);
      discipline.suspend();
      sample();
    },
    async deleteByHand(pod) {
      discipline.deletedByHand(pod);
      const { namespace, name = "" } = pod.metadata ?? {};
      await client.delete(pods, { ...(namespace === undefined ? {} : { namespace }), name });
      await clock.settle();
    },
    stop() {
      for (const watch of watches) watch.close();
    },
  };
}

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
