import { column, nameColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { ageSince } from "../duration-age.ts";
import type { CoreEvent, EventsEvent } from "../generated/types.ts";
import type { AlternateVersion, Kind, KubeObject } from "../kind.ts";
import { validateEvent, validateNewEvent } from "./event-validation.ts";

const schemaType = "io.k8s.api.core.v1.Event";
const wide = { priority: 1 };

const firstSeen = (event: CoreEvent, now: number) => ageSince(event.firstTimestamp ?? event.eventTime, now);
const lastSeen = (event: CoreEvent, now: number) => {
  if (event.series) return ageSince(event.series.lastObservedTime, now);
  return event.lastTimestamp ? ageSince(event.lastTimestamp, now) : firstSeen(event, now);
};

const objectCell = ({ involvedObject: { kind = "", name } }: CoreEvent) =>
  name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();

function sourceCell({ source, reportingComponent, reportingInstance }: CoreEvent): string {
  const component = source?.component || reportingComponent || "";
  const instance = source?.host || reportingInstance || "";
  return instance ? `${component}, ${instance}` : component;
}

const countCell = ({ series, count }: CoreEvent) => (series ? (series.count ?? 0) : count || 1);

/** Leaves out what is undefined. */
const present = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

const eventsV1: AlternateVersion<CoreEvent> = {
  group: "events.k8s.io",
  version: "v1",
  schemaType: "io.k8s.api.events.v1.Event",
  toStorage(object: KubeObject): CoreEvent {
    const {
      regarding,
      note,
      reportingController,
      deprecatedSource,
      deprecatedFirstTimestamp,
      deprecatedLastTimestamp,
      deprecatedCount,
      ...rest
    } = object as EventsEvent;
    return present({
      ...rest,
      apiVersion: "v1",
      metadata: rest.metadata ?? {},
      involvedObject: regarding ?? {},
      message: note,
      reportingComponent: reportingController,
      source: deprecatedSource,
      firstTimestamp: deprecatedFirstTimestamp,
      lastTimestamp: deprecatedLastTimestamp,
      count: deprecatedCount,
    });
  },
  fromStorage({
    involvedObject,
    message,
    reportingComponent,
    source,
    firstTimestamp,
    lastTimestamp,
    count,
    ...rest
  }: CoreEvent): KubeObject {
    return present({
      ...rest,
      apiVersion: "events.k8s.io/v1",
      regarding: involvedObject,
      note: message,
      reportingController: reportingComponent || undefined,
      reportingInstance: rest.reportingInstance || undefined,
      deprecatedSource: source,
      deprecatedFirstTimestamp: firstTimestamp,
      deprecatedLastTimestamp: lastTimestamp,
      deprecatedCount: count,
    });
  },
  fieldLabels: {
    reason: "reason",
    "regarding.kind": "involvedObject.kind",
    "regarding.namespace": "involvedObject.namespace",
    "regarding.name": "involvedObject.name",
    "regarding.uid": "involvedObject.uid",
    "regarding.apiVersion": "involvedObject.apiVersion",
    "regarding.resourceVersion": "involvedObject.resourceVersion",
    "regarding.fieldPath": "involvedObject.fieldPath",
    reportingController: "reportingComponent",
    type: "type",
  },
  validate: validateNewEvent,
};

const times = ["eventTime", "firstTimestamp", "lastTimestamp"] as const;

export const eventKind: Kind<CoreEvent> = defineKind<CoreEvent>({
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
  schemaType,
  shortNames: ["ev"],
  allowCreateOnUpdate: true,
  uncached: true,
  alternates: [eventsV1],
  applyDefaults(event) {
    event.involvedObject ??= {};
    event.source ??= {};
    event.reportingComponent ??= "";
    event.reportingInstance ??= "";
    // Written when they are not set, too.
    for (const name of times) (event as unknown as Record<string, unknown>)[name] ??= null;
  },
  validate: validateEvent,
  columns: [
    column("Last Seen", "Time since the event was last seen.", lastSeen),
    column("Type", "Normal or Warning.", ({ type }) => type ?? ""),
    column("Reason", "Short, machine-readable reason of the event.", ({ reason }) => reason ?? ""),
    column("Object", "The object that this event is about.", objectCell),
    column(
      "Subobject",
      "Part of the object that the event is about.",
      ({ involvedObject }) => involvedObject.fieldPath ?? "",
      wide,
    ),
    column("Source", "The component that reported the event.", sourceCell, wide),
    column("Message", "What happened, for people to read.", ({ message }) => (message ?? "").trim()),
    column("First Seen", "Time since the event was first seen.", firstSeen, wide),
    column("Count", "How often the event has happened.", countCell, wide),
    { ...nameColumn, priority: 1 },
  ],
  selectableFields: (event) => {
    const { involvedObject: object = {}, source } = event;
    return {
      "involvedObject.kind": object.kind ?? "",
      "involvedObject.namespace": object.namespace ?? "",
      "involvedObject.name": object.name ?? "",
      "involvedObject.uid": object.uid ?? "",
      "involvedObject.apiVersion": object.apiVersion ?? "",
      "involvedObject.resourceVersion": object.resourceVersion ?? "",
      "involvedObject.fieldPath": object.fieldPath ?? "",
      reason: event.reason ?? "",
      reportingComponent: event.reportingComponent ?? "",
      source: source?.component || event.reportingComponent || "",
      type: event.type ?? "",
    };
  },
});
