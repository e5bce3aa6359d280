/** `kubectl rollout` for tests: is it done, and back to an earlier revision. */

import { withoutHash } from "../api/apps/canonical-template.ts";
import { compareRevisions } from "../api/apps/revision-number.ts";
import type { ControllerRevision, Deployment, ReplicaSet } from "../api/generated/types.ts";
import type { KindRef, KubeObject } from "../api/kind.ts";
import { rolloutStatus } from "../cli/kubectl/commands/rollout/status-viewer.ts";
import type { Client, ObjectName } from "../client/client.ts";
import { controllerRevisions, deployments, replicaSets } from "../client/kinds.ts";
import { copiedAnnotations, keptAnnotations, revisionOf } from "../controllers/deployment/annotations.ts";

/** The kinds that roll out. */
export type Workload = "deployment" | "statefulset" | "daemonset";

/** @throws Error in kubectl's words when it cannot succeed any more */
export const isRolledOut = (object: KubeObject): boolean => rolloutStatus(object, 0n).done;

export interface Revision {
  readonly number: bigint;
  readonly goBack: () => Promise<unknown>;
}

/** The newest first, as the history shows them. */
export async function revisionsOf(client: Client, kind: KindRef, key: ObjectName): Promise<readonly Revision[]> {
  const object = await client.get(kind, key);
  const isOurs = ({ metadata }: KubeObject) =>
    metadata?.ownerReferences?.some(({ controller, uid }) => controller && uid === object.metadata?.uid);
  const revisions: Revision[] =
    kind.kind === deployments.kind
      ? (await client.list(replicaSets, { namespace: key.namespace ?? "" })).items.filter(isOurs).map((rs) => ({
          number: revisionOf(rs) ?? 0n,
          goBack: () => client.patch(kind, key, deploymentPatch(object as Deployment, rs), { type: "json" }),
        }))
      : (await client.list(controllerRevisions, { namespace: key.namespace ?? "" })).items.filter(isOurs).map((cr) => ({
          number: BigInt(cr.revision),
          goBack: () => client.patch(kind, key, (cr as ControllerRevision).data, { type: "strategic" }),
        }));
  return revisions.sort((a, b) => compareRevisions(b.number, a.number));
}

/** @param toRevision absent: the one before the present one. @throws Error when there is none */
export async function undoRollout(client: Client, kind: KindRef, key: ObjectName, toRevision?: number): Promise<void> {
  const newestFirst = await revisionsOf(client, kind, key);
  const target =
    toRevision === undefined ? newestFirst[1] : newestFirst.find(({ number }) => number === BigInt(toRevision));
  const name = `${kind.kind.toLowerCase()} "${key.name}"`;
  if (!target)
    throw new Error(
      toRevision === undefined
        ? `${name} has no earlier revision to go back to`
        : `${name} has no revision ${toRevision}; it has ${newestFirst.map(({ number }) => number).join(", ")}`,
    );
  await target.goBack();
}

const deploymentPatch = ({ metadata }: Deployment, rs: ReplicaSet) => [
  { op: "replace", path: "/spec/template", value: withoutHash(rs.spec?.template ?? {}) },
  {
    op: "add",
    path: "/metadata/annotations",
    value: { ...keptAnnotations(metadata?.annotations), ...copiedAnnotations(rs.metadata?.annotations) },
  },
];
