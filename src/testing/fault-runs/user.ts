/** Carries out the steps of a workload as a person with kubectl would, and knows when the cluster has done its part. */

import { withoutHash } from "../../api/apps/canonical-template.ts";
import { compareRevisions } from "../../api/apps/revision-number.ts";
import type {
  DaemonSet,
  Deployment,
  Pod,
  PodTemplateSpec,
  ReplicaSet,
  StatefulSet,
} from "../../api/generated/types.ts";
import type { KindRef, KubeObject } from "../../api/kind.ts";
import { daemonSets, deployments, pods, replicaSets, statefulSets } from "../../client/kinds.ts";
import { revisionOf } from "../../controllers/deployment/annotations.ts";
import { templateHash } from "../../controllers/deployment/pod-template.ts";
import { controllerOf } from "../../controllers/ownership.ts";
import { isActive, isReady } from "../../controllers/pod-state.ts";
import { addNode, type TestPlane } from "../test-plane.ts";
import type { Step, Workload } from "./workloads.ts";

type Subject = Deployment | StatefulSet | DaemonSet;

const key = { namespace: "default", name: "web" };
const kinds = { deployments, statefulsets: statefulSets, daemonsets: daemonSets } as const;
const subjectKind = ({ subject }: Workload) => kinds[subject] as KindRef<Subject>;
const references = [deployments, replicaSets, statefulSets, daemonSets] as const;

const withImage = (template: PodTemplateSpec, image: string): PodTemplateSpec => ({
  ...template,
  spec: { ...template.spec, containers: (template.spec?.containers ?? []).map((c) => ({ ...c, image })) },
});

export async function carryOut(plane: TestPlane, workload: Workload, step: Step): Promise<void> {
  const { client } = plane;
  const kind = subjectKind(workload);
  const patch = (spec: object) => client.patch(kind, key, { spec }, { type: "merge" });
  switch (step.do) {
    case "create": {
      const kind = references.find((reference) => reference.kind === step.object.kind) as KindRef<KubeObject>;
      await client.create(kind, step.object);
      return;
    }
    case "image": {
      const { spec } = await client.get(kind, key);
      await patch({ template: withImage(spec?.template ?? {}, step.image) });
      return;
    }
    case "scale":
      await patch({ replicas: step.replicas });
      return;
    case "pause":
    case "resume":
      await patch({ paused: step.do === "pause" });
      return;
    case "undo": {
      const { items } = await client.list(replicaSets, { namespace: "default" });
      const [, previous] = [...items].sort((a, b) => compareRevisions(revisionOf(b) ?? 0n, revisionOf(a) ?? 0n));
      await patch({ template: withoutHash(previous?.spec?.template ?? {}) });
      return;
    }
    case "delete":
      await client.delete(kind, key, { propagationPolicy: step.propagation });
      return;
    case "add node":
      await addNode(plane, step.name);
      return;
    case "take the name": {
      const { spec } = await client.get(deployments, key);
      const name = `web-${templateHash(withImage(spec?.template ?? {}, step.image), undefined)}`;
      await client.create(replicaSets, othersReplicaSet(name));
    }
  }
}

const othersReplicaSet = (name: string): ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name, namespace: "default" },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: "other" } },
    template: { metadata: { labels: { app: "other" } }, spec: { containers: [{ name: "other", image: "other:1" }] } },
  },
});

/** Waits for what the step says, in virtual time. @throws when it does not come about within an hour */
export async function waitFor(plane: TestPlane, workload: Workload, { until }: Step): Promise<void> {
  const { clock, client } = plane;
  if (until === "stalled") return clock.advance(60_000);
  if (until === "under way")
    return clock.runUntil(async () => {
      const { spec } = await client.get(subjectKind(workload), key);
      const image = spec?.template.spec?.containers[0]?.image;
      const { items } = await client.list(pods, { namespace: "default" });
      return items.some((pod) => isActive(pod) && isReady(pod) && pod.spec?.containers[0]?.image === image);
    });
  await clock.runUntil(() => isSettled(plane));
  await clock.advance(30_000);
}

/** Is everything as the specs ask, and does every status say so? */
export async function isSettled({ client }: TestPlane): Promise<boolean> {
  const lists = await Promise.all(references.map((kind) => client.list(kind as KindRef<Subject>)));
  const owners = lists.flatMap(({ items }) => items);
  const all: readonly Pod[] = (await client.list(pods)).items;
  const objects: readonly KubeObject[] = [...owners, ...all];
  const uids = new Set(objects.map(({ metadata }) => metadata?.uid));
  if (objects.some(({ metadata }) => metadata?.deletionTimestamp)) return false;
  if (objects.some((object) => controllerOf(object) && !uids.has(controllerOf(object)?.uid))) return false;
  if (!all.every(isReady)) return false;
  // A status may be written before its controller has heard of the pods that it has just made.
  const podsOf = (uid: string | undefined) => all.filter((pod) => controllerOf(pod)?.uid === uid).length;
  return owners.every((owner) => {
    const { status, metadata, kind } = owner;
    if (status?.observedGeneration !== metadata?.generation || !isComplete(owner)) return false;
    return kind === "Deployment" || podsOf(metadata?.uid) === podsAskedOf(owner);
  });
}

function podsAskedOf({ kind, spec, status }: Subject | ReplicaSet): number {
  if (kind === "DaemonSet") return (status as DaemonSet["status"])?.desiredNumberScheduled ?? 0;
  return (spec as ReplicaSet["spec"])?.replicas ?? 1;
}

function isComplete(owner: KubeObject): boolean {
  const { kind, spec, status = {} } = owner as Subject & { status?: Record<string, number | string> };
  const count = (name: string) => (status as Record<string, number>)[name] ?? 0;
  if (kind === "DaemonSet") {
    const names = ["currentNumberScheduled", "updatedNumberScheduled", "numberAvailable"];
    return names.every((name) => count(name) === count("desiredNumberScheduled"));
  }
  const { replicas = 1 } = spec as { replicas?: number };
  const names = ["replicas", "readyReplicas", "availableReplicas"];
  if (!names.every((name) => count(name) === replicas)) return false;
  if (kind === "ReplicaSet") return true;
  const { partition } = (owner as StatefulSet).spec?.updateStrategy?.rollingUpdate ?? {};
  return partition ? count("updatedReplicas") >= replicas - partition : count("updatedReplicas") === replicas;
}
