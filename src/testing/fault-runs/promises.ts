/** What must hold at every moment, whatever is disturbed. Watched on the undisturbed side. */
import type { DaemonSet, Deployment, Pod, ReplicaSet, StatefulSet } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { soon } from "../../base/turn.ts";
import { byController, controllerIndex } from "../../client/informer.ts";
import { daemonSets, deployments, pods, replicaSets, statefulSets } from "../../client/kinds.ts";
import { revisionOf } from "../../controllers/deployment/annotations.ts";
import { fencePosts, isRecreate, replicasOf } from "../../controllers/deployment/fence-posts.ts";
import { sameTemplate } from "../../controllers/deployment/pod-template.ts";
import { isComplete } from "../../controllers/deployment/progress.ts";
import { sizeOf, totalSize } from "../../controllers/deployment/replica-sets.ts";
import { isDeleting } from "../../controllers/ownership.ts";
import { availableAt, isActive } from "../../controllers/pod-state.ts";
import type { TestPlane } from "../test-plane.ts";

const isObserved = ({ metadata, status }: ReplicaSet): boolean => status?.observedGeneration === metadata?.generation;

type Subject = Deployment | StatefulSet | DaemonSet;

/** How many pods the object promises to keep available; undefined when it promises nothing. */
function promised(subject: Subject): number | undefined {
  if (isDeleting(subject)) return undefined;
  if (subject.kind === "Deployment") {
    const deployment = subject as Deployment;
    if (isRecreate(deployment)) return undefined;
    return replicasOf(deployment) - fencePosts(deployment).unavailable;
  }
  if (subject.kind === "StatefulSet") return ((subject as StatefulSet).spec?.replicas ?? 1) - 1;
  const { status, spec } = subject as DaemonSet;
  return (status?.desiredNumberScheduled ?? 0) - (spec?.updateStrategy?.rollingUpdate?.maxSurge ? 0 : 1);
}

/** Does its status claim that all its pods are available? */
function claimsAll({ kind, spec, status = {}, metadata }: Subject): boolean {
  const count = (name: string) => (status as Record<string, number>)[name] ?? 0;
  if (status.observedGeneration !== metadata?.generation) return false;
  if (kind === "DaemonSet") return count("numberAvailable") === count("desiredNumberScheduled");
  return count("availableReplicas") === ((spec as { replicas?: number }).replicas ?? 1);
}

/**
 * Watches over these promises:
 * - a ReplicaSet never has more active pods than it was ever asked for;
 * - nothing is scaled up beyond replicas + surge;
 * - a workload that has had all its pods never has fewer available ones than its strategy promises;
 * - a Deployment whose status says that its rollout is complete has its pods, and they are of its template, once the
 *   statuses of its ReplicaSets, of which it is the sum, are for their present sizes;
 * - a Deployment's revision is that of a ReplicaSet.
 */
export function watchPromises(plane: TestPlane): { readonly broken: readonly string[]; revision(): string } {
  const { clock, informers } = plane;
  const broken: string[] = [];
  const sets = informers.informer(replicaSets);
  const all = informers.informer(pods);
  const deployed = informers.informer(deployments);
  all.addIndex(controllerIndex, byController);
  sets.addIndex(controllerIndex, byController);
  let newest = 0;
  const floors = new Map<string, { readonly floor: number; readonly seconds: number }>();
  const asked = new Map<string, number>();
  const tell = (what: string) => broken.includes(what) || broken.push(what);
  const note = ({ metadata }: KubeObject) => {
    newest = Math.max(newest, Number(metadata?.resourceVersion ?? 0));
  };
  const active = (uid: string | undefined) => all.byIndex(controllerIndex, uid ?? "").filter(isActive);
  const available = (some: readonly Pod[], seconds: number) =>
    some.filter((pod) => availableAt(pod, seconds) <= clock.now()).length;
  const setsOf = (uid: string | undefined) => sets.byIndex(controllerIndex, uid ?? "");
  const podsOf = (uid: string) => [uid, ...setsOf(uid).map((rs) => rs.metadata?.uid)].flatMap(active);

  const onSubject = (subject: Subject) => {
    note(subject);
    const { uid = "", generation } = subject.metadata ?? {};
    const least = promised(subject);
    const { floor } = floors.get(uid) ?? {};
    const seconds = subject.spec?.minReadySeconds ?? 0;
    if (least === undefined) floors.delete(uid);
    else if (claimsAll(subject)) floors.set(uid, { floor: least, seconds });
    else if (floor !== undefined) floors.set(uid, { floor: Math.min(floor, least), seconds });
    if (subject.kind === "Deployment") soon(() => onDeployment(subject as Deployment, generation));
  };

  const onDeployment = (deployment: Deployment, generation: number | undefined) => {
    const { uid = "", namespace, name } = deployment.metadata ?? {};
    const own = setsOf(uid);
    const revision = revisionOf(deployment) ?? 0;
    if (revision > 0 && !isDeleting(deployment) && !own.some((rs) => revisionOf(rs) === revision))
      tell(`revision ${revision} of the Deployment is that of no ReplicaSet`);
    const now = deployed.get(`${namespace}/${name}`);
    if (!now || isDeleting(now) || now.metadata?.generation !== generation) return;
    if (!isComplete(deployment, deployment.status) || !own.every(isObserved)) return;
    const current = own.filter((rs) => sameTemplate(rs.spec?.template ?? {}, deployment.spec?.template ?? {}));
    const seconds = deployment.spec?.minReadySeconds ?? 0;
    const there = available(
      current.flatMap((rs) => active(rs.metadata?.uid)),
      seconds,
    );
    if (there < replicasOf(deployment)) tell("a Deployment says that it is complete, and has not all its pods");
  };

  const onReplicaSet = (rs: ReplicaSet, previous?: ReplicaSet) => {
    note(rs);
    const { uid = "", namespace } = rs.metadata ?? {};
    asked.set(uid, Math.max(asked.get(uid) ?? 0, sizeOf(rs)));
    if (sizeOf(rs) <= (previous ? sizeOf(previous) : 0)) return;
    const [owner = ""] = byController(rs);
    const deployment = deployed.list(namespace).find(({ metadata }) => metadata?.uid === owner);
    if (!deployment || isDeleting(deployment)) return;
    if (totalSize(setsOf(owner)) > replicasOf(deployment) + fencePosts(deployment).surge)
      tell("ReplicaSets are larger together than replicas + surge");
  };

  const onPod = (pod: Pod) => {
    note(pod);
    const [owner = ""] = byController(pod);
    if (active(owner).length > (asked.get(owner) ?? Number.POSITIVE_INFINITY))
      tell("a ReplicaSet has more pods than it was ever asked for");
    for (const [uid, { floor, seconds }] of floors) {
      const there = available(podsOf(uid), seconds);
      if (there < floor) tell(`${there} pods are available, and ${floor} are promised`);
    }
  };

  for (const kind of [deployments, statefulSets, daemonSets])
    informers.informer<Subject>(kind as typeof deployments).addHandlers({
      onAdd: onSubject,
      onUpdate: onSubject,
      onDelete: ({ metadata }) => floors.delete(metadata?.uid ?? ""),
    });
  sets.addHandlers({ onAdd: (rs) => onReplicaSet(rs), onUpdate: onReplicaSet, onDelete: note });
  all.addHandlers({ onAdd: onPod, onUpdate: onPod, onDelete: onPod });
  return { broken, revision: () => String(newest) };
}
