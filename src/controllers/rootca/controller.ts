/** The shell of the root CA publisher. */
import { isAlreadyExists, isNamespaceTerminating, isNotFound } from "../../base/errors.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import { configMaps as configMapKind, namespaces as namespaceKind } from "../../client/kinds.ts";
import type { Controller, ControllerContext, ControllerFactory } from "../controller.ts";
import { plan, rootCaName } from "./plan.ts";

/** @param certificates the cluster's CA bundle, in PEM */
export const rootCaController =
  (certificates: string): ControllerFactory =>
  (context) =>
    create(context, certificates);

function create(context: ControllerContext, certificates: string): Controller {
  const { client, clock, logger } = context;
  const namespaces = context.informers.informer(namespaceKind);
  const configMaps = context.informers.informer(configMapKind, { fieldSelector: `metadata.name=${rootCaName}` });
  return createControllerLoop({
    name: "root-ca-certificate-publisher",
    clock,
    logger,
    caches: [namespaces, configMaps],
    connect: (queue) => [
      namespaces.addHandlers({
        onAdd: (namespace) => queue.add(namespace.metadata?.name ?? ""),
        onUpdate: (namespace) => queue.add(namespace.metadata?.name ?? ""),
      }),
      configMaps.addHandlers({
        onUpdate: (configMap) => queue.add(configMap.metadata?.namespace ?? ""),
        onDelete: (configMap) => queue.add(configMap.metadata?.namespace ?? ""),
      }),
    ],
    async reconcile(name) {
      const namespace = namespaces.get(name);
      if (!namespace) return undefined;
      const todo = plan(namespace, configMaps.get(`${name}/${rootCaName}`), certificates);
      try {
        if (todo.action === "create") await client.create(configMapKind, todo.configMap);
        if (todo.action === "update") await client.update(configMapKind, todo.configMap);
      } catch (error) {
        if (!isAlreadyExists(error) && !isNotFound(error) && !isNamespaceTerminating(error)) throw error;
      }
      return undefined;
    },
  });
}
