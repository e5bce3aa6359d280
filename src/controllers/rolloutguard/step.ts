import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import type { DraftEvent } from "../deployment/draft.ts";

/**
 * One write, with the resourceVersion of what it was decided on: the server refuses it when anything has changed since,
 * also when another guard was faster. What follows is decided anew from what is there then.
 */
export interface GuardStep {
  readonly write:
    | { readonly kind: "Deployment"; readonly object: Deployment }
    | { readonly kind: "ReplicaSet"; readonly object: ReplicaSet };
  /** What is done, for a log, without the Deployment's name. */
  readonly act: string;
  /** Recorded on the Deployment once the write is made. */
  readonly event?: DraftEvent;
}
