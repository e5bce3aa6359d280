/** What a writer of a workload may not set, and what its generation counts. */
import { semanticEqual } from "../equal.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { raiseGeneration } from "../metadata.ts";

interface Workload extends KubeObject {
  spec?: object;
  status?: object;
}

/** The status belongs to the controller; the generation counts the changes of the spec. */
export const prepareWorkload = <T extends Workload>(
  noStatus: () => NonNullable<T["status"]>,
  isChanged = (next: T, previous: T) => !semanticEqual(next.spec, previous.spec),
): Pick<Kind<T>, "prepareCreate" | "prepareUpdate"> => ({
  prepareCreate(object) {
    object.status = noStatus();
    object.metadata = { ...object.metadata, generation: 1 };
  },
  prepareUpdate(next, previous) {
    next.status = previous.status;
    if (isChanged(next, previous)) raiseGeneration(next, previous);
  },
});

/** Version 1.34 does not take the count of terminating pods unless it is there already. */
export function dropTerminatingReplicas(
  next: { status?: { terminatingReplicas?: number } },
  previous: { readonly status?: { readonly terminatingReplicas?: number } },
): void {
  if (next.status?.terminatingReplicas === undefined || previous.status?.terminatingReplicas !== undefined) return;
  const { terminatingReplicas: _, ...status } = next.status;
  next.status = status;
}
