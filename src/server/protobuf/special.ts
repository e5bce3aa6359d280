/** Messages that JSON does not write as objects: times, quantities, lists of strings, free-form JSON. */
import { formatMicroTime, formatTime, parseTime } from "../../base/clock.ts";
import { metaPackage } from "./table.ts";

/** @see specialMessages */
export interface SpecialMessage {
  /** From the message's own fields to its JSON value; undefined when absent. */
  readonly toJson: (fields: Readonly<Record<string, unknown>>) => unknown;
  /** From the JSON value to the fields to write. */
  readonly fromJson: (value: unknown) => Readonly<Record<string, unknown>>;
}

const seconds = (fields: Readonly<Record<string, unknown>>) => Number(fields.seconds ?? 0);
const nanos = (fields: Readonly<Record<string, unknown>>) => Number(fields.nanos ?? 0);
const isEmpty = (fields: object) => Object.keys(fields).length === 0;

const timeFields = (value: unknown, digits: number) => {
  const text = String(value);
  const whole = Math.floor(parseTime(text) / 1000);
  if (Number.isNaN(whole)) throw new Error(`${JSON.stringify(text)} is not a time`);
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  return { seconds: whole, nanos: Number(fraction.slice(0, digits).padEnd(9, "0")) };
};

const time: SpecialMessage = {
  toJson: (fields) => (isEmpty(fields) ? undefined : formatTime(seconds(fields) * 1000)),
  fromJson: (value) => timeFields(value, 0),
};
const microTime: SpecialMessage = {
  toJson: (fields) => (isEmpty(fields) ? undefined : formatMicroTime(seconds(fields) * 1000 + nanos(fields) / 1e6)),
  fromJson: (value) => timeFields(value, 6),
};
const quantity: SpecialMessage = {
  toJson: (fields) => fields.string || "0",
  fromJson: (value) => ({ string: String(value) }),
};
const intOrString: SpecialMessage = {
  toJson: (fields) => (Number(fields.type ?? 0) === 1 ? (fields.strVal ?? "") : (fields.intVal ?? 0)),
  fromJson: (value) =>
    typeof value === "number" ? { type: 0, intVal: value, strVal: "" } : { type: 1, intVal: 0, strVal: value },
};
const strings: SpecialMessage = {
  toJson: (fields) => fields.items ?? [],
  fromJson: (value) => ({ items: value }),
};

export const specialMessages: ReadonlyMap<string, SpecialMessage> = new Map([
  [`${metaPackage}.Time`, time],
  [`${metaPackage}.MicroTime`, microTime],
  [`${metaPackage}.Verbs`, strings],
  ["k8s.io.api.authentication.v1.ExtraValue", strings],
  ["k8s.io.api.authorization.v1.ExtraValue", strings],
  ["k8s.io.api.certificates.v1.ExtraValue", strings],
  ["k8s.io.apimachinery.pkg.api.resource.Quantity", quantity],
  ["k8s.io.apimachinery.pkg.util.intstr.IntOrString", intOrString],
]);

/** Messages whose one field holds JSON text, or for `RawExtension` a whole encoded object. */
export const rawMessages: ReadonlySet<string> = new Set([
  `${metaPackage}.FieldsV1`,
  "k8s.io.apimachinery.pkg.runtime.RawExtension",
]);
