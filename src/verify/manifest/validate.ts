/** Would the API server take the objects of a manifest? It is asked, and keeps nothing. */

import { isAlreadyExists, StatusError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { placed, servedKind } from "./decode.ts";
import type { Problem } from "./problems.ts";
import type { Item } from "./read.ts";

/** @param client of a cluster that has none of the objects yet, but all their namespaces */
export async function validationProblems(client: Client, items: readonly Item[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const item of items) {
    const kind = servedKind(item.object);
    if (!kind) continue;
    try {
      await client.create(kind, placed(kind, item.object), { dryRun: true, fieldValidation: "Strict" });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      // What every cluster has, and the namespaces that the manifest's objects lie in.
      if (isAlreadyExists(error)) continue;
      problems.push(...problemsOf(item, error));
    }
  }
  return problems;
}

/** What the API server's refusal says about the manifest. */
export function problemsOf({ file, object, lineOf }: Item, { reason, message, status }: StatusError): Problem[] {
  const causes = (status.details?.causes ?? []).filter((cause) => cause.field !== undefined);
  if (reason !== "Invalid" || causes.length === 0)
    return [{ file, line: lineOf(), message: `${object.kind} "${object.metadata.name}": ${message}` }];
  return causes.map(({ field = "", message: why = "" }) => ({ file, line: lineOf(field), field, message: why }));
}
