/** The read-modify-write that every change of an existing object goes through. */
import { namespaceFinalizeRules } from "../api/core/namespace.ts";
import { type FieldError, invalidValue, path } from "../api/field.ts";
import type { Namespace } from "../api/generated/types.ts";
import type { Kind, KubeObject } from "../api/kind.ts";
import { carryMetadata, validateMetadataUpdate } from "../api/metadata.ts";
import { conflict, invalid, isAlreadyExists, notFound, objectModified, StatusError } from "../base/errors.ts";
import { RevisionMismatchError } from "../store/store.ts";
import { admit, type Core, kindKey, noTransaction } from "./core.ts";
import { insertObject } from "./create.ts";
import { finalizersLeft } from "./delete-rules.ts";
import { groupResourceOf, storageKey } from "./keys.ts";
import type { ObjectKey, RequestContext, Stored, Subresource, WriteOptions } from "./registry.ts";
import { encode, release, storedFrom, storedOf, transient } from "./stored.ts";
import { clone, equal, equalBut } from "./values.ts";

export interface Updated<T extends KubeObject> {
  readonly stored: Stored<T>;
  readonly created: boolean;
}

export type UpdateOptions = WriteOptions & { readonly subresource?: Subresource };

/** How the managed fields of a change are worked out. */
type RecordFields<T extends KubeObject> = (
  core: Core,
  kind: Kind<T>,
  next: T,
  previous: T,
  options: UpdateOptions,
  /** What the writer is to own fields of, when that is not `next`. */
  written?: T,
) => void;

export interface Change<T extends KubeObject> {
  /** With its defaults; the registry owns it from here. */
  readonly next: T;
  readonly record: RecordFields<T>;
  /** It is the object itself that was changed: another uid in it is a change of a field, not a precondition. */
  readonly patched?: boolean;
}

/**
 * Reads the object, has `change` say what it shall be, and writes that; again from the start when somebody else was
 * faster. A `next` that names a resourceVersion is written only on top of that one.
 * @param change answers undefined to fail with 404 for an absent object
 * @throws 404, 409, 422
 */
export async function changeObject<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  options: UpdateOptions,
  ctx: RequestContext,
  change: (previous: T | undefined) => Change<T> | undefined,
): Promise<Updated<T>> {
  const at = storageKey(kind, key);
  const gr = groupResourceOf(kind);
  for (;;) {
    ctx.signal?.throwIfAborted();
    const { store } = core;
    const entry = store.current ? store.current(at) : await store.get(at);
    const previous = entry && storedOf<T>(entry);
    const changed = change(previous?.object);
    if (!changed) throw notFound(gr, key.name);
    if (!previous) {
      const stored = await createInstead(core, kind, key, changed.next, options, ctx);
      if (stored) return { stored, created: true };
      continue;
    }
    try {
      return { stored: await replace(core, kind, key, at, previous, changed, options, ctx), created: false };
    } catch (error) {
      if (!(error instanceof RevisionMismatchError)) throw error;
      // The newer revision may not be visible yet; reading before it is would only fail again.
      await core.store.settled();
    }
  }
}

/** Creates the object that an update or apply did not find; undefined when somebody else has done so meanwhile. */
async function createInstead<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  next: T,
  options: UpdateOptions,
  ctx: RequestContext,
): Promise<Stored<T> | undefined> {
  const uid = next.metadata?.uid;
  if (uid) {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(groupResourceOf(kind), key.name, why);
  }
  delete next.metadata?.resourceVersion;
  try {
    return await insertObject(core, kind, next, options, ctx);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await core.store.settled();
    return undefined;
  }
}

