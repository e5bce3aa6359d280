/** A report for people, at most 80 columns wide. Pure. */
import { durationText } from "../../testing/durations.ts";
import type { Advice, Located, Report, Severity, Strategy, WorkloadReport } from "../report.ts";
import { edges, hanging, plural, width, wrapPath } from "./layout.ts";
import type { Style } from "./style.ts";
import { scenarioTable } from "./table.ts";

export function reportText(report: Report, style: Style): string {
  const { workloads, advice, notVerified } = report;
  const others = objectsOf(advice).filter((object) => !workloads.some((workload) => same(workload, object)));
  const blocks = [
    ...workloads.map((workload) => workloadBlock(workload, adviceAbout(advice, workload), style)),
    ...others.map((object) => [...title(object, style), "", ...adviceLines(adviceAbout(advice, object), style)]),
    ...(notVerified.length > 0
      ? [
          notVerified.flatMap((object) =>
            hanging("  ", `not verified: ${nameOf(object)}: ${object.why}`).map(style.caution),
          ),
        ]
      : []),
    playedBlock(report).map(style.dim),
    ...(report.ok ? [[style.good(`✓ all promises are kept${adviceCounts(advice)}`)]] : []),
  ];
  return `${blocks.map((block) => block.join("\n")).join("\n\n")}\n`;
}

/** One line that says what is broken; for standard error. */
export function brokenText({ workloads, advice }: Report): string {
  const broken = workloads.flatMap(({ scenarios }) => scenarios).filter((scenario) => scenario.broken.length > 0);
  const promises = broken.reduce((sum, scenario) => sum + scenario.broken.length, 0);
  return `${plural(promises, "promise")} broken in ${plural(broken.length, "scenario")}${adviceCounts(advice)}`;
}

const nameOf = ({ kind, namespace, name }: Located): string =>
  `${kind} ${namespace === "default" ? "" : `${namespace}/`}${name}`;
const same = (a: Located, b: Located) => a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
const adviceAbout = (advice: readonly Advice[], object: Located) => advice.filter((one) => same(one, object));
const objectsOf = (all: readonly Located[]) =>
  all.filter((object, i) => all.findIndex((other) => same(other, object)) === i);

function title(object: Located, style: Style): string[] {
  const [first = "", ...rest] = edges(nameOf(object), object.file);
  return [style.bold(first), ...rest];
}

function workloadBlock(workload: WorkloadReport, advice: readonly Advice[], style: Style): string[] {
  const { strategy, scenarios, notPlayed } = workload;
  return [
    ...title(workload, style),
    ...hanging("  ", strategyText(workload.kind, strategy)).map(style.dim),
    ...(scenarios.length > 0 ? ["", ...scenarioTable(scenarios, strategy, style)] : []),
    ...(notPlayed ? ["", ...hanging("  ", `not played: ${notPlayed}`).map(style.caution)] : []),
    ...(advice.length > 0 ? ["", ...adviceLines(advice, style)] : []),
  ];
}

function strategyText(kind: string, strategy: Strategy): string {
  const { type, replicas, progressDeadlineSeconds, minReadySeconds } = strategy;
  const deadline =
    progressDeadlineSeconds === undefined ? "no deadline" : `deadline ${durationText(progressDeadlineSeconds * 1000)}`;
  const ready = minReadySeconds > 0 ? `, ready for ${durationText(minReadySeconds * 1000)} first` : "";
  const many = kind === "DaemonSet" ? `a pod on each of ${plural(replicas, "node")}` : plural(replicas, "replica");
  return `${many}, ${type}: ${promiseText(strategy)}${ready}; ${deadline}`;
}

function promiseText({ type, replicas, leastAvailable, mostPods, podManagementPolicy, partition }: Strategy): string {
  if (type === "Recreate") return "all pods end before new ones start";
  if (type === "OnDelete") return "a pod is replaced when somebody deletes it";
  const counts = `at least ${leastAvailable} available, at most ${plural(mostPods, "pod")}`;
  if (podManagementPolicy === undefined) return counts;
  const held = partition ? `; ${partition} of ${plural(replicas, "pod")} held back by the partition` : "";
  return `from the highest ordinal down, ${counts}${held}`;
}

const colourOf = { danger: "bad", warning: "caution", hint: "dim" } as const satisfies Record<Severity, keyof Style>;

function adviceLines(advice: readonly Advice[], style: Style): string[] {
  const margin = " ".repeat(11);
  return advice.flatMap(({ id, severity, path, line, why, instead }, i) => {
    const [head = "", ...rest] = edges(margin + id, `line ${line}`);
    return [
      ...(i > 0 ? [""] : []),
      `  ${style[colourOf[severity]](severity.padEnd(9))}${style.bold(head.slice(margin.length))}`,
      ...rest,
      ...wrapPath(path, width - margin.length).map((part) => style.dim(margin + part)),
      ...hanging(margin, why),
      ...hanging(`${margin}→ `, instead),
    ];
  });
}

function playedBlock({ played: { nodes, nodeCapacity, assumptions } }: Report): string[] {
  return [
    ...hanging(
      "",
      `Played on ${plural(nodes, "simulated node")} (${nodeCapacity.cpu} CPUs, ${nodeCapacity.memory} each), in virtual time:`,
    ),
    ...assumptions.flatMap((assumption) => hanging("· ", assumption)),
  ];
}

function adviceCounts(advice: readonly Advice[]): string {
  const count = (severity: Severity) => advice.filter((one) => one.severity === severity).length;
  const all: string[] = (["danger", "warning", "hint"] as const)
    .filter((s) => count(s) > 0)
    .map((s) => plural(count(s), s));
  return all.length > 0 ? `; ${all.join(", ")}` : "";
}
