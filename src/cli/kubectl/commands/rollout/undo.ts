import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { type DryRun, dryRunOf } from "../../core/dry-run.ts";
import { type Found, forEachObject } from "../../core/find-objects.ts";
import { printResult } from "../../core/operations.ts";
import type { Session } from "../../core/session.ts";
import { dryRunFlag, filenameFlags, selectorFlag } from "../../core/shared-flags.ts";
import { printFlags } from "../../print/print-flags.ts";
import { notInHistory, type RollBack, restore } from "./revisions.ts";
import { historyOf, rolloutTargets } from "./shared.ts";
import { showUndo } from "./undo-diff.ts";

export const undoCommand: Command = {
  path: "rollout undo",
  use: "rollout undo (TYPE NAME | TYPE/NAME) [flags]",
  short: "Roll back to a previous rollout.",
  flags: [
    dryRunFlag,
    ...filenameFlags,
    ...printFlags,
    selectorFlag,
    {
      name: "to-revision",
      type: "int",
      default: "0",
      usage: "The revision to rollback to. Default to 0 (last revision).",
    },
    {
      name: "diff",
      type: "bool",
      default: "false",
      usage: "Show what going back would change, and change nothing.",
    },
  ],
  async run(invocation) {
    const session = await invocation.session();
    const dryRun = dryRunOf(invocation.flags);
    if (invocation.flags.bool("diff") && (dryRun !== "none" || invocation.flags.changed("output")))
      throw new CommandError(
        "--diff changes nothing and prints differences: it goes with neither --dry-run nor --output",
      );
    await forEachObject(invocation, session, rolloutTargets, (found) => undo(invocation, session, found, dryRun));
    return undefined;
  },
};

async function undo(invocation: Invocation, session: Session, found: Found, dryRun: DryRun): Promise<void> {
  const { resource, object } = found;
  const history = historyOf(resource, "rollbacker");
  const revision = invocation.flags.int64("to-revision");
  const diff = invocation.flags.bool("diff");
  if (revision < 0n) throw notInHistory(revision);
  const request: RollBack = { session, found, revision, dryRun: diff ? "server" : dryRun };
  const plan = await history.planRollBack(request);
  if (diff && !("done" in plan)) return showUndo(invocation, found, await restore(request, plan));
  if (!("done" in plan)) await restore(request, plan);
  const done = "done" in plan ? plan.done : "rolled back";
  await printResult(invocation, resource, object, done, dryRun, { typed: true });
}
