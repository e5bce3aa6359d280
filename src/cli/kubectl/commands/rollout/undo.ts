import type { Deployment, ReplicaSet } from "../../../../api/generated/types.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";

import { type DryRun, dryRunOf, dryRunQuery } from "../../core/dry-run.ts";
import { type Found, forEachObject } from "../../core/find-objects.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import { dryRunFlag, filenameFlags, outputFlag, selectorFlag, showManagedFieldsFlag } from "../../core/shared-flags.ts";
import { sameTemplate, withoutHash } from "../../core/templates.ts";
import { podTemplateText } from "../../describe/pod-template.ts";
import { revisionOf, revisions } from "./revisions.ts";
import { rolloutTargets, withoutHistory } from "./shared.ts";

export const undoCommand: Command = {
  path: "rollout undo",
  use: "rollout undo (TYPE NAME | TYPE/NAME) [flags]",
  short: "Roll back to a previous rollout.",
  flags: [
    dryRunFlag,
    ...filenameFlags,
    outputFlag,
    selectorFlag,
    showManagedFieldsFlag,
    {
      name: "to-revision",
      type: "int",
      default: "0",
      usage: "The revision to rollback to. Default to 0 (last revision).",
    },
  ],
  async run(invocation) {
    const session = await invocation.session();
    const dryRun = dryRunOf(invocation.flags);
    await forEachObject(invocation, session, rolloutTargets, (found) => undo(invocation, session, found, dryRun));
    return undefined;
  },
};

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
/** Annotations that stay with the Deployment whatever revision it goes back to. */
const own = new Set([
  lastApplied,
  "deployment.kubernetes.io/revision",
  "deployment.kubernetes.io/revision-history",
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
]);

async function undo(invocation: Invocation, session: Session, found: Found, dryRun: DryRun): Promise<void> {
  const { resource, object } = found;
  const { name, namespace, annotations = {} } = object.metadata;
  if (resource.kind !== "Deployment") {
    throw withoutHistory(resource, "rollbacker");
  }
  const revision = invocation.flags.int("to-revision");
  if (revision < 0) throw new CommandError(`unable to find specified revision ${revision} in history`);
  const target = chooseTarget(await revisions(session, found), revision, name);
  const deployment = object as unknown as Deployment;
  if (dryRun === "client") {
    const text = podTemplateText(target.spec?.template);
    await printResult(invocation, resource, object, text, dryRun, { typed: true });
    return;
  }
  if (deployment.spec?.paused) {
    throw new CommandError(
      "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
    );
  }
  const template = withoutHash(target.spec?.template);
  if (sameTemplate(template, deployment.spec?.template)) {
    const text = `skipped rollback (current template already matches revision ${revision})`;
    await printResult(invocation, resource, object, text, dryRun, { typed: true });
    return;
  }
  const next: Record<string, string> = {};
  for (const [key, value] of Object.entries(annotations)) if (own.has(key)) next[key] = value;
  for (const [key, value] of Object.entries(target.metadata?.annotations ?? {})) if (!own.has(key)) next[key] = value;
  const path = apiPath(resource, { namespace, name }, { dryRun: dryRunQuery(dryRun) });
  try {
    await session.json("PATCH", path, {
      contentType: "application/json-patch+json",
      body: [
        { op: "replace", path: "/spec/template", value: template },
        { op: "replace", path: "/metadata/annotations", value: next },
      ],
    });
  } catch (error) {
    throw new CommandError(`failed restoring revision ${revision}: ${error instanceof Error ? error.message : error}`);
  }
  await printResult(invocation, resource, object, "rolled back", dryRun, { typed: true });
}

function chooseTarget(history: ReadonlyMap<number, ReplicaSet>, revision: number, name: string): ReplicaSet {
  if (revision > 0) {
    const found = history.get(revision);
    if (!found) throw new CommandError(`unable to find specified revision ${revision} in history`);
    return found;
  }
  const [, previous] = [...history.values()].sort((a, b) => revisionOf(b) - revisionOf(a));
  if (!previous) throw new CommandError(`no rollout history found for deployment "${name}"`);
  return previous;
}
