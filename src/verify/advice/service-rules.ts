/** Rules about objects that find each other by labels and ports: Services, selectors, disruption budgets. */
import type { PodDisruptionBudget, Service } from "../../api/generated/types.ts";
import { scaledValue } from "../../api/int-or-string.ts";
import { type Labels, matchesLabels, selectorOfSet, selects } from "../../api/labels.ts";
import { groupOf } from "../manifest/decode.ts";
import type { Item } from "../manifest/read.ts";
import { type Finding, namespaceOf, type ObjectRule, type PodMaker, type Rule, strategyOf } from "./rule.ts";

const serviceOf = ({ object }: Item): Service | undefined =>
  object.kind === "Service" && object.apiVersion === "v1" ? (object as Service) : undefined;

/** Is it a Service that sends traffic to pods with these labels? */
export function selectsPods(item: Item, namespace: string, labels: Labels | undefined): boolean {
  const selector = serviceOf(item)?.spec?.selector;
  if (!selector || Object.keys(selector).length === 0 || namespaceOf(item) !== namespace) return false;
  return matchesLabels(selectorOfSet(selector), labels);
}

const podsBehind = (item: Item, podMakers: readonly PodMaker[]): PodMaker[] =>
  podMakers.filter(({ namespace, labels }) => selectsPods(item, namespace, labels));

const labelText = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

/** Without pods in this manifest nothing can be said: they may be in another one. */
const selectsNothing: ObjectRule = (item, { podMakers }) => {
  const { selector = {}, type } = serviceOf(item)?.spec ?? {};
  const near = podMakers.filter(({ namespace }) => namespace === namespaceOf(item));
  if (Object.keys(selector).length === 0 || type === "ExternalName" || podsBehind(item, near).length > 0) return [];
  if (podMakers.length === 0) return [];
  const [only] = near;
  const hint = only
    ? `; the pods of ${only.item.object.kind} ${only.item.object.metadata.name} have ${labelText(only.labels)}`
    : "";
  return [
    {
      id: "service-selects-nothing",
      severity: "danger",
      path: "spec.selector",
      why: `No pod of this manifest in namespace ${namespaceOf(item)} has the labels ${labelText(selector)}: the Service leads nowhere.`,
      instead: `labels that the pods have${hint}`,
    },
  ];
};

/** A name must be some container's; a number should be (it works without, as long as something listens). */
const targetPort: ObjectRule = (item, { podMakers }) =>
  (serviceOf(item)?.spec?.ports ?? []).flatMap(({ targetPort: target, port, protocol = "TCP" }, i): Finding[] => {
    const wanted = target === undefined || target === "" || target === 0 ? port : target;
    return podsBehind(item, podMakers).flatMap(({ item: maker, spec }): Finding[] => {
      const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
      const ports = [...(spec.containers ?? []), ...sidecars].flatMap((c) => c.ports ?? []);
      const named = typeof wanted === "string" && !/^\d+$/.test(wanted);
      const fits = ports.some(
        ({ name, containerPort, protocol: own = "TCP" }) =>
          own === protocol && (named ? name === wanted : containerPort === Number(wanted)),
      );
      if (fits || (!named && ports.length === 0)) return [];
      const there = ports
        .map(({ name, containerPort }) => (name ? `${name} (${containerPort})` : `${containerPort}`))
        .join(", ");
      const who = `${maker.object.kind} ${maker.object.metadata.name}`;
      return [
        {
          id: "service-port-unknown",
          severity: named ? "danger" : "warning",
          path: `spec.ports[${i}].targetPort`,
          why: named
            ? `No container of ${who} has a port called ${wanted}: the Service leads nowhere.`
            : `No container of ${who} declares port ${wanted}: if none listens there, the Service leads nowhere.`,
          instead: there ? `one of ${there}` : "the number of the port on which the container listens",
        },
      ];
    });
  });

/** kubernetes.io/docs/concepts/workloads/controllers/deployment, "Selector": controllers then fight over pods. */
const overlappingSelectors: Rule = (item, { podMakers }) => {
  const { selector, template } = item.object.spec ?? {};
  const own = template?.metadata?.labels;
  return podMakers.flatMap((other): Finding[] => {
    const { kind, metadata } = other.item.object;
    const same = kind === item.object.kind && metadata.name === item.object.metadata.name;
    if (same || other.namespace !== namespaceOf(item)) return [];
    const theirs = (other.item.object as { spec?: { selector?: Parameters<typeof selects>[0] } }).spec?.selector;
    const mutual = kind !== "Pod" && selects(theirs, own);
    if (!selects(selector, other.labels) && !mutual) return [];
    return [
      {
        id: "overlapping-selectors",
        severity: "danger",
        path: "spec.selector",
        why: `It also selects the pods of ${kind} ${metadata.name}, or the other way round: each counts what is not its own, and Services mix them.`,
        instead: `a label that only this ${item.object.kind}'s pods have, in selector and template`,
      },
    ];
  });
};

/** kubernetes.io/docs/tasks/run-application/configure-pdb: a budget of none blocks every drain. */
const budgetBlocksDrains: ObjectRule = (item, { workloads }) => {
  const { object } = item;
  if (object.kind !== "PodDisruptionBudget" || groupOf(object.apiVersion) !== "policy") return [];
  const { selector, minAvailable, maxUnavailable } = (object as PodDisruptionBudget).spec ?? {};
  return workloads.flatMap((workload): Finding[] => {
    const { template } = workload.object.spec ?? {};
    const { replicas } = strategyOf(workload);
    // A drain leaves the pods of DaemonSets where they are.
    if (workload.object.kind === "DaemonSet") return [];
    if (namespaceOf(workload) !== namespaceOf(item) || !selects(selector, template?.metadata?.labels)) return [];
    const spare = budget(replicas, minAvailable, maxUnavailable);
    if (spare === undefined || spare > 0 || replicas === 0) return [];
    const field = minAvailable === undefined ? "maxUnavailable" : "minAvailable";
    return [
      {
        id: "budget-blocks-drains",
        severity: "warning",
        path: `spec.${field}`,
        why: `None of the ${replicas} pods of ${workload.object.kind} ${workload.object.metadata.name} may ever be evicted: no node that has one can be drained.`,
        instead: "maxUnavailable: 1, with two replicas or more",
      },
    ];
  });
};

/** How many pods may be evicted; undefined when the budget does not say. Both percentages round up, as upstream. */
function budget(
  replicas: number,
  min: number | string | undefined,
  max: number | string | undefined,
): number | undefined {
  try {
    if (max !== undefined) return scaledValue(max, replicas, "up");
    return min === undefined ? undefined : replicas - scaledValue(min, replicas, "up");
  } catch {
    return undefined;
  }
}

export const selectorRules: readonly Rule[] = [overlappingSelectors];
export const objectRules: readonly ObjectRule[] = [selectsNothing, targetPort, budgetBlocksDrains];
