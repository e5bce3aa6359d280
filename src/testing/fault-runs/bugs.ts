/**
 * Bugs planted on purpose, each of a kind that real controllers have had. They come in through a controller's plan, or
 * through its client; the controllers themselves know nothing of them.
 */
import type { Deployment, Pod, ReplicaSet } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { notFound } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { createInformerFactory } from "../../client/informer.ts";
import type { ControllerContext, ControllerFactory } from "../../controllers/controller.ts";
import { daemonSetController } from "../../controllers/daemonset/controller.ts";
import { plan as daemonSetPlan } from "../../controllers/daemonset/plan.ts";
import { revisionAnnotation, revisionOf } from "../../controllers/deployment/annotations.ts";
import { deploymentController } from "../../controllers/deployment/controller.ts";
import {
  type DeploymentPlan,
  type DeploymentSnapshot,
  plan as deploymentPlan,
} from "../../controllers/deployment/plan.ts";
import { isComplete } from "../../controllers/deployment/progress.ts";
import { sizeOf } from "../../controllers/deployment/replica-sets.ts";
import { replicaSetController } from "../../controllers/replicaset/controller.ts";
import { plan as replicaSetPlan, planStatus as replicaSetStatus } from "../../controllers/replicaset/plan.ts";
import { statefulSetController } from "../../controllers/statefulset/controller.ts";
import { plan as statefulSetPlan } from "../../controllers/statefulset/plan.ts";
import { type ControllerName, controllers } from "./run.ts";

export interface Bug {
  readonly name: string;
  readonly controller: ControllerName;
  /** The workloads in which it can show. */
  readonly workloads: readonly string[];
  readonly planted: ControllerFactory;
}

/** What a Deployment's plan goes by, or what comes of it, is changed. */
const deploymentBug =
  (
    before: (snapshot: DeploymentSnapshot) => DeploymentSnapshot,
    after: (todo: DeploymentPlan, snapshot: DeploymentSnapshot) => DeploymentPlan = (todo) => todo,
  ): ControllerFactory =>
  (context) =>
    deploymentController(context, { plan: (snapshot, now) => after(deploymentPlan(before(snapshot), now), snapshot) });

const withDeployment = (change: (deployment: Deployment) => Deployment) => (snapshot: DeploymentSnapshot) => ({
  ...snapshot,
  deployment: change(snapshot.deployment),
});
const withSpec = (change: (spec: NonNullable<Deployment["spec"]>) => Partial<Deployment["spec"]>) =>
  withDeployment((deployment) =>
    deployment.spec ? { ...deployment, spec: { ...deployment.spec, ...change(deployment.spec) } } : deployment,
  );
const same = <T>(value: T): T => value;

/** The controller with another client. */
const withClient =
  (
    controller: ControllerName,
    change: (client: Client, context: ControllerContext) => Partial<Client>,
  ): ControllerFactory =>
  (context) =>
    controllers[controller]({ ...context, client: { ...context.client, ...change(context.client, context) } });

/** Answers reads from the cache, where there is one. */
const readingTheCache = (client: Client, { informers }: ControllerContext): Pick<Client, "get"> => ({
  async get(kind, key) {
    const text = key.namespace ? `${key.namespace}/${key.name}` : key.name;
    return informers.informer(kind).get(text) ?? client.get(kind, key);
  },
});

const raisesRevision = ({ changes }: DeploymentPlan, { replicaSets }: DeploymentSnapshot) =>
  changes
    .map(({ replicaSet }) => revisionOf(replicaSet) ?? 0)
    .find((revision) => !replicaSets.some((rs) => revisionOf(rs) === revision));

const unlimited = { type: "RollingUpdate", rollingUpdate: { partition: 0 } };
const allAtOnce = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%", maxSurge: 0 } };

/** The pods of the last sync are taken for those of this one. */
function staleStatus(): typeof replicaSetStatus {
  const last = new Map<string, readonly Pod[]>();
  return (replicaSet, pods, failure, now) => {
    const uid = replicaSet.metadata?.uid ?? "";
    const before = last.get(uid) ?? pods;
    last.set(uid, pods);
    return replicaSetStatus(replicaSet, before, failure, now);
  };
}

const allAvailable = (rs: ReplicaSet): ReplicaSet => ({
  ...rs,
  status: { ...rs.status, replicas: sizeOf(rs), availableReplicas: sizeOf(rs) },
});

const withoutOwners = <T extends KubeObject>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, ownerReferences: [] },
});

const unversioned = <T extends KubeObject>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: "0" },
});

