/** CREATE. */
import type { Kind, KubeObject } from "../api/kind.ts";
import { validateMetadata } from "../api/metadata.ts";
import { formatTime } from "../base/clock.ts";
import { alreadyExists, badRequest, groupResourceText, invalid, StatusError } from "../base/errors.ts";
import { randomName } from "../base/random-names.ts";
import { RevisionMismatchError } from "../store/store.ts";
import { admit, type Core, kindKey, noTransaction } from "./core.ts";
import { decodeObject } from "./decode.ts";
import { groupResourceOf, storageKey } from "./keys.ts";
import { recordCreate } from "./managed-fields.ts";
import type { RequestContext, Stored, WriteOptions } from "./registry.ts";
import { encode, storedFrom, storedOf, transient } from "./stored.ts";

const suffixLength = 5;
const longestGenerated = 63;
/** How many names are tried before a create with generateName fails. */
const nameAttempts = 8;

export async function createObject<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  namespace: string,
  body: unknown,
  options: WriteOptions,
  ctx: RequestContext,
): Promise<Stored<T>> {
  const object = decodeObject(kind, body, options, ctx);
  matchNamespace(kind, object, namespace);
  wipeSystemFields(object);
  kind.applyDefaults(object);
  recordCreate(core, kind, object, options);
  return insertObject(core, kind, object, options, ctx);
}

/** @throws 400 when the body names another namespace than the path */
export function matchNamespace<T extends KubeObject>(kind: Kind<T>, object: T, namespace: string): void {
  object.metadata ??= {};
  const meta = object.metadata;
  if (!kind.namespaced) delete meta.namespace;
  else if (!meta.namespace) meta.namespace = namespace;
  else if (meta.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

/** Forgets what only the server may say of a new object. A generation stays, unless the kind counts its own. */
function wipeSystemFields({ metadata = {} }: KubeObject): void {
  for (const field of systemFields) delete metadata[field];
}

const systemFields = [
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "selfLink",
] as const;

/** Everything from admission on, for an object that has its defaults. Owns `object`. */
export async function insertObject<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  object: T,
  options: WriteOptions,
  ctx: RequestContext,
): Promise<Stored<T>> {
  const dryRun = options.dryRun === true;
  const meta = object.metadata ?? {};
  object.metadata = meta;
  if (meta.resourceVersion) {
    throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
  }
  const namespace = meta.namespace ?? "";
  const waits = admit(core, { operation: "CREATE", kind, namespace, name: meta.name ?? "", object, dryRun, ctx });
  if (waits) await waits;

  const now = core.clock.now();
  wipeSystemFields(object);
  meta.uid = core.random.uuid();
  meta.creationTimestamp = formatTime(now);
  const generateFrom = meta.name ? undefined : meta.generateName;
  const hooks = core.hooks.get(kindKey(kind));
  const transaction = hooks?.beginCreate?.(object, dryRun) ?? noTransaction;
  try {
    kind.prepareCreate(object, { now, user: ctx.user.name });
    // The rules may have put another object in its place.
    const prepared = object.metadata;
    const name = () => {
      if (!generateFrom) return;
      prepared.name = generateName(core, generateFrom);
      kind.named?.(object);
    };
    name();
    const errors = [...validateMetadata(prepared, kind), ...(options.validate ?? kind.validate)(object)];
    if (errors.length > 0) throw invalid(kind.group, kind.kind, prepared.name ?? "", errors);
    for (const text of kind.warnings(object, undefined)) ctx.warn(text);
    const attempts = generateFrom ? nameAttempts : 1;
    for (let attempt = 1; ; attempt++, name()) {
      const stored = await insertOnce(core, kind, object, dryRun);
      if (stored) {
        if (dryRun) transaction.revert();
        else transaction.commit();
        return stored;
      }
      if (attempt < attempts) continue;
      throw generateFrom
        ? noUniqueName(kind, prepared.name ?? "")
        : await existsError(core, kind, namespace, prepared.name ?? "");
    }
  } catch (error) {
    transaction.revert();
    throw error;
  }
}

/** The name of a generated object: upstream cuts the base so that the whole is a DNS label. */
const generateName = (core: Core, base: string): string =>
  base.slice(0, longestGenerated - suffixLength) + randomName(core.random, suffixLength);

/** Undefined when the name is taken. */
async function insertOnce<T extends KubeObject>(
  core: Core,
  kind: Kind<T>,
  object: T,
  dryRun: boolean,
): Promise<Stored<T> | undefined> {
  const { namespace = "", name = "" } = object.metadata ?? {};
  const key = storageKey(kind, { namespace, name });
  if (dryRun) return (await core.store.get(key)) ? undefined : transient(object, 0);
  try {
    return storedFrom(await core.store.commit(key, 0, () => encode(object)), object);
  } catch (error) {
    if (error instanceof RevisionMismatchError) return undefined;
    throw error;
  }
}

const noUniqueName = <T extends KubeObject>(kind: Kind<T>, name: string) => {
  const gr = groupResourceOf(kind);
  return new StatusError(
    409,
    "AlreadyExists",
    `${groupResourceText(gr)} "${name}" already exists, the server was not able to generate a unique name for the object`,
    { ...(gr.group ? { group: gr.group } : {}), kind: gr.resource, name, retryAfterSeconds: 1 },
  );
};

async function existsError<T extends KubeObject>(core: Core, kind: Kind<T>, namespace: string, name: string) {
  const error = alreadyExists(groupResourceOf(kind), name);
  await core.store.settled();
  const entry = await core.store.get(storageKey(kind, { namespace, name }));
  const deleting = entry && storedOf(entry).object.metadata?.deletionTimestamp;
  if (!deleting) return error;
  return new StatusError(409, "AlreadyExists", `object is being deleted: ${error.message}`, error.status.details);
}
