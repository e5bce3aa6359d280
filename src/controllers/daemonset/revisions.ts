/** The history of a DaemonSet. Pure. */

import { records, templatePatch } from "../../api/apps/template-patch.ts";
import type { ControllerRevision, DaemonSet, Pod } from "../../api/generated/types.ts";
import { daemonSets } from "../../client/kinds.ts";
import { templateHash } from "../deployment/pod-template.ts";
import { byRevision, revisionHashLabel } from "../history/revision.ts";
import { controllerReference } from "../ownership.ts";

export const hashOf = ({ metadata }: ControllerRevision | Pod): string => metadata?.labels?.[revisionHashLabel] ?? "";

export interface History {
  /** The revision of the present template; of several the newest. */
  readonly current?: ControllerRevision;
  /** Others with the present template: their pods are relabelled, then they go. */
  readonly duplicates: readonly ControllerRevision[];
  readonly old: readonly ControllerRevision[];
  /** The number that the current revision must at least have. */
  readonly number: number;
}

export function historyOf(set: DaemonSet, revisions: readonly ControllerRevision[]): History {
  const patch = templatePatch(set.spec?.template ?? {});
  const sorted = [...revisions].sort(byRevision);
  const equal = sorted.filter((revision) => records(revision, patch));
  const old = sorted.filter((revision) => !equal.includes(revision));
  const current = equal.at(-1);
  return {
    ...(current ? { current } : {}),
    duplicates: equal.slice(0, -1),
    old,
    number: Math.max(0, ...old.map(({ revision }) => revision)) + 1,
  };
}

export function newRevision(set: DaemonSet, number: number): ControllerRevision {
  const template = set.spec?.template ?? {};
  const hash = templateHash(template, set.status?.collisionCount);
  const { name, namespace, annotations } = set.metadata ?? {};
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: { ...template.metadata?.labels, [revisionHashLabel]: hash },
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(daemonSets, set)],
    },
    data: templatePatch(template),
    revision: number,
  };
}

/** Old revisions beyond the limit, oldest first; those that pods are of are passed over. */
export function planCleanup(
  set: DaemonSet,
  old: readonly ControllerRevision[],
  pods: readonly Pod[],
): readonly ControllerRevision[] {
  const excess = old.length - (set.spec?.revisionHistoryLimit ?? 10);
  const live = new Set(pods.map(hashOf));
  return [...old]
    .sort(byRevision)
    .filter((revision) => !live.has(hashOf(revision)))
    .slice(0, Math.max(0, excess));
}