export const bugs: readonly Bug[] = [
  {
    name: "no expectations",
    controller: "replicaset",
    workloads: ["create"],
    planted: (context) =>
      replicaSetController(context, {
        plan: (snapshot, now) => replicaSetPlan({ ...snapshot, expectationsSatisfied: true }, now),
        planStatus: replicaSetStatus,
      }),
  },
  {
    name: "revision written before the ReplicaSet",
    controller: "deployment",
    workloads: ["undo"],
    planted: deploymentBug(same, (todo, snapshot) => {
      const { deployment } = snapshot;
      const raised = raisesRevision(todo, snapshot);
      if (raised === undefined || revisionOf(deployment) === raised) return todo;
      const annotations = { ...deployment.metadata?.annotations, [revisionAnnotation]: String(raised) };
      const status = { ...deployment, metadata: { ...deployment.metadata, annotations } };
      return { changes: [], deletions: [], events: [], status };
    }),
  },
  {
    name: "status from a stale read",
    controller: "replicaset",
    workloads: ["scale up and down", "update"],
    planted: (context) => replicaSetController(context, { plan: replicaSetPlan, planStatus: staleStatus() }),
  },
  {
    name: "no re-read of the owner before adoption",
    controller: "deployment",
    workloads: ["delete without pods"],
    planted: withClient("deployment", readingTheCache),
  },
  {
    name: "cleanup that counts wrong",
    controller: "deployment",
    workloads: ["history is cut"],
    planted: deploymentBug(
      withSpec(({ revisionHistoryLimit = 0 }) => ({ revisionHistoryLimit: revisionHistoryLimit - 1 })),
    ),
  },
  {
    name: "scale-down that ignores availability",
    controller: "deployment",
    workloads: ["update"],
    planted: deploymentBug(same, (todo, snapshot) => ({
      ...todo,
      changes: deploymentPlan({ ...snapshot, replicaSets: snapshot.replicaSets.map(allAvailable) }, 0).changes,
    })),
  },
  {
    name: "owner reference missing",
    controller: "deployment",
    workloads: ["create"],
    planted: withClient("deployment", (client) => ({
      create: (kind, object, query) => client.create(kind, withoutOwners(object), query),
    })),
  },
  {
    name: "pause not honoured",
    controller: "deployment",
    workloads: ["pause and resume"],
    planted: deploymentBug(withSpec(() => ({ paused: false }))),
  },
  {
    name: "hash collision not handled",
    controller: "deployment",
    workloads: ["hash collision"],
    planted: deploymentBug(
      withDeployment(({ status, ...deployment }) => ({
        ...deployment,
        status: { ...status, collisionCount: undefined },
      })),
    ),
  },
  {
    name: "observedGeneration written too early",
    controller: "deployment",
    workloads: ["update"],
    planted: deploymentBug(same, (todo, { deployment }) => {
      const { generation } = deployment.metadata ?? {};
      if (deployment.status?.observedGeneration === generation) return todo;
      const status = { ...deployment, status: { ...deployment.status, observedGeneration: generation } };
      return { changes: [], deletions: [], events: [], status };
    }),
  },
  {
    name: "complete when only the new pods are there",
    controller: "deployment",
    workloads: ["update", "history is cut"],
    planted: deploymentBug(same, (todo, { deployment }) =>
      isComplete(deployment, deployment.status) || !todo.status?.status
        ? todo
        : {
            ...todo,
            status: { ...todo.status, status: { ...todo.status.status, replicas: deployment.spec?.replicas } },
          },
    ),
  },
  {
    name: "no waiting for the cache to show what was written",
    controller: "deployment",
    workloads: ["update during update", "undo during update"],
    planted: withClient("deployment", (client) => ({
      create: async (kind, object, query) => unversioned(await client.create(kind, object, query)),
      update: async (kind, object, query) => unversioned(await client.update(kind, object, query)),
    })),
  },
  {
    name: "a start on whatever version the server has",
    controller: "replicaset",
    workloads: ["update"],
    planted: (context) => {
      const list: Client["list"] = (kind, query) => context.client.list(kind, { ...query, resourceVersion: "0" });
      const client = { ...context.client, list };
      return replicaSetController({ ...context, informers: createInformerFactory({ ...context, client }) });
    },
  },
  {
    name: "partition not honoured",
    controller: "statefulset",
    workloads: ["StatefulSet, parallel"],
    planted: (context) =>
      statefulSetController(context, {
        plan: ({ set, ...rest }, now) =>
          statefulSetPlan(
            { ...rest, set: { ...set, spec: set.spec && { ...set.spec, updateStrategy: unlimited } } },
            now,
          ),
      }),
  },
  {
    name: "the next pod is taken before the last is available",
    controller: "statefulset",
    workloads: ["StatefulSet update"],
    planted: (context) =>
      statefulSetController(context, {
        plan: ({ set, ...rest }, now) =>
          statefulSetPlan({ ...rest, set: { ...set, spec: set.spec && { ...set.spec, minReadySeconds: 0 } } }, now),
      }),
  },
  {
    name: "all daemons at once",
    controller: "daemonset",
    workloads: ["DaemonSet update"],
    planted: (context) =>
      daemonSetController(context, {
        plan: ({ set, ...rest }, now) =>
          daemonSetPlan(
            { ...rest, set: { ...set, spec: set.spec && { ...set.spec, updateStrategy: allAtOnce } } },
            now,
          ),
      }),
  },
  {
    name: "revision and pods created for a set that is going away",
    controller: "daemonset",
    workloads: ["DaemonSet delete"],
    planted: withClient("daemonset", readingTheCache),
  },
  {
    name: "an owner that is not in the cache taken for gone",
    controller: "garbage-collector",
    workloads: ["delete"],
    planted: withClient("garbage-collector", (_, { informers }) => ({
      async get(kind, { namespace, name }) {
        const cached = informers.informer(kind).get(namespace ? `${namespace}/${name}` : name);
        if (!cached) throw notFound({ group: kind.group, resource: kind.plural }, name);
        return cached;
      },
    })),
  },
];
