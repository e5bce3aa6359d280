import type { Invocation } from "../../core/command.ts";
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
  if (resource.namespaced && (session.namespaceGiven || dryRun !== "client"))
    object.metadata.namespace = session.namespace;
  if (flags.bool("save-config")) {
    const { lastAppliedText, lastAppliedAnnotation } = await import("../../core/last-applied.ts");
    object.metadata.annotations = { ...object.metadata.annotations, [lastAppliedAnnotation]: lastAppliedText(object) };
  }
  if (dryRun === "client") {
    await printResult(invocation, resource, object, "created", dryRun);
    return undefined;
  }
  const query = {
    dryRun: dryRunQuery(dryRun),
    fieldManager: flags.string("field-manager"),
    fieldValidation: validation,
  };
  const created = await session.json<ManifestObject>(
    "POST",
    apiPath(resource, { namespace: session.namespace }, query),
    {
      body: object,
    },
  );
  await printResult(invocation, resource, created, "created", dryRun);
  return undefined;
}
