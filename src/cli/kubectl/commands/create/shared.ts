import { StatusError } from "../../../../base/errors.ts";
import { CommandError, type Invocation } from "../../core/command.ts";
import { dryRunOf, dryRunQuery, fieldValidationOf } from "../../core/dry-run.ts";
import type { Flag } from "../../core/flags.ts";
import type { ManifestObject } from "../../core/manifests.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import {
  dryRunFlag,
  fieldManagerFlag,
  outputFlag,
  showManagedFieldsFlag,
  validateFlag,
} from "../../core/shared-flags.ts";
import { goJson } from "../../print/output.ts";

/** Flags of every generator. */
export const createFlags: readonly Flag[] = [
  dryRunFlag,
  fieldManagerFlag("kubectl-create"),
  outputFlag,
  {
    name: "save-config",
    type: "bool",
    default: "false",
    usage: "If true, the configuration of current object will be saved in its annotation.",
  },
  showManagedFieldsFlag,
  validateFlag,
];

/** Creates the object, or with `--dry-run=client` only shows it. */
export async function createObject(invocation: Invocation, type: string, object: ManifestObject): Promise<undefined> {
  const { flags } = invocation;
  const dryRun = dryRunOf(flags);
  const validation = fieldValidationOf(flags);
  const session = await invocation.session();
  const resource = (await session.discovery()).find(type);
  if (flags.bool("save-config")) {
    const { lastAppliedAnnotation } = await import("../../core/last-applied.ts");
    const { inGoOrder } = await import("../../print/go-order.ts");
    const annotations = { ...object.metadata.annotations, [lastAppliedAnnotation]: `${goJson(inGoOrder(object))}\n` };
    object.metadata.annotations = annotations;
  }
  if (resource.namespaced && (session.namespaceGiven || dryRun !== "client"))
    object.metadata.namespace = session.namespace;
  if (dryRun === "client") {
    await printResult(invocation, resource, object, "created", dryRun, { typed: true });
    return undefined;
  }
  const query = {
    dryRun: dryRunQuery(dryRun),
    fieldManager: flags.string("field-manager"),
    fieldValidation: validation,
  };
  let created: ManifestObject;
  try {
    const path = apiPath(resource, { namespace: session.namespace }, query);
    created = await session.json<ManifestObject>("POST", path, { body: object });
  } catch (error) {
    // `create namespace` passes on what the server says; the generators of workloads say what they were at.
    if (!resource.group || !(error instanceof StatusError)) throw error;
    throw new CommandError(`failed to create ${resource.singular}: ${error.message}`);
  }
  await printResult(invocation, resource, created, "created", dryRun, { typed: true });
  return undefined;
}
