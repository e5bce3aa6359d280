/** Writes ControllerRevisions: what StatefulSet and DaemonSet controllers share. */
import type { ControllerRevision } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { isAlreadyExists, isNotFound } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { controllerRevisions } from "../../client/kinds.ts";

const nameOf = ({ metadata }: KubeObject) => ({ namespace: metadata?.namespace ?? "", name: metadata?.name ?? "" });

/**
 * Creates the revision; when its name is taken, answers with who has it.
 * @returns the created one, or `taken`: the one that has the name already
 */
export async function createRevision(
  client: Client,
  revision: ControllerRevision,
): Promise<{ readonly created: ControllerRevision } | { readonly taken: ControllerRevision }> {
  try {
    return { created: await client.create(controllerRevisions, revision) };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return { taken: await client.get(controllerRevisions, nameOf(revision)) };
  }
}

/** Gives the revision another number. */
export const renumber = (client: Client, revision: ControllerRevision, number: number): Promise<ControllerRevision> =>
  client.update(controllerRevisions, { ...revision, revision: number });

export async function deleteRevision(client: Client, revision: ControllerRevision): Promise<void> {
  try {
    const uid = revision.metadata?.uid ?? "";
    await client.delete(controllerRevisions, nameOf(revision), { preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
