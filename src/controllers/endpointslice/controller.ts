/** The shell of the EndpointSlice controller. */
import type { EndpointSlice, Service } from "../../api/generated/types.ts";
import { isNamespaceTerminating, isNotFound } from "../../base/errors.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import {
  nodes as nodeKind,
  pods as podKind,
  services as serviceKind,
  endpointSlices as sliceKind,
} from "../../client/kinds.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { isDeleting } from "../ownership.ts";
import { plan } from "./plan.ts";
import { hasSelector } from "./service-pods.ts";
import { podsOf, wakeServices } from "./service-wakers.ts";
import { managedByLabel, managedByUs, serviceNameLabel } from "./slice.ts";
import { TriggerTimes, triggerTimeAnnotation } from "./trigger-time.ts";
import { WrittenSlices } from "./written-slices.ts";

const serviceIndex = "endpointslice-service";

/** The key of the Service that a slice of ours belongs to. */
const serviceKeys = ({ metadata }: EndpointSlice): readonly string[] => {
  const name = metadata?.labels?.[serviceNameLabel];
  return name && metadata?.labels?.[managedByLabel] === managedByUs ? [`${metadata.namespace}/${name}`] : [];
};

export function endpointSliceController(context: ControllerContext): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "endpoint-slice-controller" });
  const services = context.informers.informer(serviceKind);
  const pods = context.informers.informer(podKind);
  const nodes = context.informers.informer(nodeKind);
  const slices = context.informers.informer(sliceKind);
  slices.addIndex(serviceIndex, serviceKeys);
  const written = new WrittenSlices();
  const triggers = new TriggerTimes();
  /** Services that wait for a node to appear in the cache. */
  const waiting = new Set<string>();

  const withTrigger = (slice: EndpointSlice, time: string | undefined): EndpointSlice => {
    const { [triggerTimeAnnotation]: _, ...others } = slice.metadata?.annotations ?? {};
    const annotations = time ? { ...others, [triggerTimeAnnotation]: time } : others;
    const { annotations: __, ...metadata } = slice.metadata ?? {};
    return { ...slice, metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata };
  };

  const remove = async (key: string, slice: EndpointSlice): Promise<void> => {
    const { namespace = "", name = "", uid } = slice.metadata ?? {};
    written.deleted(key, slice);
    try {
      await client.delete(sliceKind, { namespace, name }, { preconditions: { uid } });
    } catch (error) {
      if (isNotFound(error)) return;
      written.vanished(key, slice);
      throw error;
    }
  };

  const update = async (key: string, service: Service): Promise<ReconcileResult | undefined> => {
    const existing = slices.byIndex(serviceIndex, key).filter((slice) => !isDeleting(slice));
    // As a rule the slice's own event brings the Service back here sooner.
    if (written.isStale(key, slices.byIndex(serviceIndex, key), clock.now())) return { requeueAfter: 5000 };
    const selected = podsOf(service, pods);
    const node = (name: string) => nodes.get(name);
    const todo = plan({ service, pods: selected, slices: existing, node });
    const time = triggers.next(key, service, selected);
    for (const slice of todo.create) {
      try {
        written.wrote(key, await client.create(sliceKind, withTrigger(slice, time)));
      } catch (error) {
        if (isNamespaceTerminating(error)) return undefined;
        throw error;
      }
    }
    for (const slice of todo.update) written.wrote(key, await client.update(sliceKind, withTrigger(slice, time)));
    for (const slice of todo.delete) await remove(key, slice);
    if (todo.skipped.length > 0) waiting.add(key);
    else waiting.delete(key);
    return undefined;
  };

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const service = services.get(key);
    if (!service) {
      // The garbage collector removes the slices with their owner.
      written.forget(key);
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
      const wakeOwner = (slice: EndpointSlice) => {
        for (const key of serviceKeys(slice)) queue.add(key);
      };
      return [
        ...wakeServices(queue, services, pods),
        slices.addHandlers({
          onAdd: wakeOwner,
          onUpdate(next, previous) {
            wakeOwner(previous);
            wakeOwner(next);
          },
          onDelete(slice) {
            for (const key of serviceKeys(slice)) written.vanished(key, slice);
            wakeOwner(slice);
          },
        }),
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
