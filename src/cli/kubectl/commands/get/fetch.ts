/** Reads what a `get` asks for: collections in chunks, so that only one of them is in memory. */
import { matchesLabels } from "../../../../api/labels.ts";
import type { Invocation } from "../../core/command.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import { labelSelectorOf, whileSelecting } from "../../core/targets.ts";
import { type Request, selectors } from "./request.ts";

interface Page {
  readonly metadata?: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly labels?: Record<string, string>;
  };
}

export interface FetchOptions {
  readonly accept: string;
  /** At most so many per request; 0 for all at once. */
  readonly chunkSize: number;
  /** Added to the query of collections and of single objects. */
  readonly query?: Record<string, string | undefined>;
}

/** The chunks of a collection, or the one object. @throws StatusError */
export async function* fetchPages<T extends Page>(
  invocation: Invocation,
  session: Session,
  { resource, namespace, name }: Request,
  { accept, chunkSize, query = {} }: FetchOptions,
): AsyncGenerator<T> {
  const read = (more: Record<string, string | undefined>) => {
    const subresource = invocation.flags.string("subresource") || undefined;
    return session.json<T>("GET", apiPath(resource, { namespace, name, subresource }, { ...query, ...more }), {
      accept,
    });
  };
  if (name !== undefined) {
    const object = await read({});
    // Of what files name, what the server has decides. A table has no labels: kubectl then shows none.
    const { labelSelector = "" } = selectors(invocation);
    if (labelSelector === "" || matchesLabels(labelSelectorOf(labelSelector), object.metadata?.labels)) yield object;
    return;
  }
  const limit = chunkSize > 0 ? String(chunkSize) : undefined;
  for (let next: string | undefined = ""; next !== undefined; ) {
    const from: string = next;
    const page: T = await whileSelecting(resource, selectors(invocation), () =>
      read({ ...selectors(invocation), limit, continue: from }),
    );
    yield page;
    next = page.metadata?.continue || undefined;
  }
}

/** Is this a failure that `--ignore-not-found` hides? */
export const isIgnored = ({ flags }: Invocation, error: unknown): boolean =>
  flags.bool("ignore-not-found") && (error as { code?: number }).code === 404;
