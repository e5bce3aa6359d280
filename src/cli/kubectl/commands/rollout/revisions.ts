/** What `rollout history` and `rollout undo` need to know of a kind that keeps its revisions. */
import type { PodTemplateSpec } from "../../../../api/generated/types.ts";
import type { KubeObject } from "../../../../api/kind.ts";
import { CommandError } from "../../core/command.ts";
import type { DryRun } from "../../core/dry-run.ts";
import type { Found } from "../../core/find-objects.ts";
import type { Session } from "../../core/session.ts";

export const changeCauseAnnotation = "kubernetes.io/change-cause";

export interface Revision {
  /** As `-o` prints it. */
  readonly object: KubeObject;
  /** As `--revision` describes it. */
  readonly template: PodTemplateSpec;
  readonly cause: string | undefined;
}

export interface RollBack {
  readonly session: Session;
  readonly found: Found;
  /** 0 for the one before the newest; never negative. */
  readonly revision: number;
  readonly dryRun: DryRun;
}

export interface History {
  /** By number. Of several with one number the last one read counts. */
  revisions(session: Session, found: Found): Promise<ReadonlyMap<number, Revision>>;
  /**
   * Goes back to a revision.
   * @returns what was done, in kubectl's words
   * @throws CommandError when there is no such revision or it cannot be restored
   */
  rollBack(request: RollBack): Promise<string>;
}

export const notInHistory = (revision: number): CommandError =>
  new CommandError(`unable to find specified revision ${revision} in history`);

export const skipped = (revision: number): string =>
  `skipped rollback (current template already matches revision ${revision})`;

/** @throws CommandError when `patch` fails */
export async function restored(revision: number, patch: Promise<unknown>): Promise<string> {
  try {
    await patch;
  } catch (error) {
    throw new CommandError(`failed restoring revision ${revision}: ${error instanceof Error ? error.message : error}`);
  }
  return "rolled back";
}
