/** Patches that make one object of another. */
import { isDeepStrictEqual } from "node:util";
import { schemaOf } from "../../../api/schema/lookup.ts";
import { ThreeWayDiff } from "./three-way.ts";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A JSON merge patch (RFC 7386): `{}` when both are the same. */
export function mergePatchBetween(before: object, after: object): Record<string, unknown> {
  const [from, to] = [before as Fields, after as Fields];
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(to)) {
    const was = from[key];
    if (isFields(value) && isFields(was)) {
      const inner = mergePatchBetween(was, value);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!isDeepStrictEqual(was, value)) patch[key] = value;
  }
  for (const key of Object.keys(from)) if (!(key in to)) patch[key] = null;
  return patch;
}

/** A strategic merge patch between two states of an object. @param type full name of its built-in type */
export function strategicPatchBetween(before: object, after: object, type: string): Record<string, unknown> {
  const states = { original: before, modified: after, current: before } as unknown as Parameters<
    ThreeWayDiff["patch"]
  >[0];
  return new ThreeWayDiff(schemaOf).patch(states, type);
}
