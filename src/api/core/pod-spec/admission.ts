/** What upstream's admission plugins that are on by default add to every new pod. */
import { forbidden } from "../../../base/errors.ts";
import type { Pod, PodSpec, Toleration } from "../../generated/types.ts";

const systemPriorities: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

/** Sets priority and preemption policy. @throws 403 for an unknown priority class */
export function admitPriority(pod: Pod, spec: PodSpec): void {
  const name = spec.priorityClassName ?? "";
  const priority = name === "" ? 0 : systemPriorities[name];
  const refuse = (why: string) => forbidden({ group: "", resource: "pods" }, pod.metadata?.name ?? "", why);
  if (priority === undefined) throw refuse(`no PriorityClass with name ${name} was found`);
  if (spec.priority !== undefined && spec.priority !== priority)
    throw refuse(
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    );
  spec.priority = priority;
  spec.preemptionPolicy ??= "PreemptLowerPriority";
}

const defaultTolerationSeconds = 300;

/** A pod stays on a node that is not ready or unreachable for five minutes, unless it says otherwise. */
export function admitTolerations(spec: PodSpec): void {
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    const tolerated = (spec.tolerations ?? []).some(
      (t: Toleration) => (!t.key || t.key === key) && (!t.effect || t.effect === "NoExecute"),
    );
    if (tolerated) continue;
    spec.tolerations = [
      ...(spec.tolerations ?? []),
      { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: defaultTolerationSeconds },
    ];
  }
}
