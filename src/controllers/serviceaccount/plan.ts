/** The ServiceAccount that every namespace has, for pods that name none. Pure. */
import type { Namespace, ServiceAccount } from "../../api/generated/types.ts";

export const defaultServiceAccount = "default";

/** What to create; undefined when nothing is missing or the namespace is going away. */
export function plan(namespace: Namespace, existing: ServiceAccount | undefined): ServiceAccount | undefined {
  if (namespace.metadata?.deletionTimestamp || namespace.status?.phase === "Terminating") return undefined;
  if (existing) return undefined;
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { namespace: namespace.metadata?.name ?? "", name: defaultServiceAccount },
  };
}
