import { type FieldError, invalidValue, path, required } from "../field.ts";
import type { CoreEvent } from "../generated/types.ts";
import { checked } from "../metadata.ts";
import { checkQualifiedName } from "../names.ts";

const mismatch = "does not match event.namespace";

/** Events without an event time are of the old form, on which little is demanded. */
export function validateEvent(event: CoreEvent): FieldError[] {
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
  if (!event.reportingComponent) errors.push(required(path("reportingComponent")));
  errors.push(...checked(path("reportingComponent"), event.reportingComponent ?? "", checkQualifiedName));
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
