/** Apply with the last configuration kept in an annotation: read, compare three ways, patch. */

import { systemClock as clock } from "../../../../base/clock.ts";
import { isConflict, isNotFound, isStatus } from "../../../../base/errors.ts";
import { CommandError } from "../../core/command.ts";
import { type DryRun, dryRunQuery } from "../../core/dry-run.ts";
import { parseJson } from "../../core/exact-json.ts";
import { whileDoing } from "../../core/failure.ts";
import type { LiveObject } from "../../core/find-objects.ts";
import { lastAppliedAnnotation, lastAppliedText } from "../../core/last-applied.ts";
import type { ManifestObject } from "../../core/manifests.ts";
import { apiPath, apiVersionText } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import { type Target, targetText } from "../../core/targets.ts";
import type { Json, JsonObject } from "../../core/three-way.ts";
import { sortedJson } from "../../print/output.ts";

export interface ApplyOptions {
  readonly dryRun: DryRun;
  readonly fieldManager: string;
  readonly fieldValidation: string;
  readonly forceConflicts: boolean;
  /** What others changed since the last apply is not touched (`--overwrite=false`). */
  readonly keepsOthers: boolean;
  /** Does the server say of what types the fields are? That is asked first, and a refusal is then said twice before. */
  readonly openapiPatch: boolean;
  readonly subresource?: string | undefined;
  /** Is the whole object going to be printed, not only its name? */
  readonly printsObject: boolean;
  /** What cannot be patched is deleted and created anew (`--force`). */
  readonly recreate?: {
    readonly propagationPolicy: string;
    /** Seconds; below zero: the object's own. */
    readonly gracePeriod: number;
    /** Milliseconds until the old object must be gone. */
    readonly timeout: number;
  };
  warn(line: string): void;
}

export interface Applied {
  readonly object: LiveObject;
  readonly operation: "created" | "configured" | "unchanged" | "serverside-applied";
}

/** How often a patch is made anew when others write at the same time, and from which try on after a pause. */
const mostTries = 5;
const triesBeforePause = 1;

export async function applyClientSide(session: Session, target: Target, options: ApplyOptions): Promise<Applied> {
  const { resource, namespace, name, source, object } = target;
  const manifest = object as unknown as ManifestObject;
  const annotations = { ...manifest.metadata.annotations };
  delete annotations[lastAppliedAnnotation];
  annotations[lastAppliedAnnotation] = lastAppliedText(manifest);
  const modified: ManifestObject = { ...manifest, metadata: { ...manifest.metadata, annotations } };
  const read = () => session.json<LiveObject>("GET", apiPath(resource, { namespace, name }));

  let current: LiveObject;
  try {
    current = await read();
  } catch (error) {
    if (isNotFound(error)) return create(session, target, modified, options);
    const what = `retrieving current configuration of:\n${targetText(target)}\nfrom server for:`;
    return whileDoing(what, source, () => Promise.reject(error));
  }
  if (current.metadata.annotations?.[lastAppliedAnnotation] === undefined) {
    options.warn(
      `Warning: resource ${resource.plural}/${name} is missing the ${lastAppliedAnnotation} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.`,
    );
  }
  // kubectl 1.34 does not look what would change.
  if (options.dryRun === "client") return { object: current, operation: "configured" };
  for (let tries = 1; ; tries++) {
    const patch = await patchFor(target, current, modified as unknown as JsonObject);
    const text = sortedJson(patch.value);
    if (options.keepsOthers) await refuseConflict(target, current, modified as unknown as JsonObject, patch, options);
    if (text === "{}") return { object: current, operation: "unchanged" };
    const query = queryOf(options);
    const what = `applying patch:\n${text}\nto:\n${targetText(target)}\nfor:`;
    try {
      const next = await whileDoing(what, source, () =>
        whileDoing("patching", source, () =>
          session.json<LiveObject>("PATCH", apiPath(resource, { namespace, name }, query), {
            body: text,
            contentType: patch.contentType,
          }),
        ),
      );
      return { object: next, operation: "configured" };
    } catch (error) {
      if (!isConflict(error) || tries > mostTries) {
        if (!options.recreate || !(isConflict(error) || isStatus(error, "Invalid"))) throw error;
        const doing = `applying patch:\n${sortedJson(modified)}\n\nto:\n${targetText(target)}\nfor:`;
        const object = await whileDoing(doing, source, () => deleteAndCreate(session, target, modified, options));
        return { object, operation: "configured" };
      }
      if (tries > triesBeforePause) await clock.sleep(1000);
      current = await read();
    }
  }
}

const queryOf = ({ dryRun, fieldManager, fieldValidation }: ApplyOptions) => ({
  dryRun: dryRunQuery(dryRun),
  fieldManager,
  fieldValidation,
});

/**
 * What `apply` would make of the object, by the server's own account; nothing is changed. The annotation stays as it is.
 * @param current undefined when the object does not exist
 */
export async function previewClientSide(
  session: Session,
  target: Target,
  current: LiveObject | undefined,
): Promise<LiveObject> {
  const { resource, namespace, name, object } = target;
  const { [lastAppliedAnnotation]: _, ...annotations } = object?.metadata.annotations ?? {};
  const modified = { ...object, metadata: { ...object?.metadata, annotations } } as unknown as JsonObject;
  const query = { dryRun: "All" };
  if (!current) {
    const body = withoutNulls(object as unknown as Json);
    return session.json<LiveObject>("POST", apiPath(resource, { namespace }, query), { body });
  }
  const { value, contentType } = await patchFor(target, current, modified);
  if (Object.keys(value).length === 0) return current;
  return session.json<LiveObject>("PATCH", apiPath(resource, { namespace, name }, query), {
    body: sortedJson(value),
    contentType,
  });
}

