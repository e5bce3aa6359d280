/** What `rollout history` and `rollout undo` need to know of a kind that keeps its revisions. */
import type { PodTemplateSpec } from "../../../../api/generated/types.ts";
import type { KubeObject } from "../../../../api/kind.ts";
import { CommandError } from "../../core/command.ts";
import { type DryRun, dryRunQuery } from "../../core/dry-run.ts";
import type { Found, LiveObject } from "../../core/find-objects.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";

export const changeCauseAnnotation = "kubernetes.io/change-cause";

export interface Revision {
  /** As `-o` prints it. */
  readonly object: KubeObject;
  /** As `--revision` describes it. */
  readonly template: PodTemplateSpec;
  readonly cause: string | undefined;
  /** RFC 3339: when it was made. One that was gone back to keeps the time of its first making. */
  readonly made: string | undefined;
}

export interface RollBack {
  readonly session: Session;
  readonly found: Found;
  /** 0 for the one before the newest; never negative. */
  readonly revision: bigint;
  readonly dryRun: DryRun;
}

/** How to go back, or why there is nothing to do, in kubectl's words. */
export type RollBackPlan =
  | { readonly done: string }
  | { readonly contentType: string; readonly body: object | readonly object[] };

export interface History {
  /** By number. Of several with one number the last one read counts. */
  revisions(session: Session, found: Found): Promise<ReadonlyMap<bigint, Revision>>;
  /**
   * How to go back to a revision.
   * @throws CommandError when there is no such revision or it cannot be restored
   */
  planRollBack(request: RollBack): Promise<RollBackPlan>;
}

export const notInHistory = (revision: bigint): CommandError =>
  new CommandError(`unable to find specified revision ${revision} in history`);

export const skipped = (revision: bigint): RollBackPlan => ({
  done: `skipped rollback (current template already matches revision ${revision})`,
});

/**
 * Sends the patch of a plan.
 * @returns the object as it is, or with `dryRun` would be, then
 * @throws CommandError when the server refuses
 */
export async function restore(
  { session, found: { resource, object }, revision, dryRun }: RollBack,
  { contentType, body }: Exclude<RollBackPlan, { done: string }>,
): Promise<LiveObject> {
  const { namespace, name } = object.metadata;
  const path = apiPath(resource, { namespace, name }, { dryRun: dryRunQuery(dryRun) });
  try {
    return await session.json<LiveObject>("PATCH", path, { contentType, body });
  } catch (error) {
    throw new CommandError(`failed restoring revision ${revision}: ${error instanceof Error ? error.message : error}`);
  }
}
