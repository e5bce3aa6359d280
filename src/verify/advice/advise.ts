/** Applies all rules to a manifest. Pure. */
import type { Pod, PodTemplateSpec } from "../../api/generated/types.ts";
import { servedKind } from "../manifest/decode.ts";
import { type Item, locate } from "../manifest/read.ts";
import { workloadsOf } from "../manifest/workloads.ts";
import type { Advice, Severity } from "../report.ts";
import { endingRules } from "./ending-rules.ts";
import { podRules } from "./pod-rules.ts";
import { probeRules } from "./probe-rules.ts";
import { referenceRules } from "./reference-rules.ts";
import { type Finding, type Manifest, namespaceOf, type PodMaker } from "./rule.ts";
import { objectRules, selectorRules } from "./service-rules.ts";
import { setRules } from "./set-rules.ts";
import { strategyRules } from "./strategy-rules.ts";

const workloadRules = [
  ...strategyRules,
  ...setRules,
  ...probeRules,
  ...selectorRules,
  ...referenceRules,
  ...endingRules,
  ...podRules,
];
const order: readonly Severity[] = ["danger", "warning", "hint"];

/**
 * Object by object in the order of the manifest, for each the most severe first.
 * @param items with defaults, as `typed` gives them
 */
export function advise(items: readonly Item[]): Advice[] {
  const workloads = workloadsOf(items);
  const manifest: Manifest = { items, workloads, podMakers: items.flatMap(podMakerOf) };
  return items.flatMap((item) => {
    const workload = workloads.find((one) => one === item);
    const findings: Finding[] = workload
      ? workloadRules.flatMap((rule) => rule(workload, manifest))
      : objectRules.flatMap((rule) => rule(item, manifest));
    return findings
      .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
      .map((finding): Advice => ({ ...finding, ...locate(item), line: item.lineOf(finding.path) }));
  });
}

function podMakerOf(item: Item): PodMaker[] {
  const kind = servedKind(item.object)?.kind;
  if (kind === "Pod") {
    const { metadata, spec = {} } = item.object as Pod;
    return [{ item, namespace: namespaceOf(item), labels: metadata?.labels ?? {}, spec }];
  }
  const template = (item.object as { spec?: { template?: PodTemplateSpec } }).spec?.template;
  if (!template || !["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"].includes(kind ?? "")) return [];
  return [{ item, namespace: namespaceOf(item), labels: template.metadata?.labels ?? {}, spec: template.spec ?? {} }];
}
