import type { Command, Invocation } from "../../core/command.ts";
import { type DryRun, dryRunOf } from "../../core/dry-run.ts";
import { type Found, forEachObject } from "../../core/find-objects.ts";
import { printResult } from "../../core/operations.ts";
import type { Session } from "../../core/session.ts";
import { dryRunFlag, filenameFlags, outputFlag, selectorFlag, showManagedFieldsFlag } from "../../core/shared-flags.ts";
import { notInHistory } from "./revisions.ts";
import { historyOf, rolloutTargets } from "./shared.ts";

export const undoCommand: Command = {
  path: "rollout undo",
  use: "rollout undo (TYPE NAME | TYPE/NAME) [flags]",
  short: "Roll back to a previous rollout.",
  flags: [
    dryRunFlag,
    ...filenameFlags,
    outputFlag,
    selectorFlag,
    showManagedFieldsFlag,
    {
      name: "to-revision",
      type: "int",
      default: "0",
      usage: "The revision to rollback to. Default to 0 (last revision).",
    },
  ],
  async run(invocation) {
    const session = await invocation.session();
    const dryRun = dryRunOf(invocation.flags);
    await forEachObject(invocation, session, rolloutTargets, (found) => undo(invocation, session, found, dryRun));
    return undefined;
  },
};

async function undo(invocation: Invocation, session: Session, found: Found, dryRun: DryRun): Promise<void> {
  const { resource, object } = found;
  const history = historyOf(resource, "rollbacker");
  const revision = invocation.flags.int("to-revision");
  if (revision < 0) throw notInHistory(revision);
  const done = await history.rollBack({ session, found, revision, dryRun });
  await printResult(invocation, resource, object, done, dryRun, { typed: true });
}
