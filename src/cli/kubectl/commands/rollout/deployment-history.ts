/** The history of a Deployment: its ReplicaSets (`polymorphichelpers/history.go` and `rollback.go`). */
import { compareRevisions, parseRevision } from "../../../../api/apps/revision-number.ts";
import type { Deployment, ReplicaSet } from "../../../../api/generated/types.ts";
import { CommandError } from "../../core/command.ts";
import { controlled } from "../../core/controlled.ts";
import type { Found } from "../../core/find-objects.ts";
import { lastAppliedAnnotation } from "../../core/last-applied.ts";
import type { Session } from "../../core/session.ts";
import { sameTemplate, withoutHash } from "../../core/templates.ts";
import { podTemplateText } from "../../describe/pod-template.ts";
import {
  changeCauseAnnotation,
  type History,
  notInHistory,
  type Revision,
  type RollBack,
  type RollBackPlan,
  skipped,
} from "./revisions.ts";
import { revisionAnnotation } from "./status-viewer.ts";

/** Annotations that stay with the Deployment whatever revision it goes back to. */
const own = new Set([
  lastAppliedAnnotation,
  revisionAnnotation,
  "deployment.kubernetes.io/revision-history",
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
]);

/** By revision, 0 without one; those whose revision is no number are left out. */
async function replicaSets(session: Session, { object }: Found): Promise<ReadonlyMap<bigint, ReplicaSet>> {
  const sets = await controlled<ReplicaSet>(session, "replicasets.apps", object);
  return new Map(
    sets.flatMap((set) => {
      const number = parseRevision(set.metadata?.annotations?.[revisionAnnotation] ?? "0");
      return number === undefined ? [] : [[number, set] as const];
    }),
  );
}

/** The change-cause of a revision stands among its template's annotations. */
function revision(set: ReplicaSet): Revision {
  const template = set.spec?.template ?? {};
  const cause = set.metadata?.annotations?.[changeCauseAnnotation];
  const annotations = { ...template.metadata?.annotations, ...(cause ? { [changeCauseAnnotation]: cause } : {}) };
  return {
    object: { apiVersion: "apps/v1", kind: "ReplicaSet", ...set },
    template: { ...template, metadata: { ...template.metadata, annotations } },
    cause: annotations[changeCauseAnnotation],
    made: set.metadata?.creationTimestamp,
  };
}

function chooseTarget(sets: ReadonlyMap<bigint, ReplicaSet>, wanted: bigint, name: string): ReplicaSet {
  if (wanted > 0n) {
    const found = sets.get(wanted);
    if (!found) throw notInHistory(wanted);
    return found;
  }
  const [, previous] = [...sets].sort(([a], [b]) => compareRevisions(b, a));
  if (!previous) throw new CommandError(`no rollout history found for deployment "${name}"`);
  return previous[1];
}

async function planRollBack({ session, found, revision: wanted, dryRun }: RollBack): Promise<RollBackPlan> {
  const { object } = found;
  const { name, annotations = {} } = object.metadata;
  const target = chooseTarget(await replicaSets(session, found), wanted, name);
  const { spec } = object as Deployment;
  if (dryRun === "client") return { done: podTemplateText(target.spec?.template) };
  if (spec?.paused) {
    throw new CommandError(
      "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
    );
  }
  const template = withoutHash(target.spec?.template);
  if (sameTemplate(template, spec?.template)) return skipped(wanted);
  const next: Record<string, string> = {};
  for (const [key, value] of Object.entries(annotations)) if (own.has(key)) next[key] = value;
  for (const [key, value] of Object.entries(target.metadata?.annotations ?? {})) if (!own.has(key)) next[key] = value;
  return {
    contentType: "application/json-patch+json",
    body: [
      { op: "replace", path: "/spec/template", value: template },
      { op: "replace", path: "/metadata/annotations", value: next },
    ],
  };
}

export const deploymentHistory: History = {
  async revisions(session, found) {
    const sets = await replicaSets(session, found);
    return new Map([...sets].map(([number, set]) => [number, revision(set)]));
  },
  planRollBack,
};
