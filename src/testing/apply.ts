/** `cluster.apply`: server-side apply of every object, in the order of the manifest. */
import type { KubeObject } from "../api/kind.ts";
import { kindByName } from "../api/kinds.ts";
import { StatusError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { ManifestItem, ManifestObject } from "./manifests.ts";

/** Recorded in `metadata.managedFields`. */
const fieldManager = "wherry-testing";

/** @throws Error that names the object, with the server's own words */
export async function applyObjects(client: Client, manifests: readonly ManifestItem[]): Promise<KubeObject[]> {
  const applied: KubeObject[] = [];
  for (const { where, object } of manifests) {
    try {
      applied.push(await applyObject(client, object));
    } catch (error) {
      if (error instanceof StatusError)
        throw new StatusError(error.code, error.reason, `${where}: ${error.message}`, error.status.details);
      throw new Error(`${where}: ${(error as Error).message}`);
    }
  }
  return applied;
}

function applyObject(client: Client, object: ManifestObject): Promise<KubeObject> {
  const kind = kindOf(object);
  // What came out of a cluster can go back in: what the server says of an object is left out.
  const { managedFields, resourceVersion, uid, generation, creationTimestamp, ...metadata } = object.metadata;
  const key = { name: metadata.name ?? "", ...(kind.namespaced ? { namespace: metadata.namespace ?? "default" } : {}) };
  const { status: _, ...rest } = object as ManifestObject & { status?: unknown };
  const patch = { ...rest, metadata };
  return client.patch(kind, key, patch, { type: "apply", fieldManager, force: true, fieldValidation: "Strict" });
}

/** @throws Error for a kind that is not served */
function kindOf({ apiVersion, kind }: Pick<ManifestObject, "apiVersion" | "kind">) {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const served = kindByName(group, version, kind);
  if (!served) throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`);
  return served.kind;
}
