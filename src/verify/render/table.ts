/** The scenarios of a Deployment, a row each. Pure. */
import { durationText } from "../../testing/durations.ts";
import type { ScenarioReport, Strategy, UndoReport } from "../report.ts";
import { hanging } from "./layout.ts";
import type { Style } from "./style.ts";

const none = "–";
const time = (seconds: number) => durationText(seconds * 1000);
const right = new Set(["AVAILABLE", "WORKING", "PODS"]);
const headings = ["SCENARIO", "ROLLOUT", "AVAILABLE", "WORKING", "PODS", "UNDO"];

export function scenarioTable(scenarios: readonly ScenarioReport[], strategy: Strategy, style: Style): string[] {
  const { leastAvailable, mostPods } = strategy;
  const limits = ["", "", `min ${leastAvailable}`, `min ${leastAvailable}`, `max ${mostPods}`, ""];
  const [first = "", second = "", ...lines] = aligned([headings, limits, ...scenarios.map(cellsOf)]);
  return [
    style.dim(`  ${first}`),
    style.dim(`  ${second}`),
    ...scenarios.flatMap((scenario, i) => withNotes(scenario, lines[i] ?? "", style)),
  ];
}

/** As wide as what stands in them. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = headings.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (right.has(headings[i] ?? "") ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

function cellsOf(scenario: ScenarioReport): string[] {
  const { title, lowestAvailable, lowestWorking, mostPods } = scenario;
  const number = (n: number | undefined) => (n === undefined ? none : String(n));
  return [title, rollout(scenario), number(lowestAvailable), number(lowestWorking), number(mostPods), undo(scenario)];
}

function withNotes(scenario: ScenarioReport, line: string, style: Style): string[] {
  const { broken } = scenario;
  const notes = remarks(scenario);
  const mark = broken.length > 0 ? style.bad("✗") : notes.length > 0 ? style.caution("!") : style.good("✓");
  return [
    `${mark} ${broken.length > 0 ? style.bold(line) : line}`,
    ...broken.flatMap(({ message }) => hanging("      ", message).map(style.bad)),
    ...notes.flatMap((remark) => hanging("      ", remark).map(style.caution)),
  ];
}

function rollout({ outcome, seconds }: ScenarioReport): string {
  switch (outcome) {
    case "finishes":
      return seconds === 0 ? "finishes at once" : `finishes in ${time(seconds)}`;
    case "stalls":
      return `stalls, noticed ${time(seconds)}`;
    case "hangs":
      return `hangs, unnoticed ${time(seconds)}`;
    case "impossible":
      return "impossible";
  }
}

function undo({ undo: undone }: ScenarioReport): string {
  if (!undone) return none;
  if (undone.outcome === "impossible") return "cannot";
  if (undone.outcome === "fails") return "fails";
  if (undone.byItself) return "by itself";
  return undone.seconds ? `in ${time(undone.seconds)}` : "at once";
}

/** What the numbers do not say. */
function remarks({
  id,
  outcome,
  downSeconds = 0,
  deadlinePassedAfter,
  undo: undone,
  broken,
  why,
  byHand = [],
}: ScenarioReport): string[] {
  const told = broken.some(({ message }) => why !== undefined && message.includes(why));
  return [
    ...(deadlinePassedAfter === undefined
      ? []
      : [`reported as failed after ${time(deadlinePassedAfter)}, before it finished`]),
    ...byHand.map((act) => `it waited for the lost node until somebody stepped in: ${act}`),
    ...(undone?.byHand ?? []).map((act) => `the undo waited until somebody stepped in: ${act}`),
    ...(downSeconds === 0 ? [] : [outage(outcome, downSeconds, undone)]),
    ...(id === "slow-start" && outcome !== "finishes" && why && !told ? [why] : []),
  ];
}

function outage(outcome: ScenarioReport["outcome"], seconds: number, undone: UndoReport | undefined): string {
  if (!undone) return `nothing serves for ${time(seconds)}`;
  if (undone.outcome !== "restores") return "nothing serves any more";
  // After a false success it is up to somebody to notice.
  if (outcome === "finishes") return "nothing serves until the undo";
  return `nothing serves for ${time(seconds)}, until the undo`;
}
