/** The shell of the Endpoints controller. */
import { keyOf } from "../../api/kind.ts";
import { isAlreadyExists, isConflict, isNamespaceTerminating, isNotFound } from "../../base/errors.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import { endpoints as endpointsKind, pods as podKind, services as serviceKind } from "../../client/kinds.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { hasSelector } from "../endpointslice/service-pods.ts";
import { podsOf, wakeServices } from "../endpointslice/service-wakers.ts";
import { TriggerTimes } from "../endpointslice/trigger-time.ts";
import { managedByLabel, plan } from "./plan.ts";

export function endpointsController(context: ControllerContext): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "endpoint-controller" });
  const services = context.informers.informer(serviceKind);
  const pods = context.informers.informer(podKind);
  const endpoints = context.informers.informer(endpointsKind);
  const triggers = new TriggerTimes();

  const removeLeftover = async (key: string): Promise<void> => {
    const leftover = endpoints.get(key);
    if (!leftover) return;
    const { namespace = "", name = "", uid } = leftover.metadata ?? {};
    try {
      await client.delete(endpointsKind, { namespace, name }, { preconditions: { ...(uid ? { uid } : {}) } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const service = services.get(key);
    if (!service) {
      triggers.forget(key);
      await removeLeftover(key);
      return undefined;
    }
    if (!hasSelector(service)) return undefined;
    const selected = podsOf(service, pods);
    const todo = plan(service, selected, endpoints.get(key), triggers.next(key, service, selected));
    try {
      if (todo.action === "create") await client.create(endpointsKind, todo.endpoints);
      if (todo.action === "update") await client.update(endpointsKind, todo.endpoints);
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      // Created a moment ago: the cache is about to show it, and that brings the Service back here.
      if (todo.action === "create" && isAlreadyExists(error)) return undefined;
      if (isConflict(error)) throw error;
      const text = error instanceof Error ? error.message : String(error);
      const { namespace, name } = service.metadata ?? {};
      const [reason, verb] =
        todo.action === "create" ? ["FailedToCreateEndpoint", "create"] : ["FailedToUpdateEndpoint", "update"];
      events.event(service, "Warning", reason, `Failed to ${verb} endpoint ${namespace}/${name}: ${text}`);
      throw error;
    }
    return undefined;
  };

  return createControllerLoop({
    name: "endpoints",
    clock,
    logger,
    caches: [services, pods, endpoints],
    baseDelay: 1000,
    connect: (queue) => [
      ...wakeServices(queue, services, pods),
      endpoints.addHandlers({
        onAdd(object, initial) {
          // What an earlier run left behind is removed; what others write for a Service yet to come is theirs.
          const isOurs = object.metadata?.labels?.[managedByLabel] !== undefined;
          if ((initial && isOurs) || services.get(keyOf(object))) queue.add(keyOf(object));
        },
        onUpdate(object) {
          if (services.get(keyOf(object))) queue.add(keyOf(object));
        },
        onDelete: (object) => queue.add(keyOf(object)),
      }),
    ],
    reconcile,
  });
}