async function create(
  session: Session,
  { resource, namespace, source }: Target,
  modified: ManifestObject,
  options: ApplyOptions,
): Promise<Applied> {
  const body = withoutNulls(modified as unknown as Json) as unknown as LiveObject;
  if (options.dryRun === "client") return { object: body, operation: "created" };
  const path = apiPath(resource, { namespace }, queryOf(options));
  const object = await whileDoing("creating", source, () => session.json<LiveObject>("POST", path, { body }));
  return { object, operation: "created" };
}

/** @throws CommandError when the old object does not go in time */
async function deleteAndCreate(
  session: Session,
  { resource, namespace, name }: Target,
  modified: ManifestObject,
  options: ApplyOptions,
): Promise<LiveObject> {
  const { propagationPolicy = "Background", gracePeriod = -1, timeout = 0 } = options.recreate ?? {};
  const body = { propagationPolicy, ...(gracePeriod >= 0 ? { gracePeriodSeconds: gracePeriod } : {}) };
  await session.json("DELETE", apiPath(resource, { namespace, name }), { body });
  const end = clock.monotonic() + timeout;
  for (;;) {
    try {
      await session.json("GET", apiPath(resource, { namespace, name }));
    } catch (error) {
      if (isNotFound(error)) break;
      throw error;
    }
    if (clock.monotonic() >= end) throw new CommandError("context deadline exceeded");
    await clock.sleep(Math.min(1000, end - clock.monotonic()));
  }
  return session.json<LiveObject>("POST", apiPath(resource, { namespace }, queryOf(options)), { body: modified });
}

/** A null in a manifest takes a value away; where there is nothing yet it means nothing. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, v]) => (v === null ? [] : [[key, withoutNulls(v)]])));
}

interface Patch {
  readonly value: Record<string, Json>;
  readonly contentType: string;
}

const originalOf = (current: LiveObject): string => current.metadata.annotations?.[lastAppliedAnnotation] ?? "";

/** Strategic for built-in kinds; for others, of whose lists nothing is known, a merge patch. */
async function patchFor(target: Target, current: LiveObject, modified: JsonObject): Promise<Patch> {
  const { schemaOf } = await import("../../../../api/schema/lookup.ts");
  const { ThreeWayDiff } = await import("../../core/three-way.ts");
  const type = await builtinTypeOf(target);
  const text = originalOf(current);
  const states = {
    original: text ? parseJson<JsonObject>(text) : {},
    modified,
    current: current as unknown as JsonObject,
  };
  return type !== undefined
    ? {
        value: new ThreeWayDiff(schemaOf).patch(states, type),
        contentType: "application/strategic-merge-patch+json",
      }
    : {
        value: new ThreeWayDiff(() => undefined).patch(asMerged(states), ""),
        contentType: "application/merge-patch+json",
      };
}

async function builtinTypeOf({ resource }: Target): Promise<string | undefined> {
  const { builtinType } = await import("../../core/typed.ts");
  return builtinType({ apiVersion: apiVersionText(resource), kind: resource.kind });
}

/** @throws CommandError when the patch and what others changed since the last apply want different things of a field */
async function refuseConflict(
  target: Target,
  current: LiveObject,
  modified: JsonObject,
  { value }: Patch,
  { openapiPatch, warn }: ApplyOptions,
): Promise<void> {
  const type = await builtinTypeOf(target);
  // Nothing is known of who changed what of other kinds.
  if (type === undefined) return;
  const { schemaOf } = await import("../../../../api/schema/lookup.ts");
  const { ThreeWayDiff } = await import("../../core/three-way.ts");
  const { patchesConflict } = await import("../../core/patch-conflicts.ts");
  const { toYaml } = await import("../../print/yaml.ts");
  const text = originalOf(current);
  const original = text ? parseJson<JsonObject>(text) : {};
  const states = { original, modified: current as unknown as JsonObject, current: original };
  const others = new ThreeWayDiff(schemaOf, { setsOrder: false }).patch(states, type);
  if (!patchesConflict(schemaOf, type, value, others)) return;
  const conflict = `patch:\n${toYaml(value)}\nconflicts with changes made from original to current:\n${toYaml(others)}\n`;
  if (openapiPatch)
    for (const spec of ["openapi v3 spec", "openapi spec"])
      warn(`warning: error calculating patch from ${spec}: ${conflict}`);
  const { source = "" } = target;
  const objects = `original:\n${text}\nmodified:\n${sortedJson(modified)}\n\ncurrent:\n${sortedJson(current)}\n\nfor: ${conflict}`;
  throw new CommandError(
    `error when applying patch:\n\nto:\n${targetText(target)}\nfor: "${source}": error when patching "${source}": creating patch with:\n${objects}`,
  );
}

/** Merge patches are made of floats in kubectl, and a null that a manifest has is the same as nothing. */
const asMerged = (states: { readonly [state in "original" | "modified" | "current"]: JsonObject }) => ({
  original: inFloats(withoutNulls(states.original)),
  modified: inFloats(withoutNulls(states.modified)),
  current: inFloats(states.current),
});

const inFloats = (value: Json): JsonObject =>
  JSON.parse(
    JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? Number(part) : part)),
  ) as JsonObject;

/** @throws CommandError for what apply cannot name */
export function refuseGeneratedName(object: ManifestObject): void {
  const { name, generateName } = object.metadata;
  if (!name && generateName) throw new CommandError(`from ${generateName}: cannot use generate name with apply`);
}
