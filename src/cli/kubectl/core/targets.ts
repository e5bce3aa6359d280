/**
 * What a command is to work on, by arguments, files and selectors, with the rules of cli-runtime's resource builder.
 * Nothing is read for what is named; selectors are listed.
 */
import { statSync } from "node:fs";
import { matchesLabels, parseLabelSelector, type Selector } from "../../../api/labels.ts";
import { isNotFound, isStatus, StatusError } from "../../../base/errors.ts";
import { BareError, CommandError, ContentError, type Invocation } from "./command.ts";
import type { ServedResource } from "./discovery.ts";
import type { LiveObject } from "./find-objects.ts";
import { givenFiles } from "./manifest-files.ts";
import { apiPath, apiVersionText } from "./paths.ts";
import { parseResourceArgs } from "./resource-args.ts";
import type { Session } from "./session.ts";

export interface Target {
  readonly resource: ServedResource;
  /** Absent for what belongs to no namespace. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** The file it was named in. */
  readonly source?: string;
  /** As listed by a selector, or as the file has it. */
  readonly object?: LiveObject;
}

export interface TargetOptions {
  /** A type alone means all of its kind. */
  readonly typeMeansAll?: boolean;
  /** What is said when nothing at all is named. */
  readonly nothingNamed?: string;
  /** Instead of all arguments of the command. */
  readonly args?: readonly string[];
  /** `--selector` does not choose what to work on. */
  readonly ignoreSelector?: boolean;
  /** Only files, and no server is asked what it serves. */
  readonly local?: boolean;
}

/** What could be found, and what could not. Both may be there: commands do what they can and then fail. */
export interface Targets {
  readonly targets: Target[];
  readonly errors: unknown[];
  /** For each error, how many targets came before it. */
  readonly errorsAt: readonly number[];
  /** Was it named one by one, not picked by a selector? */
  readonly named: boolean;
  /** Is it one thing that is named: one name, one file? */
  readonly single: boolean;
}

const nothingNamed = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** @throws CommandError in kubectl's words when what is named makes no sense */
export async function findTargets(
  invocation: Invocation,
  session: Session,
  options: TargetOptions = {},
): Promise<Targets> {
  const { flags } = invocation;
  const args = options.args ?? invocation.args;
  const text = (name: string) => (flags.has(name) ? flags.string(name) : "");
  const files = givenFiles(flags);
  const labelSelector = options.ignoreSelector ? "" : text("selector");
  const fieldSelector = text("field-selector");
  const all = flags.has("all") && flags.bool("all");
  const everywhere = flags.has("all-namespaces") && flags.bool("all-namespaces");
  const namespaceOf = (r: ServedResource) => (r.namespaced && !everywhere ? session.namespace : undefined);

  if (files.length > 0) {
    const found = await inFiles(invocation, session, files, args, options.local === true);
    return options.local || labelSelector === "" ? found : selected(found, labelSelector);
  }
  if (args.length === 0) throw new CommandError(options.nothingNamed ?? nothingNamed);
  const parsed = await session.served((discovery) => parseResourceArgs(args, discovery));
  const names = parsed.filter((p) => p.name !== undefined);
  const selecting = labelSelector !== "" || fieldSelector !== "" || all;
  if (selecting && names.length > 0) {
    throw new CommandError(
      args.some((a) => a.includes("/"))
        ? "selectors and the all flag cannot be used when passing resource/name arguments"
        : "name cannot be provided when a selector is specified",
    );
  }
  if (names.length > 0) {
    if (everywhere && names.some((n) => n.resource.namespaced))
      throw new CommandError("a resource cannot be retrieved by name across all namespaces");
    const targets = names.map(({ resource, name = "" }) => ({ resource, name, namespace: namespaceOf(resource) }));
    return { targets, errors: [], errorsAt: [], named: true, single: isSingle(args) };
  }
  if (!selecting && !options.typeMeansAll)
    throw new CommandError("resource(s) were provided, but no name was specified");
  const targets: Target[] = [];
  const errors: unknown[] = [];
  for (const { resource } of parsed) {
    try {
      const path = apiPath(resource, { namespace: namespaceOf(resource) }, { labelSelector, fieldSelector });
      const { items = [] } = await whileSelecting(resource, { labelSelector, fieldSelector }, () =>
        session.json<{ items?: LiveObject[] }>("GET", path),
      );
      for (const item of items) {
        const object = { ...item, apiVersion: apiVersionText(resource), kind: resource.kind };
        const { namespace, name } = item.metadata;
        targets.push({ resource, namespace, name, object });
      }
    } catch (error) {
      errors.push(error);
    }
  }
  return { targets, errors, errorsAt: errors.map(() => 0), named: false, single: false };
}

