/** Workloads of the scope as rollouts. All reactive. */
import { computed, type ReadonlySignal } from "@preact/signals";
import type { CoreEvent } from "../../api/generated/types.ts";
import { type KindRef, type KubeObject, keyOf } from "../../api/kind.ts";
import {
  controllerRevisions,
  daemonSets,
  deployments,
  events,
  pods,
  replicaSets,
  statefulSets,
} from "../../client/kinds.ts";
import { explain, type Finding } from "../model/explain.ts";
import { type Rollout, type RolloutState, rolloutOf, type Workload } from "../model/rollout.ts";
import { controllerBucket, isLoading, live, subjectBucket } from "./cluster.ts";
import { now } from "./now.ts";
import type { WorkloadPlural } from "./route.ts";

export const workloadKinds = { deployments, statefulsets: statefulSets, daemonsets: daemonSets } as const;

/** @param key `namespace/name` */
export function workload(plural: WorkloadPlural, key: string): Workload | undefined {
  const object = live<KubeObject>(workloadKinds[plural] as KindRef).get(key);
  return object && ({ plural, object } as Workload);
}

export interface WorkloadName {
  readonly plural: WorkloadPlural;
  readonly key: string;
}

/** All of them, by name. */
export function workloadNames(): WorkloadName[] {
  const all = (Object.keys(workloadKinds) as WorkloadPlural[]).flatMap((plural) =>
    live<KubeObject>(workloadKinds[plural] as KindRef)
      .list()
      .map((object) => ({ plural, key: keyOf(object) })),
  );
  return all.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/**
 * Changes with the workload, its revisions and its pods, and with nothing else. Undefined also until all of them have
 * been read; what the reader may not see counts as none.
 */
function rollout(plural: WorkloadPlural, key: string): Rollout | undefined {
  const found = workload(plural, key);
  if (!found) return undefined;
  const uid = found.object.metadata?.uid ?? "";
  const sets = live<KubeObject>((plural === "deployments" ? replicaSets : controllerRevisions) as KindRef);
  if (isLoading(sets.kind, pods)) return undefined;
  return rolloutOf(found, sets.by(controllerBucket, uid), (owner) => live(pods).by(controllerBucket, owner));
}

/** Events about the object with this UID. */
export const eventsAbout = (uid: string): readonly CoreEvent[] => live(events).by(subjectBucket, uid);

/** Why it stands where it stands. Looks at the clock only where time itself decides. */
const findingsOf = (of: Rollout): Finding[] =>
  explain(of, eventsAbout, of.minReadySeconds > 0 ? now.value : now.peek());

/** As a person sees it: a rollout that cannot go on is stuck long before its deadline says so. */
function shownState({ state }: Rollout, findings: readonly Finding[]): RolloutState | "stuck" {
  const blocked = findings.some(({ weight, is }) => weight === "blocks" && is !== "paused");
  return blocked && (state === "rolling" || state === "complete") ? "stuck" : state;
}

export interface RolloutView {
  readonly of: Rollout;
  readonly findings: readonly Finding[];
  readonly state: RolloutState | "stuck";
}

const views = new Map<string, ReadonlySignal<RolloutView | undefined>>();

/**
 * A workload's rollout, why it stands where it stands, and its state as a person sees it: worked out once for all who
 * look. Undefined while it is not there or not yet known.
 * @param key `namespace/name`
 */
export function rolloutView(plural: WorkloadPlural, key: string): RolloutView | undefined {
  const id = `${plural} ${key}`;
  let view = views.get(id);
  if (!view) {
    view = computed(
      () => {
        const of = rollout(plural, key);
        if (!of) return undefined;
        const findings = findingsOf(of);
        return { of, findings, state: shownState(of, findings) };
      },
      { unwatched: () => views.delete(id) },
    );
    views.set(id, view);
  }
  return view.value;
}
