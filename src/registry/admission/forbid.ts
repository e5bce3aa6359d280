import { forbidden } from "../../base/errors.ts";
import type { Attributes } from "../core.ts";
import { groupResourceOf } from "../keys.ts";

/** 403 about a write; a name that is still to be generated is shown by its prefix. */
export const forbid = (attributes: Attributes, why: string) => {
  const meta = attributes.object?.metadata;
  const name = attributes.name || meta?.name || meta?.generateName || "Unknown";
  return forbidden(groupResourceOf(attributes.kind), name, why);
};

/**
 * Reads an object of another kind, by its plural; undefined when it, or the kind, is not there. At once, where the store
 * has it at hand.
 */
export type ReadObject = (
  resource: string,
  namespace: string,
  name: string,
) => Promise<object | undefined> | object | undefined;
/** Everything of another, cluster-scoped kind. */
export type ListObjects = (resource: string) => Promise<readonly object[]>;
