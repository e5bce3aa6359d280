import { type Command, CommandError, CommandErrors, type Invocation } from "../core/command.ts";
import { dryRunOf, dryRunQuery } from "../core/dry-run.ts";
import { type Found, findObjects } from "../core/find-objects.ts";
import { printResult } from "../core/operations.ts";
import { apiPath } from "../core/paths.ts";
import type { Session } from "../core/session.ts";
import { dryRunFlag, selectorFlag } from "../core/shared-flags.ts";

export const cordonCommand = command("cordon", "Mark node as unschedulable.", true);
export const uncordonCommand = command("uncordon", "Mark node as schedulable.", false);

function command(verb: "cordon" | "uncordon", short: string, unschedulable: boolean): Command {
  return {
    path: verb,
    use: `${verb} NODE`,
    short,
    flags: [dryRunFlag, selectorFlag],
    async run(invocation) {
      const { args, flags } = invocation;
      const dryRun = dryRunOf(flags);
      const selector = flags.string("selector");
      if (args.length === 0 && !flags.changed("selector"))
        throw new CommandError(`USAGE: ${verb} NODE [flags]\nSee 'kubectl ${verb} -h' for help and examples`);
      if (args.length > 0 && selector !== "")
        throw new CommandError(
          `cannot specify both a node name and a --selector option\nSee 'kubectl ${verb} -h' for help and examples`,
        );
      const session = await invocation.session();
      const named = args.flatMap((arg) => (arg.includes("/") ? [arg] : [`node/${arg}`]));
      const { found, errors } = await findObjects(invocation, session, { args: selector ? ["nodes"] : named });
      // A node that is not there keeps all others as they are.
      if (errors.length > 0) throw new CommandErrors(errors);
      for (const one of found) {
        try {
          const done = await mark(session, one, unschedulable, dryRunQuery(dryRun), dryRun === "client");
          await printResult(invocation, one.resource, one.object, `${done}${verb}ed`, dryRun);
        } catch (error) {
          sayWhyNot(invocation, verb, one, error);
        }
      }
      return undefined;
    },
  };
}

function sayWhyNot({ warn }: Invocation, verb: string, { object }: Found, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  warn(`error: unable to ${verb} node "${object.metadata.name}": ${why}`);
}

/** @returns what stands before the operation when there is nothing to do */
async function mark(
  session: Session,
  { resource, object }: Found,
  unschedulable: boolean,
  dryRun: string | undefined,
  onlySay: boolean,
): Promise<string> {
  const { unschedulable: now = false } = (object.spec ?? {}) as { unschedulable?: boolean };
  if (now === unschedulable) return "already ";
  if (onlySay) return "";
  await session.json("PATCH", apiPath(resource, object.metadata, { dryRun }), {
    body: { spec: { unschedulable: unschedulable || null } },
    contentType: "application/strategic-merge-patch+json",
  });
  return "";
}
