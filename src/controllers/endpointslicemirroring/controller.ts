/** The shell of the EndpointSlice mirroring controller. */
import { keyOf } from "../../api/kind.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import {
  endpoints as endpointsKind,
  services as serviceKind,
  endpointSlices as sliceKind,
} from "../../client/kinds.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { OwnedSlices } from "../endpointslice/owned-slices.ts";
import { managedByUs, maxPerSubset, plan } from "./plan.ts";

export function endpointSliceMirroringController(context: ControllerContext): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "endpoint-slice-mirroring-controller" });
  const endpoints = context.informers.informer(endpointsKind);
  const services = context.informers.informer(serviceKind);
  const slices = context.informers.informer(sliceKind);
  const owned = new OwnedSlices({ client, clock, slices, managedBy: managedByUs });

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    // As a rule the slice's own event brings the Endpoints back here sooner.
    if (owned.isStale(key)) return { requeueAfter: 5000 };
    const source = endpoints.get(key);
    const todo = plan(source, services.get(key), owned.of(key));
    if (source && todo.skipped > 0)
      events.event(
        source,
        "Warning",
        "TooManyAddressesToMirror",
        `A max of ${maxPerSubset} addresses can be mirrored to EndpointSlices per Endpoints subset. ` +
          `${todo.skipped} addresses were skipped`,
      );
    await owned.write(key, todo);
    if (!source) owned.forget(key);
    return undefined;
  };

  return createControllerLoop({
    name: "endpointslice-mirroring",
    clock,
    logger,
    caches: [endpoints, services, slices],
    baseDelay: 1000,
    connect(queue) {
      const add = (object: Parameters<typeof keyOf>[0]) => queue.add(keyOf(object));
      return [
        endpoints.addHandlers({ onAdd: add, onUpdate: add, onDelete: add }),
        services.addHandlers({
          onAdd: add,
          onUpdate(next, previous) {
            if ((next.spec?.selector === undefined) !== (previous.spec?.selector === undefined)) add(next);
          },
          onDelete: add,
        }),
        owned.watch(queue),
      ];
    },
    reconcile,
  });
}
