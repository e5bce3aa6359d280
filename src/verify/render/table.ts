/** The scenarios of a Deployment, a row each. Pure. */
import { durationText } from "../../testing/durations.ts";
import type { ScenarioReport, Strategy, UndoReport } from "../report.ts";
import { hanging } from "./layout.ts";
import type { Style } from "./style.ts";

type Cells = readonly [
  scenario: string,
  rollout: string,
  available: string,
  working: string,
  pods: string,
  undo: string,
];

const indent = "  ";
const line = ([scenario, rollout, available, working, pods, undo]: Cells): string =>
  [scenario.padEnd(17), rollout.padEnd(21), available.padStart(9), working.padStart(7), pods.padStart(5), undo]
    .join("  ")
    .trimEnd();

const none = "–";
const time = (seconds: number) => durationText(seconds * 1000);

export function scenarioTable(scenarios: readonly ScenarioReport[], strategy: Strategy, style: Style): string[] {
  const { leastAvailable, mostPods } = strategy;
  return [
    style.dim(indent + line(["SCENARIO", "ROLLOUT", "AVAILABLE", "WORKING", "PODS", "UNDO"])),
    style.dim(indent + line(["", "", `min ${leastAvailable}`, `min ${leastAvailable}`, `max ${mostPods}`, ""])),
    ...scenarios.flatMap((scenario) => rows(scenario, style)),
  ];
}

function rows(scenario: ScenarioReport, style: Style): string[] {
  const { title, lowestAvailable, lowestWorking, mostPods, broken } = scenario;
  const number = (n: number | undefined) => (n === undefined ? none : String(n));
  const text = line([
    title,
    rollout(scenario),
    number(lowestAvailable),
    number(lowestWorking),
    number(mostPods),
    undo(scenario),
  ]);
  const notes = remarks(scenario);
  const mark = broken.length > 0 ? style.bad("✗") : notes.length > 0 ? style.caution("!") : style.good("✓");
  return [
    `${mark} ${broken.length > 0 ? style.bold(text) : text}`,
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
  if (undone.outcome !== "restores") return undone.outcome;
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
}: ScenarioReport): string[] {
  const told = broken.some(({ message }) => why !== undefined && message.includes(why));
  return [
    ...(deadlinePassedAfter === undefined
      ? []
      : [`reported as failed after ${time(deadlinePassedAfter)}, before it finished`]),
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
