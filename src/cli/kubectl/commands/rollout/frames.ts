/** Watches without an end. */
import type { KubeObject } from "../../../../api/kind.ts";
import type { Status } from "../../../../base/errors.ts";
import { lines } from "../../../../client/http/watch.ts";
import type { ServedResource } from "../../core/discovery.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";

export interface Frame {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

export interface Watched {
  readonly resource: ServedResource;
  readonly namespace: string | undefined;
  readonly select: { readonly fieldSelector?: string; readonly labelSelector?: string };
}

/** What is there, then every change. A watch that the server ends is taken up again. */
export async function* frames(
  session: Session,
  { resource, namespace, select }: Watched,
  signal: AbortSignal,
): AsyncGenerator<Frame> {
  let resourceVersion = "";
  while (!signal.aborted) {
    const query = { ...select, watch: "true", allowWatchBookmarks: "true", resourceVersion };
    const response = await session.stream(apiPath(resource, { namespace }, query), {
      accept: "application/json",
      signal,
    });
    for await (const line of lines(response.body)) {
      if (!line) continue;
      const frame = JSON.parse(line) as Frame;
      // Too old: everything there is comes anew.
      if (frame.type === "ERROR" && (frame.object as unknown as Status).code === 410) {
        resourceVersion = "";
        break;
      }
      resourceVersion = frame.object.metadata?.resourceVersion ?? resourceVersion;
      yield frame;
    }
  }
}
