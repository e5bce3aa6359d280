/** The shell of the DaemonSet controller: keeps the history, carries out the plan, writes status and events. */
import { records } from "../../api/apps/template-patch.ts";
import { semanticEqual } from "../../api/equal.ts";
import type { ControllerRevision, DaemonSet, Node, Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import type { Cancel } from "../../base/clock.ts";
import { conflict } from "../../base/errors.ts";
import { createControllerLoop, type KeyQueue } from "../../client/controller-loop.ts";
import {
  nodes as nodeKind,
  pods as podKind,
  controllerRevisions as revisionKind,
  daemonSets as setKind,
} from "../../client/kinds.ts";
import { claimObjects, isStaying } from "../claiming.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { Expectations } from "../expectations.ts";
import { Owners, selectorFor } from "../history/pod-owners.ts";

import { revisionHashLabel } from "../history/revision.ts";
import { createRevision, deleteRevision, renumber } from "../history/writer.ts";
import { controllerOf, isDeleting } from "../ownership.ts";
import { PodControl } from "../pod-control.ts";
import { writeStatus } from "../write-status.ts";
import { WrittenObjects } from "../written-objects.ts";
import { Backoff } from "./backoff.ts";
import { concerns, nodeOf, podFor } from "./node-pods.ts";
import { type DaemonSetSnapshot, plan as ownPlan, planStatus } from "./plan.ts";
import { hashOf, historyOf, newRevision, planCleanup } from "./revisions.ts";

/** The index over the names of the nodes that daemon pods are on or for. */
const nodeIndex = "daemon-node";

/** The most creates or deletes of one sync. */
const burst = 250;

const nameOf = ({ metadata }: Pod | DaemonSet | ControllerRevision) => ({
  namespace: metadata?.namespace ?? "",
  name: metadata?.name ?? "",
});
const selectsEverything = ({ spec }: DaemonSet): boolean =>
  spec !== undefined && Object.keys(spec.selector).length === 0;
const sameForDaemons = (a: Node, b: Node): boolean =>
  semanticEqual(a.metadata?.labels, b.metadata?.labels) && semanticEqual(a.spec?.taints, b.spec?.taints);

/** What the controller goes by, unless it is told otherwise. */
const rules = { plan: ownPlan };

export function daemonSetController(context: ControllerContext, { plan } = rules): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "daemonset-controller" });
  const sets = context.informers.informer(setKind);
  const pods = context.informers.informer(podKind);
  const nodes = context.informers.informer(nodeKind);
  const revisions = context.informers.informer(revisionKind);
  const owners = new Owners(setKind, sets);
  Owners.indexDependents(pods);
  Owners.indexDependents(revisions);
  pods.addIndex(nodeIndex, (pod) => (controllerOf(pod)?.kind === setKind.kind ? [nodeOf(pod) ?? ""] : []));
  const written = new WrittenObjects();
  const expectations = new Expectations();
  const podControl = new PodControl({ client, events, expectations });
  const backoff = new Backoff();

  const seen = (pod: Pod, what: "created" | "deleted"): void => {
    const set = owners.of(pod);
    if (!set) return;
    if (what === "created") expectations.created(keyOf(set));
    else expectations.deleted(keyOf(set), pod.metadata?.uid ?? "");
  };
  const wake = (queue: KeyQueue, node: Node): void => {
    const there = new Set(pods.byIndex(nodeIndex, node.metadata?.name ?? "").map((pod) => controllerOf(pod)?.uid));
    for (const set of sets.list()) if (concerns(set, node, there.has(set.metadata?.uid))) queue.add(keyOf(set));
  };

  const connect = (queue: KeyQueue): Cancel[] => [
    sets.addHandlers({
      onAdd: (set) => queue.add(keyOf(set)),
      onUpdate: (set) => queue.add(keyOf(set)),
      onDelete(set) {
        expectations.forget(keyOf(set));
        written.forget(keyOf(set));
        backoff.forget(set.metadata?.uid ?? "");
      },
    }),
    nodes.addHandlers({
      onAdd: (node) => wake(queue, node),
      onUpdate(next, previous) {
        if (!sameForDaemons(next, previous)) wake(queue, next);
      },
      /** Upstream wakes nobody: that the node's pods end does. Those that have not come to it would wait for ever. */
      onDelete({ metadata }) {
        for (const pod of pods.byIndex(nodeIndex, metadata?.name ?? ""))
          if (!pod.spec?.nodeName) owners.wake(queue, pod);
      },
    }),
    // Before the owners are woken, so that they find their expectations met.
    pods.addHandlers({
      onAdd: (pod) => controllerOf(pod) && seen(pod, isDeleting(pod) ? "deleted" : "created"),
      onUpdate: (pod) => isDeleting(pod) && seen(pod, "deleted"),
      onDelete: (pod) => seen(pod, "deleted"),
    }),
    owners.watch(queue, pods),
    revisions.addHandlers({
      onDelete(revision) {
        const set = owners.of(revision);
        if (set) written.vanished(keyOf(set), revision);
      },
    }),
    owners.watch(queue, revisions),
  ];

  /** Another template has the name: the next hash is made with a greater count. */
  const countCollision = async (set: DaemonSet): Promise<never> => {
    const fresh = await client.get(setKind, nameOf(set));
    const count = fresh.status?.collisionCount;
    if (fresh.status && count === set.status?.collisionCount) {
      const status = { ...fresh.status, collisionCount: (count ?? 0) + 1 };
      await client.update(setKind, { ...fresh, status }, { subresource: "status" });
    }
    throw conflict({ group: "apps", resource: "controllerrevisions" }, set.metadata?.name ?? "", "its name is taken");
  };

  /** A revision that has lost the label by which its pods are known is known by its name from now on. */
  const labelled = async (revision: ControllerRevision): Promise<ControllerRevision> => {
    if (hashOf(revision)) return revision;
    const { name = "" } = revision.metadata ?? {};
    const metadata = { labels: { [revisionHashLabel]: name } };
    return client.patch(revisionKind, nameOf(revision), { metadata }, { type: "merge" });
  };

  /** Undefined when the revision would have to be created for a set that is going away. */
  const currentRevision = async (set: DaemonSet, known: readonly ControllerRevision[], own: readonly Pod[]) => {
    const all: ControllerRevision[] = [];
    for (const revision of known) all.push(await labelled(revision));
    const { current, duplicates, old, number } = historyOf(set, all);
    if (!current) {
      if (!(await isStaying(client, setKind, set))) return undefined;
      const wanted = newRevision(set, number);
      const result = await createRevision(client, wanted);
      if ("created" in result) return { current: result.created, old };
      // Created by an earlier sync: the cache is about to show it.
      if (records(result.taken, wanted.data as object)) return { current: result.taken, old };
      return countCollision(set);
    }
    if (duplicates.length > 0) {
      const labels = { "controller-revision-hash": hashOf(current) };
      for (const pod of own)
        if (duplicates.some((duplicate) => hashOf(duplicate) === hashOf(pod)))
          await client.patch(podKind, nameOf(pod), { metadata: { labels } }, { type: "merge" });
      for (const duplicate of duplicates) await deleteRevision(client, duplicate);
    }
    return { current: current.revision < number ? await renumber(client, current, number) : current, old };
  };

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const set = sets.get(key);
    if (!set) return undefined;
    if (selectsEverything(set)) {
      const message = "This daemon set is selecting all pods. A non-empty selector is required.";
      events.event(set, "Warning", "SelectingAll", message);
      return undefined;
    }
    if (isDeleting(set)) return undefined;
    const history = Owners.candidates(revisions, set);
    if (written.isStale(key, history, clock.now())) return { requeueAfter: 5000 };
    const claim = { client, ownerKind: setKind, owner: set, selector: selectorFor(set) };
    const known = await claimObjects({ ...claim, kind: revisionKind, candidates: history });
    const own = await claimObjects({ ...claim, kind: podKind, candidates: Owners.candidates(pods, set) });
    const revision = await currentRevision(set, known, own);
    if (!revision) return undefined;
    const { current, old } = revision;
    if (!known.includes(current)) written.wrote(key, current);
    const backoffKey = (node: string) => `${set.metadata?.uid}/${set.status?.observedGeneration ?? 0}/${node}`;
    const snapshot: DaemonSetSnapshot = {
      set,
      nodes: nodes.list(),
      pods: own,
      hash: hashOf(current),
      backoff: (node) => backoff.remaining(backoffKey(node), clock.now()),
    };
    if (!expectations.satisfied(key, clock.now())) {
      const status = planStatus(snapshot, false, clock.now());
      if (status) await writeStatus(client, setKind, set, (base) => ({ ...base, status }));
      return { requeueAfter: Math.max(1, expectations.expiresIn(key, clock.now()) ?? 1) };
    }
    const todo = plan(snapshot, clock.now());
    for (const node of todo.failed) backoff.next(backoffKey(node), clock.now());
    for (const { type, reason, message } of todo.events) events.event(set, type, reason, message);
    const [create, doomed] = [todo.create.slice(0, burst), todo.delete.slice(0, burst)];
    if (create.length > 0 && !(await isStaying(client, setKind, set))) return undefined;
    const uids = doomed.map(({ metadata }) => metadata?.uid ?? "");
    if (create.length + doomed.length > 0) expectations.expect(key, create.length, uids, clock.now());
    const failures = [
      await podControl.create(key, set, create.length, (i) => podFor(set, create[i] ?? "", snapshot.hash)),
      await podControl.delete(key, set, doomed),
    ].filter((failure) => failure !== undefined);
    if (failures.length === 0)
      for (const revision of planCleanup(set, old, own)) await deleteRevision(client, revision);
    const status = planStatus(snapshot, true, clock.now());
    if (status) await writeStatus(client, setKind, set, (base) => ({ ...base, status }));
    if (failures.length > 0) throw failures[0];
    return todo.requeueAfter === undefined ? undefined : { requeueAfter: Math.max(1, todo.requeueAfter) };
  };

  return createControllerLoop({
    name: "daemonset",
    clock,
    logger,
    caches: [sets, pods, nodes, revisions],
    connect,
    reconcile,
    maxRetries: Number.POSITIVE_INFINITY,
  });
}
