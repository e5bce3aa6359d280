/** Rules bear every object that decoding lets through: of the right types, yet with anything missing. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinKinds } from "./kinds.ts";
import { schemaOf } from "./schema/lookup.ts";
import type { FieldSchema } from "./schema/schema.ts";

const text = fc.constantFrom("", "a", "A_", "constructor", "In", "Always", "10.0.0.1", "25%", "1", "None");
const cache = new Map<string, fc.Arbitrary<unknown>>();
const depthMax = 9;

function arbitraryOf(field: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  switch (field.type) {
    case "string":
      if (field.format === "int-or-string") return fc.oneof(fc.constantFrom(-1, 0, 1, 70_000), text);
      if (field.format === "quantity") return fc.constantFrom("1", "-1", "100m", "1Gi");
      if (field.format === "date-time" || field.format === "micro-time") return fc.constant("2024-01-01T00:00:00Z");
      return text;
    case "integer":
    case "number":
      return fc.constantFrom(-1, 0, 1, 80, 70_000);
    case "boolean":
      return fc.boolean();
    case "any":
      return fc.constant({});
    case "array":
      return fc.array(arbitraryOf(field.items, depth), { maxLength: 2 });
    case "map":
      return fc.dictionary(text, arbitraryOf(field.values, depth), { maxKeys: 2 });
    case "ref":
      return objectOf(field.ref, depth + 1);
  }
}

function objectOf(name: string, depth: number): fc.Arbitrary<unknown> {
  const key = `${name} ${depth}`;
  const known = cache.get(key);
  if (known) return known;
  const type = schemaOf(name);
  const fields = depth > depthMax || !type ? [] : Object.entries(type.fields);
  const made = fc.record(Object.fromEntries(fields.map(([field, schema]) => [field, arbitraryOf(schema, depth)])), {
    requiredKeys: [],
  });
  cache.set(key, made);
  return made;
}

describe.each(builtinKinds.map((kind) => [kind.kind, kind] as const))("%s", (_, kind) => {
  test("bears anything", () => {
    fc.assert(
      fc.property(objectOf(kind.schemaType, 0), objectOf(kind.schemaType, 0), (a, b) => {
        const [next, previous] = [a, b] as [{ metadata?: object }, { metadata?: object }];
        for (const object of [next, previous]) kind.applyDefaults(object);
        const fresh = structuredClone(next);
        kind.prepareCreate(fresh, { now: 0, user: "test" });
        const valid = kind.validate(fresh).length === 0;
        for (const line of kind.warnings(fresh, undefined)) expect(line).toBeTypeOf("string");
        if (valid) for (const { cell } of kind.columns) expect(cell(fresh, 0)).toBeDefined();
        for (const value of Object.values(kind.selectableFields(fresh))) expect(value).toBeTypeOf("string");
        const changed = structuredClone(next);
        kind.prepareUpdate(changed, previous, { now: 0, user: "test" });
        for (const { message } of [...kind.validate(changed), ...kind.validateUpdate(changed, previous)])
          expect(message).toBeTypeOf("string");
        kind.status?.prepareUpdate(next, previous);
        kind.status?.validateUpdate(next, previous);
        kind.gracePeriod?.(next, undefined);
        if (valid) kind.scale?.selector(fresh);
      }),
      { numRuns: 100 },
    );
  });
});
