import { type FieldError, invalidValue, path, required } from "../field.ts";
import type { CoreEvent, ObjectReference } from "../generated/types.ts";
import { checked, immutable } from "../metadata.ts";
import { checkQualifiedName } from "../names.ts";

const mismatch = "does not match event.namespace";

/** Events without an event time are of the old form, on which little is demanded. */
export const validateEvent = (event: CoreEvent): FieldError[] => validateForm(event, "reportingComponent");

/** @param controller what the version calls the reporting component */
function validateForm(event: CoreEvent, controller: string): FieldError[] {
  const namespace = event.metadata?.namespace ?? "";
  const object = event.involvedObject?.namespace ?? "";
  const at = path("involvedObject", "namespace");
  if (!event.eventTime) {
    const matches = object === "" ? namespace === "" || namespace === "default" : object === namespace;
    return matches ? [] : [invalidValue(at, object, mismatch)];
  }
  const errors: FieldError[] = [];
  if (object === "" && namespace !== "default" && namespace !== "kube-system")
    errors.push(invalidValue(at, object, mismatch));
  if (!event.reportingComponent) errors.push(required(path(controller)));
  errors.push(...checked(path(controller), event.reportingComponent ?? "", checkQualifiedName));
  const limited = (name: "reportingInstance" | "action" | "reason") => {
    const value = event[name] ?? "";
    if (value === "") errors.push(required(path(name)));
    if (Buffer.byteLength(value) > 128) errors.push(invalidValue(path(name), "", "can have at most 128 characters"));
  };
  limited("reportingInstance");
  limited("action");
  limited("reason");
  if (Buffer.byteLength(event.message ?? "") > 1024)
    errors.push(invalidValue(path("message"), "", "can have at most 1024 characters"));
  return errors;
}

/** What is written as `events.k8s.io/v1` must be of the new form throughout. Fields have their stored names, as upstream. */
export const validateNewEvent = (event: CoreEvent, previous?: CoreEvent): FieldError[] => [
  ...validateForm(event, "reportingController"),
  ...(previous ? validateNewEventUpdate(event, previous) : validateNewEventCreate(event)),
];

function validateNewEventCreate(event: CoreEvent): FieldError[] {
  const errors = validateSeries(event);
  if (!event.eventTime) errors.push(required(path("eventTime")));
  if (event.type !== "Normal" && event.type !== "Warning")
    errors.push(invalidValue(path("type"), "", `has invalid value: ${event.type ?? ""}`));
  const { firstTimestamp, lastTimestamp, count, source } = event;
  const old = { firstTimestamp, lastTimestamp, count, source: source?.component || source?.host };
  for (const [name, value] of Object.entries(old))
    if (value) errors.push(invalidValue(path(name), "", "needs to be unset"));
  return errors;
}

function validateNewEventUpdate(next: CoreEvent, previous: CoreEvent): FieldError[] {
  const stays = (name: keyof CoreEvent, shown: (event: CoreEvent) => unknown) =>
    immutable(shown(next), shown(previous), path(name));
  const same = JSON.stringify(next.series) === JSON.stringify(previous.series);
  const reason = stays("reason", (event) => event.reason ?? "");
  return [
    ...(same ? [] : validateSeries(next)),
    ...stays("involvedObject", ({ involvedObject }) => referenceText(involvedObject ?? {})),
    ...reason,
    ...stays("message", ({ message }) => message ?? ""),
    ...stays("source", ({ source }) => ({ Component: source?.component ?? "", Host: source?.host ?? "" })),
    ...stays("firstTimestamp", ({ firstTimestamp }) => firstTimestamp ?? null),
    ...stays("lastTimestamp", ({ lastTimestamp }) => lastTimestamp ?? null),
    ...stays("count", ({ count }) => count ?? 0),
    // Upstream looks twice.
    ...reason,
    ...stays("type", ({ type }) => type ?? ""),
    ...stays("eventTime", ({ eventTime }) => eventTime ?? null),
    ...stays("action", ({ action }) => action ?? ""),
    ...stays("related", ({ related }) => related && referenceText(related)),
    ...immutable(next.reportingComponent ?? "", previous.reportingComponent ?? "", path("reportingController")),
    ...stays("reportingInstance", ({ reportingInstance }) => reportingInstance ?? ""),
  ];
}

/** With the field names of upstream's internal type. */
const referenceText = (reference: ObjectReference) => ({
  Kind: reference.kind ?? "",
  Namespace: reference.namespace ?? "",
  Name: reference.name ?? "",
  UID: reference.uid ?? "",
  APIVersion: reference.apiVersion ?? "",
  ResourceVersion: reference.resourceVersion ?? "",
  FieldPath: reference.fieldPath ?? "",
});

function validateSeries({ series }: CoreEvent): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalidValue(path("series.count"), "", "should be at least 2")] : []),
    ...(series.lastObservedTime ? [] : [required(path("series.lastObservedTime"))]),
  ];
}
