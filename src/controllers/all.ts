/** Every controller of a cluster. */
import type { ControllerFactory } from "./controller.ts";
import { daemonSetController } from "./daemonset/controller.ts";
import { deploymentController } from "./deployment/controller.ts";
import { endpointsController } from "./endpoints/controller.ts";
import { endpointSliceController } from "./endpointslice/controller.ts";
import { endpointSliceMirroringController } from "./endpointslicemirroring/controller.ts";
import { garbageCollector, type ServedKind } from "./garbagecollector/controller.ts";
import { namespaceController } from "./namespace/controller.ts";
import { nodeLifecycleController } from "./nodelifecycle/controller.ts";
import { podGarbageCollector } from "./nodelifecycle/pod-gc.ts";
import { taintEvictionController } from "./nodelifecycle/taint-eviction.ts";
import { replicaSetController } from "./replicaset/controller.ts";
import { rootCaController } from "./rootca/controller.ts";
import { serviceAccountController } from "./serviceaccount/controller.ts";
import { statefulSetController } from "./statefulset/controller.ts";

export interface ControllersOptions {
  /** PEM of the cluster's authority, published as `kube-root-ca.crt` in every namespace. Absent: there is none yet. */
  readonly rootCertificate?: string;
  /** All served kinds: what the garbage collector and the namespace controller look after. */
  readonly kinds: readonly ServedKind[];
}

export const controllerFactories = ({ rootCertificate, kinds }: ControllersOptions): readonly ControllerFactory[] => [
  deploymentController,
  replicaSetController,
  statefulSetController,
  daemonSetController,
  endpointSliceController,
  endpointSliceMirroringController,
  endpointsController,
  garbageCollector(kinds),
  namespaceController(kinds),
  nodeLifecycleController,
  taintEvictionController,
  podGarbageCollector,
  serviceAccountController,
  ...(rootCertificate === undefined ? [] : [rootCaController(rootCertificate)]),
];
