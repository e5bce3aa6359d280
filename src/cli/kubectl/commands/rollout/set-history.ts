/** The history of a StatefulSet or DaemonSet: its ControllerRevisions (`polymorphichelpers/history.go` and `rollback.go`). */
import { records, templateOf, templatePatch } from "../../../../api/apps/template-patch.ts";
import type { ControllerRevision, DaemonSet, StatefulSet } from "../../../../api/generated/types.ts";
import { CommandError } from "../../core/command.ts";
import { controlled } from "../../core/controlled.ts";
import type { Found } from "../../core/find-objects.ts";
import type { Session } from "../../core/session.ts";
import { podTemplateText } from "../../describe/pod-template.ts";
import {
  changeCauseAnnotation,
  type History,
  notInHistory,
  type RollBack,
  type RollBackPlan,
  skipped,
} from "./revisions.ts";

const revisionsOf = (session: Session, { object }: Found): Promise<ControllerRevision[]> =>
  controlled<ControllerRevision>(session, "controllerrevisions.apps", object);

function chooseTarget(all: readonly ControllerRevision[], wanted: bigint): ControllerRevision {
  if (wanted === 0n && all.length <= 1) throw new CommandError("no last revision to roll back to");
  const target =
    wanted === 0n
      ? [...all].sort((a, b) => a.revision - b.revision).at(-2)
      : all.find(({ revision }) => BigInt(revision) === wanted);
  if (!target) throw notInHistory(wanted);
  return target;
}

async function planRollBack({ session, found, revision, dryRun }: RollBack): Promise<RollBackPlan> {
  const { object } = found;
  const target = chooseTarget(await revisionsOf(session, found), revision);
  if (dryRun === "client") return { done: `will roll back to ${podTemplateText(templateOf(target))}` };
  if (records(target, templatePatch((object as StatefulSet | DaemonSet).spec?.template ?? {})))
    return skipped(revision);
  return { contentType: "application/strategic-merge-patch+json", body: target.data as object };
}

export const setHistory: History = {
  async revisions(session, found) {
    const object = found.object as StatefulSet | DaemonSet;
    const all = await revisionsOf(session, found);
    return new Map(
      all.map((one) => {
        const template = templateOf(one);
        const then = { ...object, spec: { ...object.spec, template } };
        const cause = one.metadata?.annotations?.[changeCauseAnnotation];
        const made = one.metadata?.creationTimestamp;
        return [BigInt(one.revision), { object: then, template, cause, made }];
      }),
    );
  },
  planRollBack,
};