/** Writes `next` over exactly `previous`. @throws RevisionMismatchError when that is no longer the newest */
async function replace<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  key: ObjectKey,
  at: string,
  previous: Stored<T>,
  { next, record, patched }: Change<T>,
  options: UpdateOptions,
  ctx: RequestContext,
): Promise<Stored<T>> {
  const dryRun = options.dryRun === true;
  const { subresource } = options;
  const before = previous.object;
  checkPreconditions(kind, key, next, previous, patched === true);
  const waits = admit(core, {
    operation: "UPDATE",
    kind,
    ...key,
    ...(subresource ? { subresource } : {}),
    object: next,
    previous: before,
    dryRun,
    ctx,
  });
  if (waits) await waits;
  carryMetadata(next, before);
  const hooks = subresource ? undefined : core.hooks.get(kindKey(kind));
  // What is given to the object below, such as addresses, is nobody's.
  const early = hooks?.beginUpdate ? { ...clone(next), status: (before as { status?: unknown }).status } : undefined;
  const transaction = hooks?.beginUpdate?.(next, before, dryRun) ?? noTransaction;
  try {
    const errors = prepareAndValidate(core, kind, next, before, options, ctx);
    if (errors.length > 0) throw invalid(kind.group, kind.kind, key.name, errors);
    const same = sameBut(next, before);
    const given = next.metadata?.managedFields;
    if (!same || given) record(core, kind, next, before, options, early);
    if (same && (!given || equal(next.metadata?.managedFields, before.metadata?.managedFields))) {
      transaction.revert();
      return previous;
    }
    if (!subresource) for (const text of kind.warnings(next, before)) ctx.warn(text);
    if (dryRun) {
      transaction.revert();
      return transient(next, previous.revision);
    }
    const stored = finalizersLeft(kind, next, before)
      ? storedFrom(await core.store.commit(at, previous.revision, () => encode(next)), next)
      : await removeInstead(core, kind, at, previous, next);
    transaction.commit();
    release(previous);
    return stored;
  } catch (error) {
    transaction.revert();
    throw error;
  }
}

/** The update took the last finalizer of an object that waited for nothing else: it goes. */
async function removeInstead<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  at: string,
  previous: Stored<T>,
  next: T,
): Promise<Stored<T>> {
  const revision = await core.store.delete(at, previous.revision);
  core.hooks.get(kindKey(kind))?.afterDelete?.(next);
  return transient(next, revision);
}

/** What upstream says where a uid is not that of the object. */
export const uidPrecondition = (wanted: string, actual: string | undefined): string =>
  `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${actual}`;

/** 409 for what was meant for another object of the same name. */
export function uidMismatch<T extends KubeObject>(
  kind: Kind<T>,
  key: ObjectKey,
  wanted: string,
  actual: string | undefined,
): StatusError {
  const why = uidPrecondition(wanted, actual);
  const at = storageKey(kind, key);
  return conflict(
    groupResourceOf(kind),
    key.name,
    `StorageError: invalid object, Code: 4, Key: ${at}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  );
}

/** @throws 409 or 422 when `next` was meant for another state of the object. Sets its resourceVersion. */
function checkPreconditions<T extends KubeObject>(
  kind: Kind<T>,
  key: ObjectKey,
  next: T,
  previous: Stored<T>,
  patched: boolean,
): void {
  const gr = groupResourceOf(kind);
  next.metadata ??= {};
  const { uid, resourceVersion } = next.metadata;
  const actual = previous.object.metadata?.uid;
  if (uid && uid !== actual && !patched) throw uidMismatch(kind, key, uid, actual);
  if (!resourceVersion || resourceVersion === "0") {
    if (!kind.allowUnconditionalUpdate) {
      throw invalid(kind.group, kind.plural, key.name, [
        invalidValue(path("metadata", "resourceVersion"), 0, "must be specified for an update"),
      ]);
    }
  } else if (!/^\d+$/.test(resourceVersion)) {
    throw new StatusError(500, "", `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
  } else if (resourceVersion !== String(previous.revision)) {
    throw objectModified(gr, key.name);
  }
  next.metadata.resourceVersion = String(previous.revision);
}

function prepareAndValidate<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  next: T,
  before: T,
  { subresource, validate }: UpdateOptions,
  ctx: RequestContext,
): FieldError[] {
  const meta = () => validateMetadataUpdate(next.metadata ?? {}, before.metadata ?? {});
  if (subresource === "status" && kind.status) {
    kind.status.prepareUpdate(next, before);
    return [...meta(), ...kind.status.validateUpdate(next, before)];
  }
  if (subresource === "finalize") {
    prepareFinalize(next, before);
    return [...meta(), ...namespaceFinalizeRules.validateUpdate(next as Namespace)];
  }
  kind.prepareUpdate(next, before, { now: core.clock.now(), user: ctx.user.name });
  return [...meta(), ...(validate ?? kind.validate)(next, before), ...kind.validateUpdate(next, before)];
}

/** `namespaces/finalize` changes `spec.finalizers` and metadata, and nothing else. */
function prepareFinalize(next: KubeObject, before: KubeObject): void {
  const to = next as { status?: unknown };
  const status = (before as { status?: unknown }).status;
  if (status === undefined) delete to.status;
  else to.status = clone(status);
}

/** Equal apart from who manages which field? */
const sameBut = <T extends KubeObject>(a: T, b: T): boolean =>
  equalBut("metadata", a, b) && equalBut("managedFields", a.metadata ?? {}, b.metadata ?? {});
