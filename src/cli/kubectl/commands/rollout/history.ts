import { compareRevisions } from "../../../../api/apps/revision-number.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { type Found, forEachObject } from "../../core/find-objects.ts";
import { printResult } from "../../core/operations.ts";
import type { Session } from "../../core/session.ts";
import { filenameFlags, selectorFlag } from "../../core/shared-flags.ts";
import { podTemplateText } from "../../describe/pod-template.ts";
import { printFlags } from "../../print/print-flags.ts";
import { alignColumns } from "../../print/table.ts";
import { changesTable } from "./changes.ts";
import { historyOf, objectText, rolloutTargets } from "./shared.ts";

export const historyCommand: Command = {
  path: "rollout history",
  use: "rollout history (TYPE NAME | TYPE/NAME) [flags]",
  short: "View previous rollout revisions and configurations.",
  flags: [
    ...filenameFlags,
    ...printFlags,
    {
      name: "revision",
      type: "int",
      default: "0",
      usage: "See the details, including podTemplate of the revision specified",
    },
    selectorFlag,
    {
      name: "changes",
      type: "bool",
      default: "false",
      usage: "Show when each revision was made and what it changed: images, environment, resources and the rest.",
    },
  ],
  async run(invocation) {
    const revision = invocation.flags.int64("revision");
    if (revision < 0n) throw new CommandError(`revision must be a positive integer: ${revision}`);
    if (invocation.flags.bool("changes") && invocation.flags.changed("output"))
      throw new CommandError("--changes prints a table: it does not go with --output");
    const session = await invocation.session();
    await forEachObject(invocation, session, rolloutTargets, (found) => show(invocation, session, found, revision));
    return undefined;
  },
};

async function show(invocation: Invocation, session: Session, found: Found, revision: bigint): Promise<void> {
  const { resource } = found;
  const history = await historyOf(resource, "history viewer").revisions(session, found);
  const all = [...history].sort(([a], [b]) => compareRevisions(a, b));
  const chosen = history.get(revision);
  if (revision > 0n && !chosen) throw new CommandError("unable to find the specified revision");
  if (invocation.flags.bool("changes")) {
    invocation.print(`${objectText(found)} `);
    invocation.print(changesTable(all, chosen && revision));
    return;
  }
  if (invocation.flags.string("output") !== "") {
    for (const { object } of chosen ? [chosen] : all.map(([, one]) => one))
      await printResult(invocation, resource, object, "", "none", { typed: true });
    return;
  }
  if (chosen) {
    invocation.print(`${objectText(found)} with revision #${revision}`);
    invocation.print(podTemplateText(chosen.template));
    return;
  }
  invocation.print(`${objectText(found)} `);
  if (history.size === 0) {
    invocation.print("No rollout history found.");
    return;
  }
  const rows = all.map(([number, { cause }]) => [String(number), cause || "<none>"]);
  invocation.print(alignColumns([["REVISION", "CHANGE-CAUSE"], ...rows], { minWidth: 0, padding: 2 }));
}
