/** Every controller of a cluster. */
import type { ControllerFactory } from "./controller.ts";
import { deploymentController } from "./deployment/controller.ts";
import { endpointSliceController } from "./endpointslice/controller.ts";
import { replicaSetController } from "./replicaset/controller.ts";
import { rootCaController } from "./rootca/controller.ts";
import { serviceAccountController } from "./serviceaccount/controller.ts";

export interface ControllersOptions {
  /** The cluster's CA bundle, in PEM. */
  readonly rootCa: string;
}

export const allControllers = (options: ControllersOptions): readonly ControllerFactory[] => [
  deploymentController,
  replicaSetController,
  endpointSliceController,
  serviceAccountController,
  rootCaController(options.rootCa),
];
