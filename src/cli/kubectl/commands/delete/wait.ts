import { systemClock as clock } from "../../../../base/clock.ts";
import { isNotFound, isStatus } from "../../../../base/errors.ts";
import { lines } from "../../../../client/http/watch.ts";
import { CommandError } from "../../core/command.ts";
import type { ServedResource } from "../../core/discovery.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";

export interface Deleted {
  readonly resource: ServedResource;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Another object may come by that name: it is not waited for. */
  readonly uid: string | undefined;
}

/** What cannot be waited for counts as gone: the delete itself was accepted. */
const cannotWait = (error: unknown): boolean => isStatus(error, "Forbidden") || isStatus(error, "MethodNotAllowed");

/**
 * Resolves once all of them are gone.
 * @param timeout milliseconds for each; 0 waits on
 * @throws CommandError when that is over
 */
export async function waitUntilGone(
  session: Session,
  deleted: readonly Deleted[],
  timeout: number,
  interrupted: AbortSignal,
): Promise<void> {
  for (const one of deleted) {
    const late = new AbortController();
    const cancel = timeout > 0 ? clock.after(timeout, () => late.abort()) : () => {};
    try {
      await untilGone(session, one, AbortSignal.any([interrupted, late.signal]));
    } catch (error) {
      if (late.signal.aborted)
        throw new CommandError(`timed out waiting for the condition on ${one.resource.plural}/${one.name}`);
      if (cannotWait(error)) return;
      throw error;
    } finally {
      cancel();
    }
  }
}

interface WithMetadata {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}

async function untilGone(session: Session, one: Deleted, signal: AbortSignal): Promise<void> {
  const { resource, namespace, name, uid } = one;
  for (;;) {
    signal.throwIfAborted();
    let now: WithMetadata;
    try {
      now = await session.json<WithMetadata>("GET", apiPath(resource, { namespace, name }));
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    if (uid !== undefined && now.metadata.uid !== uid) return;
    const query = {
      fieldSelector: `metadata.name=${name}`,
      watch: "true",
      resourceVersion: now.metadata.resourceVersion,
    };
    const { body } = await session.stream(apiPath(resource, { namespace }, query), {
      accept: "application/json",
      signal,
    });
    for await (const line of lines(body)) {
      if (line && (JSON.parse(line) as { type: string }).type === "DELETED") return;
    }
  }
}
