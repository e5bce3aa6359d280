/** Turns the protobuf descriptors into the table that `src/server/protobuf/` reads. */
import { fullNameOf } from "./schema.mjs";

/** @typedef {import("./descriptors.mjs").Descriptors} Descriptors */

/** Messages that every client and server may send beside the objects themselves. */
const always = ["k8s.io.apimachinery.pkg.runtime.", "k8s.io.apimachinery.pkg.apis.meta.v1."];

/**
 * Each message becomes a list of `[number, name, type, flags]`. The type of a map is `key,value`. Flags: `r` repeated,
 * `m` map, `p` pointer (zero is kept), `k` written in JSON even when zero, `i` an embedded struct, whose fields are the
 * message's own in JSON.
 *
 * @param {Descriptors} descriptors
 * @param {Record<string, { f: Record<string, string>, r?: string[] }>} types schema by full name
 * @param {ReadonlySet<string>} served packages
 */
export const protobufTable = (descriptors, types, served) => {
  const wanted = [...descriptors.keys()].filter(
    (name) => served.has(name.slice(0, name.lastIndexOf("."))) || always.some((prefix) => name.startsWith(prefix)),
  );
  const table = {};
  while (wanted.length > 0) {
    const name = wanted.pop();
    if (table[name]) continue;
    const schema = types[fullNameOf(name)];
    table[name] = (descriptors.get(name) ?? []).map((field) => {
      const isMessage = descriptors.has(field.type);
      if (isMessage) wanted.push(field.type);
      if (field.map && descriptors.has(field.map.value)) wanted.push(field.map.value);
      const jsonName = jsonNameOf(field.name, schema);
      const known = !schema || schema.f[jsonName] !== undefined;
      if (!known && !isMessage) throw new Error(`${name}.${field.name} is in no schema`);
      const flags = [
        field.repeated ? "r" : "",
        field.map ? "m" : "",
        field.pointer && !field.repeated && !field.map ? "p" : "",
        schema?.r?.includes(jsonName) ? "k" : "",
        known ? "" : "i",
      ];
      return [field.number, jsonName, field.map ? `${field.map.key},${field.map.value}` : field.type, flags.join("")];
    });
  }
  return table;
};

/** A few messages write a name in another case than JSON does. */
const jsonNameOf = (name, schema) => {
  if (!schema || schema.f[name] !== undefined) return name;
  return Object.keys(schema.f).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
};
