/** Rules about how many pods come and go, and who is told. */
import { settingProblems } from "../../api/apps/rollout-settings.ts";
import type { Deployment, DeploymentSpec } from "../../api/generated/types.ts";
import { isRecreate, isRolling, replicasOf } from "../../controllers/deployment/fence-posts.ts";
import { progressDeadline } from "../../controllers/deployment/progress.ts";
import type { Workload } from "../kinds/kind.ts";
import { only, type Rule, strategyOf } from "./rule.ts";

const rollingPath = "spec.strategy.rollingUpdate.maxUnavailable";

/** With maxUnavailable 100 %, or one replica of which one may go, an update takes everything down first. */
const allUnavailable: Rule<Deployment> = (item) => {
  const { object } = item;
  const { replicas, leastAvailable } = strategyOf(item);
  if (!isRolling(object) || replicas === 0 || leastAvailable > 0) return [];
  const [id, what] =
    replicas === 1 ? ["single-replica-unavailable", "The only pod"] : ["all-unavailable", `All ${replicas} pods`];
  return [
    {
      id: id as string,
      severity: "danger",
      path: rollingPath,
      why: `${what} may be taken away before a new one is available, so every update is an outage, and a bad version a lasting one.`,
      instead: replicas === 1 ? "maxUnavailable: 0 and maxSurge: 1" : "maxUnavailable: 25%, or 0 with maxSurge: 1",
    },
  ];
};

/** kubernetes.io/docs/concepts/workloads/controllers/deployment, "Recreate Deployment". */
const recreate: Rule<Deployment> = ({ object }) =>
  isRecreate(object) && replicasOf(object) > 0
    ? [
        {
          id: "recreate-downtime",
          severity: "warning",
          path: "spec.strategy.type",
          why: "Recreate ends all old pods before it starts new ones: every update is an outage, and a bad version a lasting one.",
          instead: "RollingUpdate, unless two versions must never run side by side",
        },
      ]
    : [];

/** Deployments and StatefulSets. */
const countOf = ({ spec, kind }: Workload): number | undefined =>
  kind === "DaemonSet" ? undefined : ((spec as DeploymentSpec | undefined)?.replicas ?? 1);

const singleReplica: Rule<Deployment> = ({ object }) =>
  replicasOf(object) === 1
    ? [
        {
          id: "single-replica",
          severity: "hint",
          path: "spec.replicas",
          why: "When the node of the only pod is lost, nothing answers for more than five minutes, until the pod is replaced.",
          instead: "replicas: 2 or more",
        },
      ]
    : [];

const noReplicas: Rule = ({ object }) =>
  countOf(object) === 0
    ? [
        {
          id: "no-replicas",
          severity: "hint",
          path: "spec.replicas",
          why: "With no replicas there is nothing to roll out, so nothing was played.",
          instead: "the number of replicas that run in production",
        },
      ]
    : [];

/** 2147483647 means none: kubernetes.io/docs/reference, DeploymentSpec.progressDeadlineSeconds; `HasProgressDeadline`. */
const noDeadline: Rule<Deployment> = ({ object }) =>
  progressDeadline(object) === undefined
    ? [
        {
          id: "no-deadline",
          severity: "warning",
          path: "spec.progressDeadlineSeconds",
          why: "Without a progress deadline a rollout that is stuck is never reported as failed, and `rollout status` waits for ever.",
          instead: "progressDeadlineSeconds: 600, or twice what a pod needs to become available",
        },
      ]
    : [];

/** With 0 old ReplicaSets are deleted: kubernetes.io/docs/concepts/workloads/controllers/deployment, "Clean up Policy". */
const noHistory: Rule = ({ object }) =>
  object.spec?.revisionHistoryLimit === 0
    ? [
        {
          id: "no-history",
          severity: "danger",
          path: "spec.revisionHistoryLimit",
          why: "Old revisions are deleted as soon as an update is complete: `rollout undo` has nothing to go back to.",
          instead: "revisionHistoryLimit: 10",
        },
      ]
    : [];

const paused: Rule<Deployment> = ({ object }) =>
  object.spec?.paused
    ? [
        {
          id: "paused",
          severity: "warning",
          path: "spec.paused",
          why: "While it is paused nothing rolls out and undo is refused; the scenarios were played as if it were not.",
          instead: "leave paused out; `rollout pause` is for the moment",
        },
      ]
    : [];

/** An autoscaler owns the number of replicas; every apply of a manifest that has one sets it back. */
const replicasWithAutoscaler: Rule = ({ object, lineOf }, { items }) => {
  const { name, namespace } = object.metadata;
  const scaled = items.some(({ object: other }) => {
    const target = (other as { spec?: { scaleTargetRef?: { kind?: string; name?: string } } }).spec?.scaleTargetRef;
    return (
      other.kind === "HorizontalPodAutoscaler" &&
      (other.metadata.namespace ?? "default") === namespace &&
      target?.kind === object.kind &&
      target.name === name
    );
  });
  if (!scaled || lineOf("spec.replicas") === lineOf("spec")) return [];
  return [
    {
      id: "replicas-with-autoscaler",
      severity: "warning",
      path: "spec.replicas",
      why: "An autoscaler sets the number of replicas, and each apply of this manifest sets it back.",
      instead: "leave spec.replicas out",
    },
  ];
};

const settingWithoutEffect: Rule = ({ object }) =>
  settingProblems(object).map(({ field, why }) => ({
    id: "setting-without-effect",
    severity: "warning",
    path: field,
    why: `This annotation asks wherry for something that it does not get: ${why}.`,
    instead: 'annotations of a Deployment: rollout.wherry.dev/on-failure: undo, rollout.wherry.dev/record: "true"',
  }));

export const strategyRules: readonly Rule[] = [
  settingWithoutEffect,
  noReplicas,
  ...only<Deployment>("Deployment", [allUnavailable, recreate, singleReplica]),
  replicasWithAutoscaler,
  ...only<Deployment>("Deployment", [noDeadline]),
  noHistory,
  ...only<Deployment>("Deployment", [paused]),
];
