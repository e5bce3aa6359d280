/** Which nodes a DaemonSet's pods are for, and what such a pod looks like. Pure. */
import { matchesNodeAffinity, tolerates } from "../../api/core/node-fit.ts";
import type { Affinity, DaemonSet, Node, Pod, PodSpec, Toleration } from "../../api/generated/types.ts";
import { daemonSets } from "../../client/kinds.ts";
import { revisionHashLabel } from "../history/revision.ts";
import { controllerReference, isDeleting } from "../ownership.ts";
import { isTerminal } from "../pod-state.ts";

const generationLabel = "pod-template-generation";
const templateGeneration = (set: DaemonSet): string | undefined => {
  const text = set.metadata?.annotations?.["deprecated.daemonset.template.generation"];
  return text !== undefined && /^[0-9]+$/.test(text) ? String(Number(text)) : undefined;
};

const onNode = (key: string, effect: string): Toleration => ({
  key: `node.kubernetes.io/${key}`,
  operator: "Exists",
  effect,
});

/** What is wrong with a node is no reason for a daemon to leave it, nor not to come. */
const daemonTolerations: readonly Toleration[] = [
  onNode("not-ready", "NoExecute"),
  onNode("unreachable", "NoExecute"),
  onNode("disk-pressure", "NoSchedule"),
  onNode("memory-pressure", "NoSchedule"),
  onNode("pid-pressure", "NoSchedule"),
  onNode("unschedulable", "NoSchedule"),
];

/** A toleration that is there already for the same taint and value is replaced. */
function withTolerations(spec: PodSpec): PodSpec {
  const added = spec.hostNetwork
    ? [...daemonTolerations, onNode("network-unavailable", "NoSchedule")]
    : daemonTolerations;
  const isSame = (a: Toleration, b: Toleration) =>
    a.key === b.key &&
    (a.effect ?? "") === (b.effect ?? "") &&
    (a.operator ?? "") === (b.operator ?? "") &&
    (a.value ?? "") === (b.value ?? "");
  const tolerations = [...(spec.tolerations ?? [])];
  for (const toleration of added) {
    const at = tolerations.findIndex((have) => isSame(have, toleration));
    if (at < 0) tolerations.push(toleration);
    else tolerations[at] = toleration;
  }
  return { ...spec, tolerations };
}

/** Node affinity for one node; it takes the place of what the template requires, which that node meets. */
function boundTo(affinity: Affinity | undefined, node: string): Affinity {
  const term = { matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] };
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    },
  };
}

/** The pod that a DaemonSet creates; the scheduler binds it to the node. */
export function podFor(set: DaemonSet, node: string, hash: string): Pod {
  const { template } = set.spec ?? {};
  const { name = "", namespace } = set.metadata ?? {};
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  const generation = templateGeneration(set);
  const spec = withTolerations(template?.spec ?? { containers: [] });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, ...(generation ? { [generationLabel]: generation } : {}), [revisionHashLabel]: hash },
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(daemonSets, set)],
    },
    spec: { ...spec, affinity: boundTo(spec.affinity, node) },
  };
}

/** Is the pod of the present template? */
export function isUpdated(set: DaemonSet, pod: Pod, hash: string): boolean {
  const labels = pod.metadata?.labels ?? {};
  const generation = templateGeneration(set);
  return labels[revisionHashLabel] === hash || (generation !== undefined && labels[generationLabel] === generation);
}

export interface NodeFit {
  /** Should a pod be there if there is none? */
  readonly run: boolean;
  /** May a pod that is there stay? */
  readonly stay: boolean;
}

export function fits(set: DaemonSet, node: Node): NodeFit {
  const template = set.spec?.template?.spec ?? { containers: [] };
  const spec = withTolerations(template);
  if (spec.nodeName && spec.nodeName !== node.metadata?.name) return { run: false, stay: false };
  if (!matchesNodeAffinity({ spec }, node)) return { run: false, stay: false };
  const refused = (node.spec?.taints ?? [])
    .filter((taint) => !spec.tolerations?.some((toleration) => tolerates(toleration, taint)))
    .map(({ effect }) => effect);
  const stay = !refused.includes("NoExecute");
  return { run: stay && !refused.includes("NoSchedule"), stay };
}

/**
 * Has the set anything to do when the node has changed? (`syncNodeUpdate`.) Where it has not, its status counts the node
 * as before until something else happens.
 * @param isThere does the set have a pod on the node, or for it?
 */
export function concerns(set: DaemonSet, node: Node, isThere: boolean): boolean {
  const { run, stay } = fits(set, node);
  return isThere ? !stay || (set.status?.numberMisscheduled ?? 0) > 0 : run;
}

/** The node that the pod is on or for. */
export function nodeOf({ spec }: Pod): string | undefined {
  if (spec?.nodeName) return spec.nodeName;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? [])
    for (const { key, operator, values = [] } of matchFields)
      if (key === "metadata.name" && operator === "In" && values.length === 1) return values[0];
  return undefined;
}

/** Pods by node. Ended pods that are being deleted take no place. */
export function podsByNode(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const all = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = nodeOf(pod);
    if (node === undefined || (isTerminal(pod) && isDeleting(pod))) continue;
    const there = all.get(node);
    if (there) there.push(pod);
    else all.set(node, [pod]);
  }
  return all;
}
