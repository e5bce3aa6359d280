import { semanticEqual } from "../api/equal.ts";
import type { KindRef, KubeObject } from "../api/kind.ts";
import { isConflict, isNotFound } from "../base/errors.ts";
import type { Client } from "../client/client.ts";

/**
 * Writes an object's status; when the cached object was old, once more on top of a fresh one. An object that is gone, or
 * was made anew under the same name, gets none.
 * @param withStatus the object with the status to write, whichever version of it is given
 */
export async function writeStatus<T extends KubeObject>(
  client: Client,
  kind: KindRef<T>,
  object: T,
  withStatus: (base: T) => T,
): Promise<void> {
  const write = (base: T) => client.update(kind, withStatus(base), { subresource: "status" });
  const { namespace = "", name = "", uid } = object.metadata ?? {};
  try {
    await write(object);
  } catch (error) {
    if (isNotFound(error)) return;
    if (!isConflict(error)) throw error;
    const fresh = await client.get(kind, { namespace, name });
    if (fresh.metadata?.uid === uid && !semanticEqual(fresh, withStatus(fresh))) await write(fresh);
  }
}
