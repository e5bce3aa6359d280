import { isNotFound } from "../../../base/errors.ts";
import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { type Found, findObjects } from "../core/find-objects.ts";
import { givenFiles } from "../core/manifest-files.ts";
import type { Session } from "../core/session.ts";
import { allNamespacesFlag, filenameFlags, selectorFlag } from "../core/shared-flags.ts";
import { bareContent } from "../core/targets.ts";
import { describerOf } from "../describe/describers.ts";

export const describeCommand: Command = {
  path: "describe",
  use: "describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
  short: "Show details of a specific resource or group of resources.",
  flags: [
    allNamespacesFlag,
    { name: "chunk-size", type: "int", default: "500", usage: "Return large lists in chunks rather than all at once." },
    ...filenameFlags,
    selectorFlag,
    {
      name: "show-events",
      type: "bool",
      default: "true",
      usage: "If true, display events related to the described object.",
    },
  ],
  run,
};

async function run(invocation: Invocation): Promise<undefined> {
  const { flags, args, io } = invocation;
  const session = await invocation.session();
  if (args.length === 0 && givenFiles(flags).length === 0)
    throw new CommandError(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    );
  const { found, errors } = await bareContent(() => findObjects(invocation, session, { typeMeansAll: true }));
  const notFound = errors.length === 1 && isNotFound(errors[0]) && args.length === 2;
  if (notFound) return describeByPrefix(invocation, session, errors[0]);
  const showEvents = flags.bool("show-events");
  const failures = [...errors];
  let first = true;
  for (const one of found) {
    try {
      const text = await describe(session, one, showEvents);
      io.stdout.write(first ? text : `\n\n${text}`);
      first = false;
    } catch (error) {
      const message = (error as Error).message;
      if (!failures.some((known) => (known as Error).message === message)) failures.push(error);
    }
  }
  if (failures.length > 0) throw new CommandErrors(failures);
  if (found.length === 0) {
    const where = flags.bool("all-namespaces") ? "" : ` in ${session.namespace} namespace.`;
    invocation.warn(`No resources found${where}`);
  }
  return undefined;
}

/** `describe pod web` where no pod has that name: all whose names begin with it. */
async function describeByPrefix(invocation: Invocation, session: Session, original: unknown): Promise<undefined> {
  const [type = "", prefix = ""] = invocation.args;
  const { found, errors } = await findObjects(invocation, session, { typeMeansAll: true, args: [type] });
  if (errors.length > 0) throw new CommandErrors(errors);
  const matching = found.filter(({ object }) => object.metadata.name.startsWith(prefix));
  if (matching.length === 0) throw original;
  const showEvents = invocation.flags.bool("show-events");
  for (const one of matching) invocation.io.stdout.write(`${await describe(session, one, showEvents)}\n`);
  return undefined;
}

async function describe(session: Session, { resource, object }: Found, showEvents: boolean): Promise<string> {
  const describer = await describerOf(resource.group, resource.kind);
  return describer(object as never, { session, showEvents });
}
