/** References to the kinds that clients use, without the rules that `api/` holds for them. */

import type {
  ConfigMap,
  ControllerRevision,
  CoreEvent,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Endpoints,
  Lease,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
} from "../api/generated/types.ts";
import type { KindRef, KubeObject } from "../api/kind.ts";

const ref = <T extends KubeObject>(
  group: string,
  version: string,
  kind: string,
  plural: string,
  namespaced = true,
): KindRef<T> => ({ group, version, kind, plural, namespaced });

export const pods = ref<Pod>("", "v1", "Pod", "pods");
export const nodes = ref<Node>("", "v1", "Node", "nodes", false);
export const namespaces = ref<Namespace>("", "v1", "Namespace", "namespaces", false);
export const services = ref<Service>("", "v1", "Service", "services");
export const endpoints = ref<Endpoints>("", "v1", "Endpoints", "endpoints");
export const events = ref<CoreEvent>("", "v1", "Event", "events");
export const configMaps = ref<ConfigMap>("", "v1", "ConfigMap", "configmaps");
export const secrets = ref<Secret>("", "v1", "Secret", "secrets");
export const serviceAccounts = ref<ServiceAccount>("", "v1", "ServiceAccount", "serviceaccounts");
export const persistentVolumeClaims = ref<PersistentVolumeClaim>(
  "",
  "v1",
  "PersistentVolumeClaim",
  "persistentvolumeclaims",
);
export const deployments = ref<Deployment>("apps", "v1", "Deployment", "deployments");
export const replicaSets = ref<ReplicaSet>("apps", "v1", "ReplicaSet", "replicasets");
export const statefulSets = ref<StatefulSet>("apps", "v1", "StatefulSet", "statefulsets");
export const daemonSets = ref<DaemonSet>("apps", "v1", "DaemonSet", "daemonsets");
export const controllerRevisions = ref<ControllerRevision>("apps", "v1", "ControllerRevision", "controllerrevisions");
export const endpointSlices = ref<EndpointSlice>("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices");
export const leases = ref<Lease>("coordination.k8s.io", "v1", "Lease", "leases");
