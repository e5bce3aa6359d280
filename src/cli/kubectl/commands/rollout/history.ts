import type { Deployment } from "../../../../api/generated/types.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { type Found, forEachObject } from "../../core/find-objects.ts";
import { printResult } from "../../core/operations.ts";
import type { Session } from "../../core/session.ts";
import { filenameFlags, outputFlag, selectorFlag, showManagedFieldsFlag } from "../../core/shared-flags.ts";
import { podTemplateText } from "../../describe/pod-template.ts";
import { alignColumns } from "../../print/table.ts";
import { changeCauseAnnotation, revisions } from "./revisions.ts";
import { objectText, rolloutTargets, withoutHistory } from "./shared.ts";

export const historyCommand: Command = {
  path: "rollout history",
  use: "rollout history (TYPE NAME | TYPE/NAME) [flags]",
  short: "View previous rollout revisions and configurations.",
  flags: [
    ...filenameFlags,
    outputFlag,
    {
      name: "revision",
      type: "int",
      default: "0",
      usage: "See the details, including podTemplate of the revision specified",
    },
    selectorFlag,
    showManagedFieldsFlag,
  ],
  async run(invocation) {
    const revision = invocation.flags.int("revision");
    if (revision < 0) throw new CommandError(`revision must be a positive integer: ${revision}`);
    const session = await invocation.session();
    await forEachObject(invocation, session, rolloutTargets, (found) => show(invocation, session, found, revision));
    return undefined;
  },
};

async function show(invocation: Invocation, session: Session, found: Found, revision: number): Promise<void> {
  const { resource } = found;
  if (resource.kind !== "Deployment") {
    throw withoutHistory(resource, "history viewer");
  }
  const history = await revisions(session, found);
  const output = invocation.flags.string("output");
  if (revision > 0 && !history.has(revision)) throw new CommandError("unable to find the specified revision");
  if (output !== "") {
    const chosen = [...history].sort(([a], [b]) => a - b).filter(([n]) => revision === 0 || n === revision);
    for (const [, set] of chosen) {
      const shown = { apiVersion: "apps/v1", kind: "ReplicaSet", ...set };
      await printResult(invocation, resource, shown, "", "none", { typed: true });
    }
    return;
  }
  if (revision > 0) {
    const set = history.get(revision);
    const template = structuredClone(set?.spec?.template ?? {}) as NonNullable<Deployment["spec"]>["template"];
    const cause = set?.metadata?.annotations?.[changeCauseAnnotation];
    if (cause)
      template.metadata = {
        ...template.metadata,
        annotations: { ...template.metadata?.annotations, [changeCauseAnnotation]: cause },
      };
    invocation.print(`${objectText(found)} with revision #${revision}`);
    invocation.print(podTemplateText(template));
    return;
  }
  invocation.print(`${objectText(found)} `);
  if (history.size === 0) {
    invocation.print("No rollout history found.");
    return;
  }
  const rows = [...history]
    .sort(([a], [b]) => a - b)
    .map(([number, set]) => [String(number), set.metadata?.annotations?.[changeCauseAnnotation] || "<none>"]);
  invocation.print(alignColumns([["REVISION", "CHANGE-CAUSE"], ...rows], { minWidth: 0, padding: 2 }));
}
