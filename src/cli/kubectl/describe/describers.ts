/** The describer of each kind, loaded when it is needed. */
import type { Describer } from "./describer.ts";

/** What comes over the wire has the type of its kind. */
type AnyDescriber = Describer<never>;

const workloads = () => import("./workloads.ts");
const services = () => import("./services.ts");
const scheduling = () => import("./scheduling.ts");
const storage = () => import("./storage.ts");
const access = () => import("./access.ts");
const configuration = () => import("./configuration.ts");

const describers: Readonly<Record<string, () => Promise<AnyDescriber>>> = {
  Pod: async () => (await import("./pod.ts")).describePod,
  Node: async () => (await import("./node.ts")).describeNode,
  "Deployment.apps": async () => (await workloads()).describeDeployment,
  "ReplicaSet.apps": async () => (await workloads()).describeReplicaSet,
  "StatefulSet.apps": async () => (await import("./sets.ts")).describeStatefulSet,
  "DaemonSet.apps": async () => (await import("./sets.ts")).describeDaemonSet,
  Service: async () => (await services()).describeService,
  Endpoints: async () => (await services()).describeEndpoints,
  "EndpointSlice.discovery.k8s.io": async () => (await services()).describeEndpointSlice,
  "Job.batch": async () => (await import("./batch.ts")).describeJob,
  "CronJob.batch": async () => (await import("./batch.ts")).describeCronJob,
  ReplicationController: async () => (await scheduling()).describeReplicationController,
  "PodDisruptionBudget.policy": async () => (await scheduling()).describePodDisruptionBudget,
  "PriorityClass.scheduling.k8s.io": async () => (await scheduling()).describePriorityClass,
  "HorizontalPodAutoscaler.autoscaling": async () => (await import("./autoscaling.ts")).describeAutoscaler,
  "Ingress.networking.k8s.io": async () => (await import("./ingress.ts")).describeIngress,
  "IngressClass.networking.k8s.io": async () => (await import("./ingress.ts")).describeIngressClass,
  "NetworkPolicy.networking.k8s.io": async () => (await import("./network-policy.ts")).describeNetworkPolicy,
  "ServiceCIDR.networking.k8s.io": async () => (await import("./addresses.ts")).describeServiceCidr,
  "IPAddress.networking.k8s.io": async () => (await import("./addresses.ts")).describeIpAddress,
  PersistentVolumeClaim: async () => (await import("./claims.ts")).describeClaim,
  PersistentVolume: async () => (await storage()).describePersistentVolume,
  "StorageClass.storage.k8s.io": async () => (await storage()).describeStorageClass,
  "VolumeAttributesClass.storage.k8s.io": async () => (await storage()).describeVolumeAttributesClass,
  "CSINode.storage.k8s.io": async () => (await storage()).describeCsiNode,
  ResourceQuota: async () => (await import("./limits.ts")).describeResourceQuota,
  LimitRange: async () => (await import("./limits.ts")).describeLimitRange,
  "Role.rbac.authorization.k8s.io": async () => (await access()).describeRole,
  "ClusterRole.rbac.authorization.k8s.io": async () => (await access()).describeRole,
  "RoleBinding.rbac.authorization.k8s.io": async () => (await access()).describeRoleBinding,
  "ClusterRoleBinding.rbac.authorization.k8s.io": async () => (await access()).describeRoleBinding,
  ConfigMap: async () => (await configuration()).describeConfigMap,
  Secret: async () => (await configuration()).describeSecret,
  ServiceAccount: async () => (await configuration()).describeServiceAccount,
  Namespace: async () => (await configuration()).describeNamespace,
};

/** Kinds without one of their own are described by what they hold. */
export async function describerOf(group: string, kind: string): Promise<AnyDescriber> {
  const own = describers[group ? `${kind}.${group}` : kind];
  return own ? own() : (await import("./generic.ts")).describeGeneric;
}
