/** The states of one object, one after the other: a list of it, then a watch, again when that ends. */

import { type Status, StatusError } from "../../../../base/errors.ts";
import { lines } from "../../../../client/http/watch.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { LiveObject } from "../../core/find-objects.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import type { Target } from "../../core/targets.ts";

/** `gone`: it is not there when listed. `deleted`: it went while watched. */
export type State =
  | { readonly type: "present" | "deleted"; readonly object: LiveObject }
  | { readonly type: "gone" }
  | { readonly type: "error"; readonly error: StatusError };

/** @throws when the signal aborts */
export async function* statesOf(session: Session, target: Target, signal: AbortSignal): AsyncGenerator<State> {
  const { resource, namespace, name } = target;
  const type = {
    apiVersion: resource.group ? `${resource.group}/${resource.version}` : resource.version,
    kind: resource.kind,
  };
  const fieldSelector = `metadata.name=${name}`;
  while (!signal.aborted) {
    const list = await session.json<{ items?: LiveObject[]; metadata: { resourceVersion: string } }>(
      "GET",
      apiPath(resource, { namespace }, { fieldSelector }),
    );
    const [object] = list.items ?? [];
    yield object ? { type: "present", object: { ...type, ...object } } : { type: "gone" };
    const { resourceVersion } = list.metadata;
    const path = apiPath(resource, { namespace }, { fieldSelector, watch: "true", resourceVersion });
    const { body } = await session.stream(path, { accept: "application/json", signal });
    for await (const line of lines(body)) {
      if (!line) continue;
      const event = parseJson<{ type: string; object: LiveObject }>(line);
      if (event.type === "ERROR") yield { type: "error", error: StatusError.from(event.object as unknown as Status) };
      else if (event.type === "DELETED") yield { type: "deleted", object: event.object };
      else if (event.type !== "BOOKMARK") yield { type: "present", object: event.object };
    }
  }
}
