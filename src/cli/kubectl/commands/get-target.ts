import type { Invocation } from "../core/command.ts";
import type { ServedResource } from "../core/discovery.ts";

/** One request of a `get`. */
export interface Target {
  readonly resource: ServedResource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

export const listQuery = (invocation: Invocation): Record<string, string | undefined> => ({
  labelSelector: invocation.flags.string("selector"),
  fieldSelector: invocation.flags.string("field-selector"),
});
