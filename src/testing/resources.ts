/** What a test calls resources: kubectl's names, each with the type of its object. */
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
  Pod,
  ReplicaSet,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
} from "../api/generated/types.ts";
import type { KindRef, KubeObject } from "../api/kind.ts";
import { builtinKinds, kindByAlias } from "../api/kinds.ts";

/** The object type of every kind by its singular name. */
export interface Resources {
  configmap: ConfigMap;
  controllerrevision: ControllerRevision;
  daemonset: DaemonSet;
  deployment: Deployment;
  endpoints: Endpoints;
  endpointslice: EndpointSlice;
  event: CoreEvent;
  lease: Lease;
  namespace: Namespace;
  node: Node;
  pod: Pod;
  replicaset: ReplicaSet;
  secret: Secret;
  service: Service;
  serviceaccount: ServiceAccount;
  statefulset: StatefulSet;
}

/** `deployment`, `deployments`. */
export type ResourceName = keyof Resources | `${keyof Resources}s`;

/** The object type of a {@link ResourceName}. */
export type ResourceOf<N extends ResourceName> = N extends keyof Resources
  ? Resources[N]
  : N extends `${infer S extends keyof Resources}s`
    ? Resources[S]
    : never;

/** @throws Error that lists the names there are */
export function resourceNamed<N extends ResourceName>(name: N): KindRef<ResourceOf<N> & KubeObject> {
  const kind = kindByAlias(name);
  if (!kind) {
    const known = builtinKinds.map(({ plural }) => plural).sort();
    throw new Error(`the server doesn't have a resource type "${name}"; it has ${known.join(", ")}`);
  }
  return kind as unknown as KindRef<ResourceOf<N> & KubeObject>;
}
