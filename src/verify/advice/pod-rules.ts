/** Rules about the pods themselves: images, requests, where they may run. */
import { selects } from "../../api/labels.ts";
import { compareQuantities, parseQuantity } from "../../api/quantity.ts";
import { demandOf } from "../../scheduler/resources.ts";
import { nodeCapacity } from "../scenarios.ts";
import { containersOf, type Finding, podPath, type Rule, strategyOf } from "./rule.ts";

/** kubernetes.io/docs/concepts/containers/images: no tag means latest. */
const latestTag: Rule = (item) =>
  containersOf(item).flatMap(([{ name, image = "" }, path]) => {
    const last = image.slice(image.lastIndexOf("/") + 1);
    if (image === "" || image.includes("@") || (/:./.test(last) && !last.endsWith(":latest"))) return [];
    return [
      {
        id: "latest-tag",
        severity: "warning" as const,
        path: `${path}.image`,
        why: `What ${image} is changes under the same name: container ${name} differs from pod to pod, and undo brings nothing back.`,
        instead: "a tag that is never moved, or a digest",
      },
    ];
  });

/** What a node of the size that was played on cannot hold is unlikely to find one elsewhere. */
const requestsTooLarge: Rule = ({ object }) => {
  const { requests } = demandOf({ spec: object.spec?.template?.spec });
  const sizes: [string, string, number, number][] = [
    ["cpu", nodeCapacity.cpu, requests.get("cpu") ?? 0, Number(nodeCapacity.cpu) * 1000],
    ["memory", nodeCapacity.memory, requests.get("memory") ?? 0, gibibytes(nodeCapacity.memory)],
  ];
  return sizes
    .filter(([, , asked, there]) => asked > there)
    .map(([name, size]) => ({
      id: "requests-too-large",
      severity: "danger",
      path: `${podPath}.containers[0].resources.requests.${name}`,
      why: `A pod asks for more ${name} than a node of ${nodeCapacity.cpu} CPUs and ${nodeCapacity.memory} has (${size}): it stays Pending.`,
      instead: "requests that fit your nodes, and leave room for one pod more during updates",
    }));
};

const gibibytes = (text: string) => Number.parseInt(text, 10) * 2 ** 30;

/** kubernetes.io/docs/concepts/workloads/pods/pod-qos: BestEffort pods are the first to be evicted. */
const noRequests: Rule = ({ object }) => {
  const { containers = [] } = object.spec?.template?.spec ?? {};
  const without = containers.findIndex(({ resources }) => {
    const asked = { ...resources?.limits, ...resources?.requests };
    return asked.cpu === undefined || asked.memory === undefined;
  });
  if (without < 0) return [];
  return [
    {
      id: "no-requests",
      severity: "hint",
      path: `${podPath}.containers[${without}].resources`,
      why: `Container ${containers[without]?.name} does not say what it needs: the scheduler may put it where there is no room, and its pod is evicted first.`,
      instead: "requests for cpu and memory",
    },
  ];
};

/** Pods that exclude each other need a free node for each that an update adds. */
const needsFreeNode: Rule = (item) => {
  const { object } = item;
  const { replicas, mostPods } = strategyOf(item);
  const { hostNetwork, affinity } = object.spec?.template?.spec ?? {};
  const labels = object.spec?.template?.metadata?.labels;
  const apart = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const exclusive = apart.findIndex(
    ({ topologyKey, labelSelector }) => topologyKey === "kubernetes.io/hostname" && selects(labelSelector, labels),
  );
  const [, portPath] = containersOf(item).find(([c]) => c.ports?.some(({ hostPort }) => hostPort)) ?? [];
  const [path, what] =
    exclusive >= 0
      ? [
          `${podPath}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[${exclusive}]`,
          "Pods that may not share a node",
        ]
      : hostNetwork
        ? [`${podPath}.hostNetwork`, "Pods on the host's network"]
        : portPath
          ? [`${portPath}.ports`, "Pods with a host port"]
          : [];
  // A DaemonSet's pods have a node each anyway; of those that surge its own rule speaks.
  if (path === undefined || replicas === 0 || object.kind === "DaemonSet") return [];
  const surge = mostPods > replicas;
  return [
    {
      id: "needs-free-node",
      severity: "warning",
      path,
      why: `${what} need ${mostPods} nodes ${surge ? "during an update" : "at all times"}; with fewer the rollout stalls.`,
      instead: surge
        ? "maxSurge: 0 with maxUnavailable: 1, or a preference instead of a requirement"
        : "a preference instead of a requirement",
    },
  ];
};

/** A limit on CPU is enforced per tenth of a second: kubernetes.io/docs/concepts/configuration/manage-resources-containers. */
const tinyCpuLimit: Rule = (item) =>
  containersOf(item).flatMap(([{ name, resources }, path]): Finding[] => {
    const limit = resources?.limits?.cpu;
    if (limit === undefined || compareQuantities(parseQuantity(limit), parseQuantity("100m")) >= 0) return [];
    return [
      {
        id: "cpu-limit-tiny",
        severity: "hint",
        path: `${path}.resources.limits.cpu`,
        why: `Container ${name} may use ${limit} of a CPU: it is slowed down most while it starts, and probes time out.`,
        instead: "a larger limit, or a request without a limit",
      },
    ];
  });

export const podRules: readonly Rule[] = [latestTag, requestsTooLarge, needsFreeNode, tinyCpuLimit, noRequests];
