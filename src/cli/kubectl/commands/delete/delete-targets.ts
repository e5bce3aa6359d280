/** Deletes what was found, waits for it to be gone, and prints what was done. */
import { CommandErrors, type Invocation } from "../../core/command.ts";
import { kindText } from "../../core/discovery.ts";
import { type DryRun, dryRunQuery, dryRunSuffix } from "../../core/dry-run.ts";
import { together, whileDoing } from "../../core/failure.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import type { Target, Targets } from "../../core/targets.ts";
import { type Deleted, waitUntilGone } from "./wait.ts";

export interface DeletePlan {
  /** Seconds; below zero: the object's own. */
  readonly gracePeriod: number;
  readonly propagationPolicy: string;
  readonly dryRun: DryRun;
  readonly force: boolean;
  readonly ignoreNotFound: boolean;
  /** Until all is gone. */
  readonly wait: boolean;
  /** Milliseconds for each; 0 waits on. */
  readonly timeout: number;
  readonly output: string;
  /** In all namespaces. */
  readonly everywhere: boolean;
}

export const forceWarning =
  "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.";

/** @throws CommandErrors with all failures, once the rest is done */
export async function deleteTargets(
  invocation: Invocation,
  session: Session,
  { targets, errors }: Pick<Targets, "targets" | "errors">,
  plan: DeletePlan,
): Promise<void> {
  const failures: unknown[] = [];
  const deleted: Deleted[] = [];
  let warned = plan.everywhere || !session.namespaceGiven;
  for (const target of targets) {
    if (!warned && !target.resource.namespaced) {
      invocation.warn("Warning: deleting cluster-scoped resources, not scoped to the provided namespace");
      warned = true;
    }
    try {
      deleted.push(await deleteOne(invocation, session, target, plan));
    } catch (error) {
      if (!(plan.ignoreNotFound && (error as { code?: number }).code === 404)) failures.push(error);
    }
  }
  if (failures.length + errors.length > 0) throw new CommandErrors([...failures, ...together(errors, failures)]);
  if (targets.length === 0) invocation.print("No resources found");
  if (plan.wait && plan.dryRun === "none") await waitUntilGone(session, deleted, plan.timeout, invocation.io.signal);
}

async function deleteOne(invocation: Invocation, session: Session, target: Target, plan: DeletePlan): Promise<Deleted> {
  const { resource, namespace, name, source } = target;
  let uid: string | undefined;
  if (plan.dryRun !== "client") {
    const body = {
      kind: "DeleteOptions",
      apiVersion: "v1",
      ...(plan.gracePeriod >= 0 ? { gracePeriodSeconds: plan.gracePeriod } : {}),
      propagationPolicy: plan.propagationPolicy,
      ...(plan.dryRun === "server" ? { dryRun: ["All"] } : {}),
    };
    const path = apiPath(resource, { namespace, name }, { dryRun: dryRunQuery(plan.dryRun) });
    const answer = await whileDoing("deleting", source, () => session.json<Answer>("DELETE", path, { body }));
    uid = answer.kind === "Status" ? answer.details?.uid : answer.metadata?.uid;
  }
  if (plan.output === "name") invocation.print(`${kindText(resource)}/${name}`);
  else {
    const done = plan.gracePeriod === 0 ? "force deleted" : "deleted";
    const where = namespace ? ` from ${namespace} namespace` : "";
    invocation.print(`${kindText(resource)} "${name}" ${done}${where}${dryRunSuffix(plan.dryRun)}`);
  }
  return { resource, namespace, name, uid };
}

/** The Status of what is gone, or the object that goes. */
interface Answer {
  readonly kind?: string;
  readonly details?: { readonly uid?: string };
  readonly metadata?: { readonly uid?: string };
}
