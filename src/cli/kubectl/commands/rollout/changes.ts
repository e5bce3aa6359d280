/** `rollout history --changes`: when each revision was made, and what it changed. */
import { imagesOf, templateDifferences } from "../../../../api/apps/template-differences.ts";
import type { PodTemplateSpec, ReplicaSet } from "../../../../api/generated/types.ts";
import { ageText, localTime } from "../../describe/times.ts";
import { alignColumns } from "../../print/table.ts";
import type { Revision } from "./revisions.ts";

/** What undo and redo have called it before: `1,3`. */
const formerNumbers = "deployment.kubernetes.io/revision-history";

/**
 * A row for each change, the first of a revision with its number and time.
 * @param history oldest first
 * @param only the one revision to show
 */
export function changesTable(history: readonly (readonly [bigint, Revision])[], only?: bigint): string {
  const rows = history.flatMap(([number, revision], i) => {
    if (only !== undefined && number !== only) return [];
    const { made } = revision;
    const time = made ? `${localTime(Date.parse(made))} (${ageText(made)} ago)` : "<unknown>";
    const [first = "", ...more] = phrasesOf(revision, history[i - 1]?.[1]);
    return [[String(number), time, first], ...more.map((phrase) => ["", "", phrase])];
  });
  if (rows.length === 0) return "No rollout history found.";
  return alignColumns([["REVISION", "CREATED", "CHANGES"], ...rows], { minWidth: 0, padding: 2 });
}

/** As the revision's object has it: what `--revision` describes has the change-cause among its annotations. */
const templateIn = ({ object }: Revision): PodTemplateSpec => (object as ReplicaSet).spec?.template ?? {};

function phrasesOf(revision: Revision, before: Revision | undefined): readonly string[] {
  const former = revision.object.metadata?.annotations?.[formerNumbers]?.split(",").at(-1);
  const back = former ? [`back to what was revision ${former}`] : [];
  if (!before) return [...back, `with ${imagesOf(templateIn(revision))}`];
  const differences = templateDifferences(templateIn(before), templateIn(revision));
  return [...back, ...(differences.length > 0 ? differences : ["nothing in the template"])];
}
