/** Apply on the server: one patch that says everything this manager wants, and what follows when the client applied before. */
import { isConflict } from "../../../../base/errors.ts";
import { CommandError } from "../../core/command.ts";
import { dryRunQuery } from "../../core/dry-run.ts";
import type { LiveObject } from "../../core/find-objects.ts";
import { lastAppliedAnnotation } from "../../core/last-applied.ts";
import { apiPath } from "../../core/paths.ts";
import type { Session } from "../../core/session.ts";
import { placed, type Target } from "../../core/targets.ts";
import type { Applied, ApplyOptions } from "./client-side.ts";
import { type ManagedFieldsEntry, migrated, ownsLastApplied } from "./managed-fields.ts";

/** How often the migration of managed fields is tried while others write the object. */
const mostTries = 5;

export const serverSideManager = "kubectl";
const annotationManager = "kubectl-last-applied";
const contentType = "application/apply-patch+yaml";

const conflictAdvice = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

export async function applyServerSide(session: Session, target: Target, options: ApplyOptions): Promise<Applied> {
  const { resource, namespace, name } = target;
  const manifest = placed(target);
  const send = (body: unknown, fieldManager: string, force: boolean | undefined) => {
    const query = {
      dryRun: dryRunQuery(options.dryRun),
      fieldManager,
      fieldValidation: options.fieldValidation,
      force: force === undefined ? undefined : String(force),
    };
    const path = apiPath(resource, { namespace, name, subresource: options.subresource }, query);
    return session.json<LiveObject>("PATCH", path, { body, contentType });
  };
  const apply = () => send(manifest, options.fieldManager, options.forceConflicts);

  let object: LiveObject;
  try {
    object = await apply();
  } catch (error) {
    if (isConflict(error)) throw new CommandError(`${(error as Error).message}\n${conflictAdvice}`);
    throw error;
  }
  // The object is applied: what fails from here on is tried again with the next apply.
  const complain = (what: string, error: unknown) =>
    options.warn(
      `Warning: ${what}. This is non-fatal and will be retried next time you apply. Error: ${(error as Error).message}`,
    );
  try {
    object = await keepAnnotation(object, options, (body) => send(body, annotationManager, undefined));
  } catch (error) {
    complain("failed to migrate kubectl.kubernetes.io/last-applied-configuration for Server-Side Apply", error);
    return { object, operation: "serverside-applied" };
  }
  const migrate = (value: readonly ManagedFieldsEntry[]) =>
    session.json("PATCH", apiPath(resource, { namespace, name }, { dryRun: dryRunQuery(options.dryRun) }), {
      contentType: "application/json-patch+json",
      body: [
        { op: "replace", path: "/metadata/managedFields", value },
        { op: "replace", path: "/metadata/resourceVersion", value: object.metadata.resourceVersion },
      ],
    });
  let hasMigrated = false;
  try {
    for (let tries = 1; !hasMigrated; tries++) {
      const value = migrated(managedFieldsOf(object), options.fieldManager);
      if (!value) break;
      try {
        await migrate(value);
        hasMigrated = true;
      } catch (error) {
        // Somebody else wrote meanwhile, a controller its status as a rule.
        if (!isConflict(error) || tries === mostTries) throw error;
        object = await session.json<LiveObject>("GET", apiPath(resource, { namespace, name }));
      }
    }
  } catch (error) {
    complain("server rejected managed fields migration to Server-Side Apply", error);
  }
  try {
    // What the manifest has no more can go only now.
    if (hasMigrated) object = await apply();
  } catch (error) {
    complain("failed to re-apply configuration after performing Server-Side Apply migration", error);
  }
  return { object, operation: "serverside-applied" };
}

const managedFieldsOf = ({ metadata }: LiveObject): readonly ManagedFieldsEntry[] =>
  (metadata.managedFields as readonly ManagedFieldsEntry[] | undefined) ?? [];

/** The annotation of earlier client-side applies gets a manager of its own, so that it stays and the way back is open. */
async function keepAnnotation(
  object: LiveObject,
  options: ApplyOptions,
  send: (body: unknown) => Promise<LiveObject>,
): Promise<LiveObject> {
  const text = object.metadata.annotations?.[lastAppliedAnnotation];
  if (options.fieldManager !== serverSideManager || text === undefined) return object;
  if (managedFieldsOf(object).some((e) => e.operation === "Apply" && ownsLastApplied(e))) return object;
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  const annotations = { [lastAppliedAnnotation]: text };
  return send({ apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}), annotations } });
}
