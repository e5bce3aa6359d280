/** `Did you mean …?` where kubectl says nothing: for people at a terminal. */
import { StatusError } from "../../../base/errors.ts";
import { loadKubeconfig } from "../../../client/kubeconfig.ts";
import { CommandErrors } from "./command.ts";
import { nearest } from "./nearest.ts";
import { apiPath } from "./paths.ts";
import type { Session } from "./session.ts";

export interface Surroundings {
  readonly flags: readonly string[];
  readonly kubeconfigs: readonly string[];
  readonly session: Promise<Session> | undefined;
}

/** More names than this are not looked through. */
const mostNames = 500;

/** What the words that led to an error may have been meant to be. Whoever may not look gets no suggestion. */
export async function suggestion(error: unknown, around: Surroundings): Promise<string | undefined> {
  try {
    return await suggested(error, around);
  } catch {
    return undefined;
  }
}

async function suggested(error: unknown, around: Surroundings): Promise<string | undefined> {
  if (error instanceof CommandErrors) {
    for (const one of error.errors) {
      const meant = await suggested(one, around);
      if (meant) return meant;
    }
    return undefined;
  }
  const { flags, kubeconfigs, session } = around;
  const message = error instanceof Error ? error.message : String(error);
  const asked = (pattern: RegExp): string | undefined => pattern.exec(message)?.[1];
  const flag = asked(/^unknown flag: --(\S+)$/);
  if (flag) return prefixed("--", nearest(flag, flags));
  const context =
    asked(/^Error in configuration: context was not found for specified context: (.*)$/) ??
    asked(/^no context exists with the name: "(.*)"$/);
  if (context)
    return nearest(
      context,
      ((await loadKubeconfig(kubeconfigs)).contexts ?? []).map(({ name }) => name),
    );
  if (!session) return undefined;
  const type = asked(/^the server doesn't have a resource type "(.*)"$/);
  if (type) {
    const { resources } = await (await session).discovery();
    return nearest(type, resources.flatMap((r) => [r.plural, r.singular, ...r.shortNames]).filter(Boolean));
  }
  const details = error instanceof StatusError && error.reason === "NotFound" ? error.status.details : undefined;
  if (details?.name && details.kind)
    return nearest(details.name, await namesOf(details.kind, details.group ?? "", await session));
  return undefined;
}

const prefixed = (prefix: string, word: string | undefined) => word && prefix + word;

async function namesOf(plural: string, group: string, session: Session): Promise<string[]> {
  const resource = (await session.discovery()).find(group ? `${plural}.${group}` : plural);
  const namespace = resource.namespaced ? session.namespace : undefined;
  const path = apiPath(resource, { namespace }, { limit: String(mostNames) });
  const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
  const { items = [] } = await session.json<{ items?: { metadata: { name: string } }[] }>("GET", path, { accept });
  return items.map(({ metadata }) => metadata.name);
}
