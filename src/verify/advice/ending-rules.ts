/** Rules about how pods end. */
import type { LifecycleHandler } from "../../api/generated/types.ts";
import { containersOf, namespaceOf, podPath, type Rule } from "./rule.ts";
import { selectsPods } from "./service-rules.ts";

/** Seconds that a hook sleeps; undefined when that cannot be read off. */
function sleepOf({ sleep, exec }: LifecycleHandler): number | undefined {
  if (sleep) return sleep.seconds;
  const words = (exec?.command ?? []).join(" ");
  const seconds = /(?:^|[\s;&/])sleep\s+(\d+(?:\.\d+)?)\b/.exec(words)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** The grace period covers preStop: kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle, "Termination of Pods". */
const graceTooShort: Rule = (item) => {
  const { terminationGracePeriodSeconds: grace = 30 } = item.object.spec?.template?.spec ?? {};
  const path = `${podPath}.terminationGracePeriodSeconds`;
  if (grace === 0)
    return [
      {
        id: "no-grace",
        severity: "danger",
        path,
        why: "With a grace period of 0 containers are killed at once, in the midst of what they do.",
        instead: "terminationGracePeriodSeconds: 30, or the longest request and a few seconds",
      },
    ];
  return containersOf(item).flatMap(([{ name, lifecycle }, at]) => {
    const seconds = lifecycle?.preStop && sleepOf(lifecycle.preStop);
    if (seconds === undefined || seconds + 2 < grace) return [];
    return [
      {
        id: "grace-too-short",
        severity: "warning" as const,
        path: `${at}.lifecycle.preStop`,
        why: `preStop of container ${name} takes ${seconds} s of a grace period of ${grace} s: too little is left to end in order before it is killed.`,
        instead: `terminationGracePeriodSeconds: ${seconds + 30}`,
      },
    ];
  });
};

/** kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle: endpoints are updated while the containers already end. */
const noPreStop: Rule = (item, manifest) => {
  const { containers = [] } = item.object.spec?.template?.spec ?? {};
  const serving = containers.findIndex(({ ports = [] }) => ports.length > 0);
  const labels = item.object.spec?.template?.metadata?.labels;
  const served = manifest.items.some((other) => selectsPods(other, namespaceOf(item), labels));
  if (serving < 0 || !served || containers.some(({ lifecycle }) => lifecycle?.preStop)) return [];
  return [
    {
      id: "no-pre-stop",
      severity: "hint",
      path: `${podPath}.containers[${serving}].lifecycle.preStop`,
      why: "A pod gets SIGTERM while others still send it requests, for a second or more; a server that ends at once loses them. (Not on a wherry cluster.)",
      instead: "preStop: {sleep: {seconds: 5}}",
    },
  ];
};

export const endingRules: readonly Rule[] = [graceTooShort, noPreStop];