const isSingle = (args: readonly string[]): boolean => args.length === (args[0]?.includes("/") ? 1 : 2);

/** Reads what selectors pick; what the server does not understand then says what was asked for. */
export async function whileSelecting<T>(
  resource: ServedResource,
  selectors: { readonly labelSelector?: string | undefined; readonly fieldSelector?: string | undefined },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(isStatus(error, "BadRequest") || isNotFound(error))) throw error;
    const { labelSelector = "", fieldSelector = "" } = selectors;
    const what = JSON.stringify(`${resource.group}/${resource.version}, Resource=${resource.plural}`);
    const asked =
      labelSelector === "" && fieldSelector === ""
        ? `Unable to list ${what}`
        : `Unable to find ${what} that match label selector ${JSON.stringify(labelSelector)}, field selector ${JSON.stringify(fieldSelector)}`;
    throw StatusError.from({ ...error.status, message: `${asked}: ${error.status.message}` });
  }
}

async function inFiles(
  invocation: Invocation,
  session: Session,
  files: readonly string[],
  args: readonly string[],
  local: boolean,
): Promise<Targets> {
  const { flags, io } = invocation;
  if (args.length > 0) {
    throw new CommandError(
      args.some((a) => a.includes("/"))
        ? "resource/name arguments cannot be provided when a path is specified"
        : "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
    );
  }
  const { givenManifests } = await import("./manifests.ts");
  const { localResource } = local ? await import("./typed.ts") : { localResource: undefined };
  const manifests = await givenManifests(flags, io);
  const targets: Target[] = [];
  const errors: unknown[] = [];
  const errorsAt: number[] = [];
  for (const parsed of manifests) {
    try {
      if ("error" in parsed) throw parsed.error;
      const { object, source } = parsed;
      const resource = localResource ? localResource(object) : await session.served((d) => d.forKind(object, source));
      const namespace = resource.namespaced ? manifestNamespace(object.metadata.namespace, session) : undefined;
      targets.push({
        resource,
        namespace,
        name: object.metadata.name ?? "",
        source,
        object: object as unknown as LiveObject,
      });
    } catch (error) {
      errors.push(error);
      errorsAt.push(targets.length);
    }
  }
  return { targets, errors, errorsAt, named: true, single: files.length === 1 && isFile(files[0] as string) };
}

/** @throws CommandError for a malformed one */
export function labelSelectorOf(labelSelector: string): Selector {
  try {
    return parseLabelSelector(labelSelector);
  } catch (error) {
    throw new CommandError(
      `the provided selector ${JSON.stringify(labelSelector)} is not valid: ${(error as Error).message}`,
    );
  }
}

/** Those of the files' objects that the selector picks. */
function selected(found: Targets, labelSelector: string): Targets {
  const selector = labelSelectorOf(labelSelector);
  return { ...found, targets: found.targets.filter((t) => matchesLabels(selector, t.object?.metadata.labels)) };
}

const isFile = (path: string): boolean => path !== "-" && !statSync(path, { throwIfNoEntry: false })?.isDirectory();

/** For commands that print what is wrong in a file as it is, without `error: `. */
export async function bareContent<T extends { readonly errors: readonly unknown[] }>(
  find: () => Promise<T>,
): Promise<T> {
  const found = await find();
  const errors = found.errors.map((error) => (error instanceof ContentError ? new BareError(error.message) : error));
  return { ...found, errors };
}

/** @throws CommandError when `-n` names another namespace than the manifest */
function manifestNamespace(own: string | undefined, session: Session): string {
  if (own && session.namespaceGiven && own !== session.namespace) {
    throw new CommandError(
      `the namespace from the provided object "${own}" does not match the namespace "${session.namespace}". You must pass '--namespace=${own}' to perform this operation.`,
    );
  }
  return own || session.namespace;
}

/** What a file has, in the namespace that it goes to. */
export function placed({ namespace, object }: Target): LiveObject {
  if (!object) throw new Error("only what a file names has an object to write");
  return namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } };
}

/** An object as errors describe it. */
export function targetText({ resource, namespace = "", name }: Target): string {
  const group = apiVersionText(resource).includes("/") ? apiVersionText(resource) : `/${resource.version}`;
  return `Resource: "${group}, Resource=${resource.plural}", GroupVersionKind: "${group}, Kind=${resource.kind}"\nName: "${name}", Namespace: "${namespace}"`;
}
