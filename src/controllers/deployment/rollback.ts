/** The server-side rollback that an annotation asks for; kubectl no longer uses it. Pure. */

import { withoutHash } from "../../api/apps/canonical-template.ts";
import { parseRevision } from "../../api/apps/revision-number.ts";
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import {
  copiedAnnotations,
  keptAnnotations,
  previousRevision,
  revisionOf,
  rollbackToAnnotation,
} from "./annotations.ts";
import type { DraftEvent } from "./draft.ts";
import { sameTemplate } from "./pod-template.ts";

export interface Rollback {
  /** With the annotation gone, and when it was possible, the old template. */
  readonly deployment: Deployment;
  readonly events: readonly DraftEvent[];
}

/** The revision asked for; 0 for the previous one; undefined when none is. */
export const rollbackRevision = (deployment: Deployment): bigint | undefined =>
  parseRevision(deployment.metadata?.annotations?.[rollbackToAnnotation]);

export function rollback(deployment: Deployment, all: readonly ReplicaSet[], asked: bigint): Rollback {
  const revision = asked === 0n ? previousRevision(all) : asked;
  if (revision === 0n) return refuse(deployment, "DeploymentRollbackRevisionNotFound", "Unable to find last revision.");
  const target = all.find((rs) => revisionOf(rs) === revision);
  const name = JSON.stringify(deployment.metadata?.name);
  if (!target)
    return refuse(deployment, "DeploymentRollbackRevisionNotFound", "Unable to find the revision to rollback to.");
  const template = target.spec?.template ?? {};
  if (!deployment.spec || sameTemplate(template, deployment.spec.template))
    return refuse(
      deployment,
      "DeploymentRollbackTemplateUnchanged",
      `The rollback revision contains the same template as current deployment ${name}`,
    );
  const annotations = {
    ...keptAnnotations(deployment.metadata?.annotations),
    ...copiedAnnotations(target.metadata?.annotations),
  };
  const message = `Rolled back deployment ${name} to revision ${revision}`;
  return {
    deployment: {
      ...deployment,
      metadata: { ...deployment.metadata, annotations: withoutRequest(annotations) },
      spec: { ...deployment.spec, template: withoutHash(template) },
    },
    events: [{ type: "Normal", reason: "DeploymentRollback", message }],
  };
}

const withoutRequest = ({ [rollbackToAnnotation]: _, ...rest }: Readonly<Record<string, string>>) => rest;

const refuse = (deployment: Deployment, reason: string, message: string): Rollback => ({
  deployment: {
    ...deployment,
    metadata: { ...deployment.metadata, annotations: withoutRequest(deployment.metadata?.annotations ?? {}) },
  },
  events: [{ type: "Warning", reason, message }],
});
