/** `rollout status`, one line per observed state. Pure. */

import { parseRevision } from "../../../../api/apps/revision-number.ts";
import type { DaemonSet, Deployment, StatefulSet } from "../../../../api/generated/types.ts";
import type { KubeObject } from "../../../../api/kind.ts";
import { CommandError } from "../../core/command.ts";

export interface RolloutStatus {
  readonly line: string;
  readonly done: boolean;
}

export const revisionAnnotation = "deployment.kubernetes.io/revision";

/** @param revision the revision to wait for; 0 for any. @throws CommandError when it cannot succeed any more */
export function rolloutStatus(object: KubeObject, revision: bigint): RolloutStatus {
  switch (object.kind) {
    case "Deployment":
      return deploymentStatus(object as Deployment, revision);
    case "DaemonSet":
      return daemonSetStatus(object as DaemonSet);
    case "StatefulSet":
      return statefulSetStatus(object as StatefulSet);
    default: {
      const group = object.apiVersion?.includes("/") ? `.${object.apiVersion.split("/")[0]}` : "";
      throw new CommandError(`no status viewer has been implemented for ${object.kind}${group}`);
    }
  }
}

const waiting = (line: string): RolloutStatus => ({ line, done: false });

function runningRevision({ metadata }: Deployment): bigint {
  const text = metadata?.annotations?.[revisionAnnotation] ?? "0";
  const number = parseRevision(text);
  if (number !== undefined) return number;
  const why = /^[+-]?\d+$/.test(text) ? "value out of range" : "invalid syntax";
  throw new CommandError(
    `cannot get the revision of deployment "${metadata?.name}": strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`,
  );
}

function deploymentStatus(deployment: Deployment, revision: bigint): RolloutStatus {
  const { name, generation = 0 } = deployment.metadata ?? {};
  const { spec, status = {} } = deployment;
  if (revision > 0n) {
    const running = runningRevision(deployment);
    if (revision !== running) {
      throw new CommandError(`desired revision (${revision}) is different from the running revision (${running})`);
    }
  }
  if (generation > (status.observedGeneration ?? 0))
    return waiting("Waiting for deployment spec update to be observed...");
  const progressing = status.conditions?.find((c) => c.type === "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") {
    throw new CommandError(`deployment "${name}" exceeded its progress deadline`);
  }
  const { updatedReplicas: updated = 0, replicas = 0, availableReplicas: available = 0 } = status;
  const wanted = spec?.replicas;
  const prefix = `Waiting for deployment "${name}" rollout to finish:`;
  if (wanted !== undefined && updated < wanted) {
    return waiting(`${prefix} ${updated} out of ${wanted} new replicas have been updated...`);
  }
  if (replicas > updated) return waiting(`${prefix} ${replicas - updated} old replicas are pending termination...`);
  if (available < updated) return waiting(`${prefix} ${available} of ${updated} updated replicas are available...`);
  return { line: `deployment "${name}" successfully rolled out`, done: true };
}

const onlyRolling = "rollout status is only available for RollingUpdate strategy type";

function daemonSetStatus(daemonSet: DaemonSet): RolloutStatus {
  const { name, generation = 0 } = daemonSet.metadata ?? {};
  if (daemonSet.spec?.updateStrategy?.type !== "RollingUpdate") throw new CommandError(onlyRolling);
  const status = daemonSet.status;
  if (generation > (status?.observedGeneration ?? 0))
    return waiting("Waiting for daemon set spec update to be observed...");
  const {
    updatedNumberScheduled: updated = 0,
    desiredNumberScheduled: desired = 0,
    numberAvailable: available = 0,
  } = status ?? {};
  const prefix = `Waiting for daemon set "${name}" rollout to finish:`;
  if (updated < desired) return waiting(`${prefix} ${updated} out of ${desired} new pods have been updated...`);
  if (available < desired) return waiting(`${prefix} ${available} of ${desired} updated pods are available...`);
  return { line: `daemon set "${name}" successfully rolled out`, done: true };
}

function statefulSetStatus(set: StatefulSet): RolloutStatus {
  const { generation = 0 } = set.metadata ?? {};
  const { spec, status } = set;
  if (spec?.updateStrategy?.type !== "RollingUpdate") throw new CommandError(onlyRolling);
  if (!status?.observedGeneration || generation > status.observedGeneration) {
    return waiting("Waiting for statefulset spec update to be observed...");
  }
  const { readyReplicas: ready = 0, updatedReplicas: updated = 0, updateRevision, currentRevision } = status;
  const replicas = spec.replicas;
  if (replicas !== undefined && ready < replicas) return waiting(`Waiting for ${replicas - ready} pods to be ready...`);
  // With parameters, though they hold nothing back, kubectl speaks of a partition.
  const { rollingUpdate } = spec.updateStrategy;
  if (rollingUpdate) {
    const wanted = (replicas ?? 0) - (rollingUpdate.partition ?? 0);
    if (replicas !== undefined && rollingUpdate.partition !== undefined && updated < wanted) {
      return waiting(
        `Waiting for partitioned roll out to finish: ${updated} out of ${wanted} new pods have been updated...`,
      );
    }
    return { line: `partitioned roll out complete: ${updated} new pods have been updated...`, done: true };
  }
  if (updateRevision !== currentRevision) {
    return waiting(
      `waiting for statefulset rolling update to complete ${updated} pods at revision ${updateRevision}...`,
    );
  }
  const at = `${status.currentReplicas ?? 0} pods at revision ${currentRevision}...`;
  return { line: `statefulset rolling update complete ${at}`, done: true };
}
