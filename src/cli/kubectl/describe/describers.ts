/** The describer of each kind, loaded when it is needed. */
import type { Describer } from "./describer.ts";

/** What comes over the wire has the type of its kind. */
type AnyDescriber = Describer<never>;

const workloads = () => import("./workloads.ts");
const services = () => import("./services.ts");
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
