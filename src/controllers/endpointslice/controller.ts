/** The shell of the EndpointSlice controller. */
import type { EndpointSlice, Service } from "../../api/generated/types.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import {
  nodes as nodeKind,
  pods as podKind,
  services as serviceKind,
  endpointSlices as sliceKind,
} from "../../client/kinds.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { isDeleting } from "../ownership.ts";
import { OwnedSlices } from "./owned-slices.ts";
import { plan } from "./plan.ts";
import { hasSelector } from "./service-pods.ts";
import { podsOf, wakeServices } from "./service-wakers.ts";
import { managedByUs } from "./slice.ts";
import { TriggerTimes, triggerTimeAnnotation } from "./trigger-time.ts";

export function endpointSliceController(context: ControllerContext): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "endpoint-slice-controller" });
  const services = context.informers.informer(serviceKind);
  const pods = context.informers.informer(podKind);
  const nodes = context.informers.informer(nodeKind);
  const slices = context.informers.informer(sliceKind);
  const owned = new OwnedSlices({ client, clock, slices, managedBy: managedByUs });
  const triggers = new TriggerTimes();
  /** Services that wait for a node to appear in the cache. */
  const waiting = new Set<string>();

  const withTrigger = (slice: EndpointSlice, time: string | undefined): EndpointSlice => {
    const { [triggerTimeAnnotation]: _, ...others } = slice.metadata?.annotations ?? {};
    const annotations = time ? { ...others, [triggerTimeAnnotation]: time } : others;
    const { annotations: __, ...metadata } = slice.metadata ?? {};
    return { ...slice, metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata };
  };

  const update = async (key: string, service: Service): Promise<ReconcileResult | undefined> => {
    // As a rule the slice's own event brings the Service back here sooner.
    if (owned.isStale(key)) return { requeueAfter: 5000 };
    const existing = owned.of(key).filter((slice) => !isDeleting(slice));
    const selected = podsOf(service, pods);
    const node = (name: string) => nodes.get(name);
    const todo = plan({ service, pods: selected, slices: existing, node });
    const time = triggers.next(key, service, selected);
    const triggered = (slice: EndpointSlice) => withTrigger(slice, time);
    await owned.write(key, { ...todo, create: todo.create.map(triggered), update: todo.update.map(triggered) });
    if (todo.skipped.length > 0) waiting.add(key);
    else waiting.delete(key);
    return undefined;
  };

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const service = services.get(key);
    if (!service) {
      // The garbage collector removes the slices with their owner.
      owned.forget(key);
      triggers.forget(key);
      waiting.delete(key);
      return undefined;
    }
    if (!hasSelector(service)) return undefined;
    try {
      return await update(key, service);
    } catch (error) {
      const { namespace, name } = service.metadata ?? {};
      const text = error instanceof Error ? error.message : String(error);
      const message = `Error updating Endpoint Slices for Service ${namespace}/${name}: ${text}`;
      events.event(service, "Warning", "FailedToUpdateEndpointSlices", message);
      throw error;
    }
  };

  return createControllerLoop({
    name: "endpointslice",
    clock,
    logger,
    caches: [services, pods, nodes, slices],
    baseDelay: 1000,
    connect(queue) {
      return [
        ...wakeServices(queue, services, pods),
        owned.watch(queue),
        nodes.addHandlers({
          onAdd() {
            for (const key of waiting) queue.add(key);
          },
        }),
      ];
    },
    reconcile,
  });
}
