import type { CoreEvent } from "../../../../api/generated/types.ts";
import { inGoOrder } from "../../print/go-order.ts";
import type { Printable } from "../../print/printer.ts";

/** As Go writes an event, whatever of it is set. */
export const typedEvent = (event: CoreEvent): Printable => {
  const unset = { source: {}, firstTimestamp: null, lastTimestamp: null, eventTime: null };
  const named = { reportingComponent: "", reportingInstance: "" };
  return inGoOrder({ ...unset, ...named, ...event, kind: "Event", apiVersion: "v1" }) as Printable;
};
