/** The objects that a command's arguments, files and selectors name, read from the server. */
import { CommandError, CommandErrors, type Invocation } from "./command.ts";
import type { ServedResource } from "./discovery.ts";
import { readManifests } from "./manifests.ts";
import { apiPath, apiVersionText } from "./paths.ts";
import { parseResourceArgs } from "./resource-args.ts";
import type { Session } from "./session.ts";

export interface LiveObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

export interface Found {
  readonly resource: ServedResource;
  readonly object: LiveObject;
}

export interface FindOptions {
  /** Text when nothing at all is named. */
  readonly missing?: string;
}

/**
 * Objects by `TYPE NAME`, `TYPE/NAME`, `-f`, or `-l`, in the order named. A type without a name means all of its kind
 * only with a selector or `--all`.
 * @throws CommandErrors with what could not be read, after everything was tried
 */
export async function findObjects(
  invocation: Invocation,
  session: Session,
  options: FindOptions = {},
): Promise<Found[]> {
  const { flags, args } = invocation;
  const has = (name: string) => flags.has(name);
  const discovery = await session.discovery();
  const files = has("filename") ? flags.list("filename") : [];
  const selector = has("selector") ? flags.string("selector") : "";
  const all = has("all") && flags.bool("all");
  const get = async (resource: ServedResource, namespace: string | undefined, name: string): Promise<Found[]> => [
    { resource, object: await session.json<LiveObject>("GET", apiPath(resource, { namespace, name })) },
  ];
  const list = async (resource: ServedResource): Promise<Found[]> => {
    const path = apiPath(resource, { namespace: session.namespace }, { labelSelector: selector });
    const { items = [] } = await session.json<{ items?: LiveObject[] }>("GET", path);
    return items.map((item) => ({
      resource,
      object: { ...item, apiVersion: apiVersionText(resource), kind: resource.kind },
    }));
  };

  let reads: Promise<Found[]>[];
  if (files.length > 0) {
    const manifests = await readManifests(files, flags.bool("recursive"), invocation.io.stdin);
    reads = manifests.map(({ object, source }) => {
      const resource = discovery.forKind(object.apiVersion, object.kind, source);
      return get(resource, object.metadata.namespace ?? session.namespace, object.metadata.name ?? "");
    });
  } else {
    if (args.length === 0) throw new CommandError(options.missing ?? "required resource not specified");
    reads = parseResourceArgs(args, discovery).map(({ resource, name }) => {
      if (name !== undefined) return get(resource, session.namespace, name);
      if (!selector && !all) throw new CommandError("resource(s) were provided, but no name was specified");
      return list(resource);
    });
  }
  const results = await Promise.allSettled(reads);
  const errors = results.flatMap((r) => (r.status === "rejected" ? [r.reason as unknown] : []));
  if (errors.length > 0) throw new CommandErrors(errors);
  const found = results.flatMap((r) => (r.status === "fulfilled" ? r.value : []));
  if (found.length === 0) invocation.warn(`No resources found in ${session.namespace} namespace.`);
  return found;
}
