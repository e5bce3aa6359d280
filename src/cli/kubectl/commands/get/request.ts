/** What a `get` asks for: one request per type or per name. */
import { statSync } from "node:fs";
import { CommandError, type Invocation } from "../../core/command.ts";
import type { ServedResource } from "../../core/discovery.ts";
import { givenFiles, kustomizationOf } from "../../core/manifest-files.ts";
import { parseResourceArgs } from "../../core/resource-args.ts";
import type { Session } from "../../core/session.ts";
import { bareContent, findTargets, labelSelectorOf } from "../../core/targets.ts";

/** One request. */
export interface Request {
  readonly resource: ServedResource;
  readonly namespace: string | undefined;
  /** Absent: all of them. */
  readonly name: string | undefined;
}

export interface Requests {
  readonly requests: readonly Request[];
  readonly errors: readonly unknown[];
  /** For each error, how many requests came before it. */
  readonly errorsAt: readonly number[];
  /** One thing is named, or files whose objects a selector may bring down to one: that comes alone and not in a List. */
  readonly single: boolean;
  /** Is it one file that is named? Then what is wrong in it is all that is said when objects are printed. */
  readonly oneFile: boolean;
}

/** What is wrong with what was named between two requests. @param index of the request behind it */
export const errorsBefore = ({ errors, errorsAt }: Requests, index: number): unknown[] =>
  errors.filter((_, i) => errorsAt[i] === index);

export const selectors = ({ flags }: Invocation): Record<string, string | undefined> => ({
  labelSelector: flags.string("selector").trim(),
  fieldSelector: flags.string("field-selector").trim(),
});

/** @throws CommandError in kubectl's words when what is named makes no sense */
export async function findRequests(invocation: Invocation, session: Session): Promise<Requests> {
  const { flags, args } = invocation;
  const files = givenFiles(flags);
  if (files.length > 0) {
    const find = () => findTargets(invocation, session, { ignoreSelector: true });
    const watched = flags.bool("watch") || flags.bool("watch-only");
    const { targets, errors, errorsAt } = await (watched ? find() : bareContent(find));
    const requests = targets.map(({ resource, namespace, name }) => ({ resource, namespace, name }));
    const [file = ""] = files;
    const { labelSelector = "" } = selectors(invocation);
    if (labelSelector !== "") labelSelectorOf(labelSelector);
    const oneFile = files.length === 1 && file !== "-" && (kustomizationOf(flags).length > 0 || !isFolder(file));
    const single = oneFile && (requests.length === 1 || labelSelector !== "");
    return { requests, errors, errorsAt, single, oneFile };
  }
  const everywhere = flags.bool("all-namespaces");
  const parsed = await session.served((discovery) => parseResourceArgs(args, discovery));
  const named = parsed.some((t) => t.name !== undefined);
  const combined = args.some((a) => a.includes("/"));
  const { labelSelector, fieldSelector } = selectors(invocation);
  if (named && (labelSelector || fieldSelector)) {
    throw new CommandError(
      combined
        ? "selectors and the all flag cannot be used when passing resource/name arguments"
        : "name cannot be provided when a selector is specified",
    );
  }
  if (!named && flags.string("subresource"))
    throw new CommandError("subresource cannot be used when bulk resources are specified");
  if (named && everywhere && parsed.some((t) => t.resource.namespaced))
    throw new CommandError("a resource cannot be retrieved by name across all namespaces");
  const seen = new Set<ServedResource>();
  const requests = parsed.flatMap(({ resource, name }): Request[] => {
    if (name === undefined && seen.has(resource)) return [];
    seen.add(resource);
    return [{ resource, name, namespace: resource.namespaced && !everywhere ? session.namespace : undefined }];
  });
  return { requests, errors: [], errorsAt: [], single: named && requests.length === 1, oneFile: false };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
