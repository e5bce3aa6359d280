/** `record: "true"`, and the change-cause of an undo. Pure. */
import type { RolloutSettings } from "../../api/apps/rollout-settings.ts";
import { imagesOf, shortened, templateDifferences } from "../../api/apps/template-differences.ts";
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { digestOf, withMarks } from "./marks.ts";
import { failed, formerNumber, type Revision, type Rollout, undoneFor } from "./rollout.ts";
import type { GuardStep } from "./step.ts";

export const changeCause = "kubernetes.io/change-cause";

const causeOf = (object: Deployment | ReplicaSet): string | undefined => object.metadata?.annotations?.[changeCause];

/**
 * Sees to it that the present revision has a change-cause of its own. It is written on the ReplicaSet, where
 * `kubectl rollout history` reads it: that disturbs nothing, while an annotation of the Deployment would raise its
 * generation, and be left over for the next revision.
 *
 * A cause on the Deployment is the user's word, goes to the ReplicaSet by itself, and stays: unless it is *left over*,
 * which it is when another revision has it already, or this ReplicaSet had it under an earlier number (`kubectl rollout
 * undo` brings it back). Then it is taken off the Deployment. Who writes the same words for two revisions is not heard.
 *
 * Each revision is settled once; words that a user finds later stay. With `record` off only an undo of the guard is
 * explained.
 */
export function cause(rollout: Rollout, { record }: Pick<RolloutSettings, "record">): GuardStep | undefined {
  const { deployment, current } = rollout;
  const { recorded } = current.marks;
  const given = causeOf(deployment);
  if (recorded?.revision === current.number) return record ? keepUp(current, given) : undefined;
  const answered = undoneFor(rollout);
  if (!record && !answered) return undefined;
  if (given === undefined) {
    const text = answered ? `${backTo(current)} (${failed(answered)})` : differenceOf(rollout);
    return settle(current, text, `change-cause of revision ${current.number}: ${text}`);
  }
  if (!isLeftOver(given, rollout)) return settle(current, given, `revision ${current.number} has a change-cause`);
  const { [changeCause]: _, ...annotations } = deployment.metadata?.annotations ?? {};
  const object = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  return { write: { kind: "Deployment", object }, act: `left-over change-cause taken away: ${given}` };
}

const isLeftOver = (text: string, { current, earlier }: Rollout): boolean =>
  earlier.some(({ replicaSet }) => causeOf(replicaSet) === text) || current.marks.recorded?.digest === digestOf(text);

/** The digest follows what a user writes later, so that it can be told when it comes back. */
function keepUp(current: Revision, given: string | undefined): GuardStep | undefined {
  const text = given ?? causeOf(current.replicaSet);
  if (current.marks.recorded?.digest === digestOf(text)) return undefined;
  return settle(current, text, `revision ${current.number} has another change-cause`);
}

function settle({ replicaSet, number }: Revision, text: string | undefined, act: string): GuardStep {
  const marked = withMarks(replicaSet, { recorded: { revision: number, digest: digestOf(text) } });
  if (text === undefined) return { write: { kind: "ReplicaSet", object: marked }, act };
  const annotations = { ...marked.metadata?.annotations, [changeCause]: text };
  return { write: { kind: "ReplicaSet", object: { ...marked, metadata: { ...marked.metadata, annotations } } }, act };
}

const backTo = (current: Revision): string =>
  `back to revision ${formerNumber(current) ?? current.number}: ${imagesOf(current.replicaSet.spec?.template)}`;

/** What makes the present revision. */
function differenceOf({ current, earlier: [last] }: Rollout): string {
  const { template } = current.replicaSet.spec ?? {};
  if (formerNumber(current) !== undefined) return backTo(current);
  if (!last) return `${current.number === 1n ? "created with" : "with"} ${imagesOf(template)}`;
  return shortened(templateDifferences(last.replicaSet.spec?.template ?? {}, template ?? {}));
}
