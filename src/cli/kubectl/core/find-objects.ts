/** The objects that a command's arguments, files and selectors name, read from the server. */
import { CommandErrors, type Invocation } from "./command.ts";
import type { ServedResource } from "./discovery.ts";
import { apiPath } from "./paths.ts";
import type { Session } from "./session.ts";
import { findTargets, type TargetOptions } from "./targets.ts";

export interface LiveObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

/** What could be read, and why the rest could not. */
export interface Objects {
  readonly found: Found[];
  readonly errors: unknown[];
  /** Was it named one by one, not picked by a selector? */
  readonly named: boolean;
}

export interface Found {
  readonly resource: ServedResource;
  readonly object: LiveObject;
}

/**
 * Reads the objects that {@link findTargets} names, in the order named. What a file names is read from the server.
 * @throws CommandError when what is named makes no sense
 */
export async function findObjects(
  invocation: Invocation,
  session: Session,
  options: TargetOptions = {},
): Promise<Objects> {
  const { targets, errors, named } = await findTargets(invocation, session, options);
  const results = await Promise.allSettled(
    targets.map(async ({ resource, namespace, name, object, source }): Promise<Found> => {
      if (object && source === undefined) return { resource, object };
      return { resource, object: await session.json<LiveObject>("GET", apiPath(resource, { namespace, name })) };
    }),
  );
  const found = results.flatMap((r) => (r.status === "fulfilled" ? r.value : []));
  return { found, errors: [...errors, ...results.flatMap((r) => (r.status === "rejected" ? [r.reason] : []))], named };
}

/**
 * Does `each` for every object, one after the other; one failure does not keep the rest from being tried.
 * @returns how many objects there were
 * @throws CommandErrors with all failures, those of reading first
 */
export async function forEachObject(
  invocation: Invocation,
  session: Session,
  options: TargetOptions,
  each: (found: Found) => Promise<void>,
): Promise<number> {
  const { found, errors } = await findObjects(invocation, session, options);
  const failures = [...errors];
  for (const one of found) {
    try {
      await each(one);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new CommandErrors(failures);
  return found.length;
}
