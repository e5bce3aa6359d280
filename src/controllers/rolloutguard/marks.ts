/** What the rollout guard remembers, and where. Pure. */
import { createHash } from "node:crypto";
import { settingPrefix } from "../../api/apps/rollout-settings.ts";
import type { ReplicaSet } from "../../api/generated/types.ts";

/**
 * The guard's memory: labels of ReplicaSets. A label stays with its ReplicaSet, whoever restarts. Annotations would not:
 * a Deployment's flow to its ReplicaSets, and `kubectl rollout undo` takes a ReplicaSet's back to the Deployment. And the
 * Deployment itself, whose generation annotations raise, is not touched. Revisions are the ReplicaSet's own,
 * `deployment.kubernetes.io/revision`, which rises whenever its template comes back.
 */
export interface Marks {
  /** The revision as which all its pods were available, and it had at least one: the last time that was so. */
  readonly complete?: bigint;
  /** The revision as which it failed and was undone. Removed when it is complete after all. */
  readonly undone?: bigint;
  /** The revision as which it failed and was left, which has been said. Removed when it is complete after all. */
  readonly left?: bigint;
  /** The revision whose change-cause is settled, and the digest of that cause. */
  readonly recorded?: { readonly revision: bigint; readonly digest: string };
}

const labelOf = (mark: keyof Marks): string => settingPrefix + mark;

export function marksOf(replicaSet: ReplicaSet): Marks {
  const labels = replicaSet.metadata?.labels;
  const number = (mark: keyof Marks) => {
    const text = labels?.[labelOf(mark)];
    return text !== undefined && /^[1-9][0-9]*$/.test(text) ? { [mark]: BigInt(text) } : {};
  };
  const recorded = /^([1-9][0-9]*)\.([0-9a-f]+)$/.exec(labels?.[labelOf("recorded")] ?? "");
  return {
    ...number("complete"),
    ...number("undone"),
    ...number("left"),
    ...(recorded ? { recorded: { revision: BigInt(recorded[1] as string), digest: recorded[2] as string } } : {}),
  };
}

/** @param marks those to set; `undefined` removes one, what is not named stays */
export function withMarks(
  replicaSet: ReplicaSet,
  marks: { readonly [M in keyof Marks]: Marks[M] | undefined },
): ReplicaSet {
  const labels: Record<string, string> = { ...replicaSet.metadata?.labels };
  for (const [mark, value] of Object.entries(marks) as [keyof Marks, Marks[keyof Marks]][]) {
    if (value === undefined) delete labels[labelOf(mark)];
    else labels[labelOf(mark)] = typeof value === "bigint" ? String(value) : `${value.revision}.${value.digest}`;
  }
  return { ...replicaSet, metadata: { ...replicaSet.metadata, labels } };
}

/** Tells change-causes apart, within a label. */
export const digestOf = (cause: string | undefined): string =>
  createHash("sha256")
    .update(cause ?? "")
    .digest("hex")
    .slice(0, 12);
