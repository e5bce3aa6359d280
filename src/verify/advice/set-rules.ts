/** Rules about the updates of StatefulSets and DaemonSets. */
import type { DaemonSet, Service, StatefulSet } from "../../api/generated/types.ts";
import { surgeOf } from "../kinds/daemonset.ts";
import { isByHand } from "../kinds/kind.ts";
import { isOrdered } from "../kinds/statefulset.ts";
import { containersOf, namespaceOf, only, podPath, type Rule, strategyOf } from "./rule.ts";

/** kubernetes.io/docs/concepts/workloads/controllers/statefulset, "Forced rollback". */
const brokenPodStays: Rule<StatefulSet> = (item) => {
  const { object } = item;
  const several = object.spec?.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined;
  if (isByHand(object) || strategyOf(item).replicas === 0 || !(isOrdered(object) || several)) return [];
  return [
    {
      id: "broken-pod-stays",
      severity: "warning",
      path: isOrdered(object) ? "spec.podManagementPolicy" : "spec.updateStrategy.rollingUpdate.maxUnavailable",
      why: "After an update that breaks a pod, `rollout undo` alone does not help: the controller waits until that pod is ready, which it never will be.",
      instead: isOrdered(object)
        ? "after the undo `kubectl delete pod` what is broken; or Parallel, where pods need not wait for each other"
        : "after the undo `kubectl delete pod` what is broken; or no maxUnavailable: one pod at a time is replaced though it is broken",
    },
  ];
};

const setWithOneReplica: Rule<StatefulSet> = (item) =>
  strategyOf(item).replicas === 1
    ? [
        {
          id: "single-replica",
          severity: "warning",
          path: "spec.replicas",
          why: "The only pod ends before its successor starts, so every update is an outage; and when its node is lost nothing answers until somebody deletes the Node.",
          instead: "replicas: 2 or more, if the application can do that",
        },
      ]
    : [];

/** kubernetes.io/docs/concepts/workloads/controllers/statefulset, "Partitioned rolling updates". */
const partitionHoldsAll: Rule<StatefulSet> = (item) => {
  const { replicas, partition } = strategyOf(item);
  if (replicas === 0 || partition !== replicas) return [];
  return [
    {
      id: "partition-holds-all",
      severity: "warning",
      path: "spec.updateStrategy.rollingUpdate.partition",
      why: `With ${replicas} ${replicas === 1 ? "replica" : "replicas"} this partition holds every pod back: updates are taken and never rolled out.`,
      instead: "a partition below the number of replicas, 0 when the update is to reach all",
    },
  ];
};

/** The feature gate MaxUnavailableStatefulSet is off in 1.34. */
const maxUnavailableIgnored: Rule<StatefulSet> = ({ object }) =>
  object.spec?.updateStrategy?.rollingUpdate?.maxUnavailable === undefined
    ? []
    : [
        {
          id: "max-unavailable-gated",
          severity: "hint",
          path: "spec.updateStrategy.rollingUpdate.maxUnavailable",
          why: "Kubernetes 1.34 drops this field unless the feature gate MaxUnavailableStatefulSet is on: one pod at a time is updated there. It was played as it stands.",
          instead: "leave it out, unless your cluster has the gate",
        },
      ];

/** kubernetes.io/docs/concepts/workloads/controllers/statefulset, "Stable Network ID". */
const governingService: Rule<StatefulSet> = (item, { items }) => {
  const name = item.object.spec?.serviceName;
  if (!name) return [];
  const service = items.find(
    (other) =>
      other.object.kind === "Service" &&
      other.object.metadata.name === name &&
      namespaceOf(other) === namespaceOf(item),
  )?.object as Service | undefined;
  if (service?.spec?.clusterIP === "None") return [];
  return [
    {
      id: "service-not-headless",
      severity: service ? "warning" : "hint",
      path: "spec.serviceName",
      why: service
        ? `Service ${name} has a cluster IP: pods have names of their own only under a headless Service.`
        : `No Service ${name} is in this manifest: without it pods have no names of their own.`,
      instead: `Service ${name} with clusterIP: None`,
    },
  ];
};

const onDelete: Rule = ({ object }) =>
  isByHand(object)
    ? [
        {
          id: "on-delete",
          severity: "warning",
          path: "spec.updateStrategy.type",
          why: "With OnDelete an update reaches a pod only when somebody deletes it, or its node is lost: until then two versions run, and `rollout status` refuses.",
          instead: "RollingUpdate, unless something else deletes the pods in order",
        },
      ]
    : [];

const allNodesAtOnce: Rule<DaemonSet> = (item) => {
  const { type, leastAvailable } = strategyOf(item);
  const { maxUnavailable } = item.object.spec?.updateStrategy?.rollingUpdate ?? {};
  // A number that happens to be all of the nodes played on says nothing of other clusters.
  if (type === "OnDelete" || leastAvailable > 0 || typeof maxUnavailable === "number") return [];
  return [
    {
      id: "all-unavailable",
      severity: "danger",
      path: "spec.updateStrategy.rollingUpdate.maxUnavailable",
      why: "The pods of all nodes may be taken away before a new one is available, so every update is an outage, and a bad version a lasting one.",
      instead: "maxUnavailable: 1 or 10%",
    },
  ];
};

const surgeNeedsFreePort: Rule<DaemonSet> = (item) => {
  const { hostNetwork } = item.object.spec?.template?.spec ?? {};
  const [, at] = containersOf(item).find(([{ ports }]) => ports?.some(({ hostPort }) => hostPort)) ?? [];
  if (surgeOf(item.object, 1) === 0 || isByHand(item.object) || !at) return [];
  return [
    {
      id: "surge-needs-free-port",
      severity: "danger",
      path: hostNetwork ? `${podPath}.hostNetwork` : `${at}.ports`,
      why: "With maxSurge the new pod starts beside the old one, which holds the host's port: it stays Pending, and no update rolls out.",
      instead: "maxSurge: 0 and maxUnavailable: 1",
    },
  ];
};

export const setRules: readonly Rule[] = [
  onDelete,
  ...only<StatefulSet>("StatefulSet", [
    partitionHoldsAll,
    brokenPodStays,
    setWithOneReplica,
    maxUnavailableIgnored,
    governingService,
  ]),
  ...only<DaemonSet>("DaemonSet", [surgeNeedsFreePort, allNodesAtOnce]),
];
