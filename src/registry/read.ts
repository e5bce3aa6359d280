/** GET and LIST. */
import type { Kind, KubeObject } from "../api/kind.ts";
import { badRequest, expired, notFound, StatusError } from "../base/errors.ts";
import { nextTurn } from "../base/turn.ts";
import { CompactedError, type Entry, FutureRevisionError, type ListResult, type Store } from "../store/store.ts";
import { groupResourceOf, storageKey } from "./keys.ts";
import {
  type Continue,
  checkListOptions,
  decodeContinue,
  encodeContinue,
  expiredContinue,
  matcherOf,
  parseRevision,
  prefixOfSelection,
  tooLargeRevision,
} from "./list-options.ts";
import type { ListOptions, ObjectKey, Stored, StoredList } from "./registry.ts";
import { storedOf } from "./stored.ts";

export async function getObject<T extends KubeObject>(store: Store, kind: Kind<T>, key: ObjectKey): Promise<Stored<T>> {
  const entry = await store.get(storageKey(kind, key));
  if (!entry) throw notFound(groupResourceOf(kind), key.name);
  return storedOf(entry);
}

/**
 * Makes sure that a read of one object shows at least the state of a revision.
 * @throws 500 for one that is no number, as upstream's cache, or 400 where there is none; 504 for one from the future
 */
export function assertReached<T extends KubeObject>(store: Store, kind: Kind<T>, resourceVersion: string): void {
  const revision = parseRevision(resourceVersion, (why) =>
    kind.uncached ? malformedRevision(why) : new StatusError(500, "", why),
  );
  assertPast(store, kind, resourceVersion, revision);
}

const malformedRevision = (why: string) => badRequest(`invalid resource version: ${why}`);

/** @throws 504 */
function assertPast<T extends KubeObject>(store: Store, kind: Kind<T>, text: string, revision: number): void {
  const current = store.progress();
  if (revision > current) throw tooLargeRevision(text.replace(/^0+(?=.)/, ""), current, !kind.uncached);
}

/** Undefined when the object is not there, or the store has to be waited for. */
export function currentObject<T extends KubeObject>(
  store: Store,
  kind: Kind<T>,
  key: ObjectKey,
): Stored<T> | undefined {
  const entry = store.current?.(storageKey(kind, key));
  return entry && storedOf(entry);
}

/** Entries read at a time; a long list gives the event loop back in between. */
const pageSize = 5000;

export async function listObjects<T extends KubeObject>(
  store: Store,
  kind: Kind<T>,
  namespace: string,
  options: ListOptions,
): Promise<StoredList<T>> {
  checkListOptions(options);
  const prefix = prefixOfSelection(kind, namespace, options);
  const matcher = matcherOf(kind, options);
  const token = options.continue ? decodeContinue(options.continue) : undefined;
  if (token && options.resourceVersion && options.resourceVersion !== "0")
    throw badRequest("specifying resource version is not allowed when using continue");
  // Any state will do: upstream answers from its cache, which knows no pages.
  const fromCache = options.resourceVersion === "0" && !token;
  const limit = options.limit && options.limit > 0 && !fromCache ? options.limit : undefined;
  let revision = token ? (token.revision > 0 ? token.revision : undefined) : exactRevision(store, kind, options);
  let from = token ? prefix + token.start : prefix;
  const items: Stored<T>[] = [];

  for (;;) {
    const pageLimit = limit === undefined ? pageSize : limit - items.length + (matcher ? pageSize : 0);
    const page = await readPage(store, prefix, { revision, from, limit: pageLimit }, token);
    revision = page.revision;
    let taken = 0;
    for (const entry of page.entries) {
      if (limit !== undefined && items.length === limit) break;
      taken++;
      const stored = storedOf<T>(entry);
      if (!matcher || matcher(stored)) items.push(stored);
    }
    const left = page.remaining + page.entries.length - taken;
    const last = page.entries[taken - 1];
    if (left === 0 || !last) return { items, revision };
    if (limit !== undefined && items.length === limit) {
      // As upstream: the next page starts right after the last key, even when nothing more may match.
      const start = `${relative(last, prefix)}\0`;
      return {
        items,
        revision,
        continue: encodeContinue({ revision, start }),
        ...(matcher ? {} : { remaining: left }),
      };
    }
    from = `${last.key}\0`;
    await nextTurn();
  }
}

const relative = (entry: Entry, prefix: string) => entry.key.slice(prefix.length);

/** The one revision a list must show; undefined when the newest will do. @throws 504 for one from the future */
function exactRevision<T extends KubeObject>(store: Store, kind: Kind<T>, options: ListOptions): number | undefined {
  const { resourceVersion = "" } = options;
  const revision = parseRevision(resourceVersion, malformedRevision);
  if (revision === 0) return undefined;
  assertPast(store, kind, resourceVersion, revision);
  const exact = options.resourceVersionMatch === "Exact" || (!options.resourceVersionMatch && options.limit);
  return exact ? revision : undefined;
}

async function readPage(
  store: Store,
  prefix: string,
  options: { revision: number | undefined; from: string; limit: number | undefined },
  token: Continue | undefined,
): Promise<ListResult> {
  try {
    return await store.list(prefix, options);
  } catch (error) {
    if (error instanceof CompactedError) {
      throw token
        ? expiredContinue(options.from.slice(prefix.length))
        : expired("The resourceVersion for the provided list is too old.");
    }
    if (error instanceof FutureRevisionError) throw tooLargeRevision(options.revision ?? 0, store.progress());
    throw error;
  }
}
