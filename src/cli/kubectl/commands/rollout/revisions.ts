/** The history of a Deployment: its ReplicaSets by revision (`polymorphichelpers/history.go`). */
import type { Deployment, ReplicaSet } from "../../../../api/generated/types.ts";
import type { Found } from "../../core/find-objects.ts";
import { apiPath } from "../../core/paths.ts";
import { selectorText } from "../../core/selectors.ts";
import type { Session } from "../../core/session.ts";

const revisionAnnotation = "deployment.kubernetes.io/revision";
export const changeCauseAnnotation = "kubernetes.io/change-cause";

export const revisionOf = (set: ReplicaSet): number => {
  const text = set.metadata?.annotations?.[revisionAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0;
};

/** ReplicaSets of the Deployment, by revision. Of several with one number the last one read counts. */
export async function revisions(session: Session, { object }: Found): Promise<Map<number, ReplicaSet>> {
  const deployment = object as unknown as Deployment;
  const discovery = await session.discovery();
  const resource = discovery.find("replicasets.apps");
  const path = apiPath(
    resource,
    { namespace: object.metadata.namespace },
    { labelSelector: selectorText(deployment.spec?.selector) },
  );
  const { items = [] } = await session.json<{ items?: ReplicaSet[] }>("GET", path);
  const owned = items.filter((set) =>
    set.metadata?.ownerReferences?.some((o) => o.controller && o.uid === object.metadata.uid),
  );
  return new Map(owned.map((set) => [revisionOf(set), set]));
}
