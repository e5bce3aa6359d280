import type { LabelSelector } from "../../../api/generated/types.ts";
import type { KubeObject } from "../../../api/kind.ts";
import { apiPath } from "./paths.ts";
import { selectorText } from "./selectors.ts";
import type { Session } from "./session.ts";

export interface Owner {
  readonly metadata?: { readonly namespace?: string; readonly uid?: string };
  readonly spec?: { readonly selector: LabelSelector };
}

/**
 * What the selector of a workload picks and the workload controls.
 * @param type as in `replicasets.apps`
 */
export async function controlled<T extends KubeObject>(session: Session, type: string, owner: Owner): Promise<T[]> {
  const resource = (await session.discovery()).find(type);
  const labelSelector = selectorText(owner.spec?.selector);
  const path = apiPath(resource, { namespace: owner.metadata?.namespace }, { labelSelector });
  const { items = [] } = await session.json<{ items?: T[] }>("GET", path);
  return items.filter((item) =>
    item.metadata?.ownerReferences?.some((o) => o.controller && o.uid === owner.metadata?.uid),
  );
}
