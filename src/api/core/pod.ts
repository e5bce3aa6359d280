import { formatTime } from "../../base/clock.ts";
import { defineKind } from "../define-kind.ts";
import { semanticEqual } from "../equal.ts";
import type { Pod, PodStatus } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { raiseGeneration } from "../metadata.ts";
import { checkDnsLabel } from "../names.ts";
import { podColumns } from "./pod-columns.ts";
import { isTerminal } from "./pod-phase.ts";
import { defaultPodOnly, defaultPodSpec } from "./pod-spec/defaults.ts";
import { qosClass } from "./pod-spec/qos.ts";
import { podWarnings } from "./pod-spec/warnings.ts";
import { validatePod, validatePodStatusUpdate, validatePodUpdate } from "./pod-validation.ts";

/** A status write that leaves an observed generation out keeps the one stored. */
function keepObservedGenerations(next: PodStatus, previous: PodStatus): void {
  next.observedGeneration ||= previous.observedGeneration;
  for (const condition of next.conditions ?? []) {
    const old = previous.conditions?.find((c) => c.type === condition.type);
    condition.observedGeneration ||= old?.observedGeneration;
  }
}

/** The times of conditions are written when they are not known, too; a pod's first address is one of its addresses. */
function defaultStatus(status: PodStatus): void {
  for (const condition of (status.conditions ?? []) as object[] as Record<string, unknown>[]) {
    condition.lastProbeTime ??= null;
    condition.lastTransitionTime ??= null;
  }
  if (status.podIP && !status.podIPs?.length) status.podIPs = [{ ip: status.podIP }];
}

export const podKind: Kind<Pod> = defineKind<Pod>({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  namespaced: true,
  schemaType: "io.k8s.api.core.v1.Pod",
  shortNames: ["po"],
  categories: ["all"],

  applyDefaults(pod) {
    pod.spec ??= { containers: [] };
    defaultPodSpec(pod.spec);
    defaultPodOnly(pod.spec);
    if (pod.status) defaultStatus(pod.status);
  },
  prepareCreate(pod, { now }) {
    const spec = pod.spec ?? { containers: [] };
    pod.spec = spec;
    pod.metadata = { ...pod.metadata, generation: 1 };
    pod.status = { phase: "Pending", qosClass: qosClass(spec) };
    if (spec.schedulingGates?.length)
      pod.status.conditions = [
        {
          type: "PodScheduled",
          status: "False",
          reason: "SchedulingGated",
          message: "Scheduling is blocked due to non-empty scheduling gates",
          lastTransitionTime: formatTime(now),
        },
      ];
    defaultStatus(pod.status);
  },
  prepareUpdate(next, previous) {
    next.status = previous.status;
    if (next.spec && previous.spec) {
      next.spec.priority ??= previous.spec.priority;
      next.spec.preemptionPolicy ??= previous.spec.preemptionPolicy;
    }
    if (!semanticEqual(next.spec, previous.spec)) raiseGeneration(next, previous);
  },
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  warnings(pod, previous) {
    if (previous) return [];
    const label = checkDnsLabel(pod.metadata?.name ?? "");
    return [
      ...(label.length > 0
        ? [
            `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${label.join(" ")}]`,
          ]
        : []),
      ...podWarnings(pod.spec ?? { containers: [] }, pod.metadata, ""),
    ];
  },
  status: {
    prepareUpdate(next, previous) {
      next.spec = previous.spec;
      if (next.metadata) next.metadata.ownerReferences = previous.metadata?.ownerReferences;
      next.status ??= {};
      next.status.qosClass ||= previous.status?.qosClass;
      keepObservedGenerations(next.status, previous.status ?? {});
    },
    validateUpdate: validatePodStatusUpdate,
  },
  columns: podColumns,
  selectableFields: ({ spec, status }) => ({
    "spec.nodeName": spec?.nodeName ?? "",
    "spec.restartPolicy": spec?.restartPolicy ?? "",
    "spec.schedulerName": spec?.schedulerName ?? "",
    "spec.serviceAccountName": spec?.serviceAccountName ?? "",
    "spec.hostNetwork": String(spec?.hostNetwork ?? false),
    "status.phase": status?.phase ?? "",
    "status.podIP": status?.podIP ?? "",
    // Upstream takes the field and has no value for it.
    "status.podIPs": "",
    "status.nominatedNodeName": status?.nominatedNodeName ?? "",
  }),
  gracePeriod(pod, requested) {
    if (!pod.spec?.nodeName || isTerminal(pod.status?.phase)) return 0;
    const period = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0;
    return period < 0 ? 1 : period;
  },
});
