/** Which revision a StatefulSet is at and which it goes to. Pure. */
import { records, templatePatch } from "../../api/apps/template-patch.ts";
import type { ControllerRevision, Pod, StatefulSet } from "../../api/generated/types.ts";
import { statefulSets } from "../../client/kinds.ts";
import { byRevision, revisionHash, revisionName, surplus } from "../history/revision.ts";
import { controllerReference } from "../ownership.ts";
import { revisionOf } from "./identity.ts";

const hashLabel = "controller.kubernetes.io/hash";

/** What must be written so that the present template is the newest revision. */
export type RevisionStep =
  | { readonly step: "keep"; readonly revision: ControllerRevision }
  /** The template is that of an older revision, which becomes the newest. */
  | { readonly step: "renumber"; readonly revision: ControllerRevision; readonly number: number }
  | { readonly step: "create"; readonly number: number };

export function planRevision(set: StatefulSet, revisions: readonly ControllerRevision[]): RevisionStep {
  const sorted = [...revisions].sort(byRevision);
  const patch = templatePatch(set.spec?.template ?? {});
  const newest = sorted.at(-1);
  const equal = sorted.filter((revision) => records(revision, patch)).at(-1);
  const number = (newest?.revision ?? 0) + 1;
  if (!equal) return { step: "create", number };
  return equal === newest ? { step: "keep", revision: equal } : { step: "renumber", revision: equal, number };
}

/** @param collisionCount of earlier attempts whose name another revision had */
export function newRevision(set: StatefulSet, number: number, collisionCount: number): ControllerRevision {
  const patch = templatePatch(set.spec?.template ?? {});
  const hash = revisionHash(patch, collisionCount);
  const { name = "", namespace, annotations } = set.metadata ?? {};
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: revisionName(name, hash),
      namespace,
      labels: { ...set.spec?.template?.metadata?.labels, [hashLabel]: hash },
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(statefulSets, set)],
    },
    data: patch,
    revision: number,
  };
}

/** Revisions that neither pods nor the set use, beyond the limit of the history. */
export function planTruncation(
  set: StatefulSet,
  revisions: readonly ControllerRevision[],
  pods: readonly Pod[],
  live: readonly ControllerRevision[],
): readonly ControllerRevision[] {
  const names = new Set([...live.map(({ metadata }) => metadata?.name ?? ""), ...pods.map(revisionOf)]);
  const unused = revisions.filter(({ metadata }) => !names.has(metadata?.name ?? ""));
  return surplus(unused, set.spec?.revisionHistoryLimit ?? 10);
}
