/** The objects that a command's arguments, files and selectors name, read from the server. */
import { CommandErrors, type Invocation } from "./command.ts";
import type { ServedResource } from "./discovery.ts";
import { apiPath } from "./paths.ts";
import type { Session } from "./session.ts";
import { findTargets, placed, type TargetOptions } from "./targets.ts";
import { mustBeTyped } from "./typed.ts";

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
  /** Is it one thing that is named: one name, one file? */
  readonly single: boolean;
}

export interface Found {
  readonly resource: ServedResource;
  readonly object: LiveObject;
}

export interface ObjectOptions extends TargetOptions {
  /** What a file has is the object; the server's is not read. */
  readonly fileIsObject?: boolean;
  /** Only what kubectl knows the type of. */
  readonly typed?: boolean;
  /** What is read is this part of the object. */
  readonly subresource?: string | undefined;
}

/**
 * Reads the objects that {@link findTargets} names, in the order named. What a file names is read from the server, unless
 * `fileIsObject` says that the file is what is meant.
 * @throws CommandError when what is named makes no sense
 */
export async function findObjects(
  invocation: Invocation,
  session: Session,
  options: ObjectOptions = {},
): Promise<Objects> {
  const { targets, errors, errorsAt, named, single } = await findTargets(invocation, session, options);
  const { subresource } = options;
  const results = await Promise.allSettled(
    targets.map(async (target): Promise<Found> => {
      const { resource, namespace, name, object, source } = target;
      const known = <T extends { readonly apiVersion: string; readonly kind: string }>(one: T): T => {
        if (options.typed) mustBeTyped(one);
        return one;
      };
      if (object) known(source === undefined ? { ...object, kind: `${object.kind}List` } : object);
      if (object && (source === undefined || options.local)) return { resource, object };
      if (object && options.fileIsObject) return { resource, object: placed(target) };
      return {
        resource,
        object: known(await session.json<LiveObject>("GET", apiPath(resource, { namespace, name, subresource }))),
      };
    }),
  );
  const found: Found[] = [];
  const failures: unknown[] = [];
  for (let i = 0; i <= results.length; i++) {
    failures.push(...errors.filter((_, k) => errorsAt[k] === i));
    const result = results[i];
    if (result?.status === "fulfilled") found.push(result.value);
    else if (result) failures.push(result.reason);
  }
  return { found, errors: failures, named, single };
}

/**
 * Does `each` for every object, one after the other; one failure does not keep the rest from being tried.
 * @returns how many objects there were
 * @throws CommandErrors with all failures, those of reading first
 */
export async function forEachObject(
  invocation: Invocation,
  session: Session,
  options: ObjectOptions,
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
