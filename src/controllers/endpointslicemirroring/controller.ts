/** The shell of the EndpointSlice mirroring controller. */
import type { EndpointSlice } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { isNamespaceTerminating, isNotFound } from "../../base/errors.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import {
  endpoints as endpointsKind,
  services as serviceKind,
  endpointSlices as sliceKind,
} from "../../client/kinds.ts";
import type { Controller, ControllerContext, ReconcileResult } from "../controller.ts";
import { managedByLabel, serviceNameLabel } from "../endpointslice/slice.ts";
import { WrittenSlices } from "../endpointslice/written-slices.ts";
import { managedByUs, maxPerSubset, plan } from "./plan.ts";

const mirrorIndex = "endpointslicemirroring-service";

/** The key of the Service, and of the Endpoints, that a slice of ours belongs to. */
const serviceKeys = ({ metadata }: EndpointSlice): readonly string[] => {
  const name = metadata?.labels?.[serviceNameLabel];
  return name && metadata?.labels?.[managedByLabel] === managedByUs ? [`${metadata.namespace}/${name}`] : [];
};

export function endpointSliceMirroringController(context: ControllerContext): Controller {
  const { client, clock, logger } = context;
  const events = context.events.as({ component: "endpoint-slice-mirroring-controller" });
  const endpoints = context.informers.informer(endpointsKind);
  const services = context.informers.informer(serviceKind);
  const slices = context.informers.informer(sliceKind);
  slices.addIndex(mirrorIndex, serviceKeys);
  const written = new WrittenSlices();

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

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const mine = slices.byIndex(mirrorIndex, key);
    // As a rule the slice's own event brings the Endpoints back here sooner.
    if (written.isStale(key, mine, clock.now())) return { requeueAfter: 5000 };
    const source = endpoints.get(key);
    const todo = plan(source, services.get(key), mine);
    if (source && todo.skipped > 0)
      events.event(
        source,
        "Warning",
        "TooManyAddressesToMirror",
        `A max of ${maxPerSubset} addresses can be mirrored to EndpointSlices per Endpoints subset. ` +
          `${todo.skipped} addresses were skipped`,
      );
    try {
      for (const slice of todo.create) written.wrote(key, await client.create(sliceKind, slice));
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      throw error;
    }
    for (const slice of todo.update) written.wrote(key, await client.update(sliceKind, slice));
    for (const slice of todo.delete) await remove(key, slice);
    if (!source) written.forget(key);
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
      const wakeOwner = (slice: EndpointSlice) => {
        for (const key of serviceKeys(slice)) queue.add(key);
      };
      return [
        endpoints.addHandlers({ onAdd: add, onUpdate: add, onDelete: add }),
        services.addHandlers({
          onAdd: add,
          onUpdate(next, previous) {
            if ((next.spec?.selector === undefined) !== (previous.spec?.selector === undefined)) add(next);
          },
          onDelete: add,
        }),
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
      ];
    },
    reconcile,
  });
}
