/** Deployments and ReplicaSets. */
import type { Deployment, ReplicaSet } from "../../../api/generated/types.ts";
import { controlled } from "../core/controlled.ts";
import { selectorText } from "../core/selectors.ts";
import { sameTemplate } from "../core/templates.ts";
import { controllerText, type Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { writePodTemplate } from "./pod-template.ts";
import { writePodsStatus } from "./pods-status.ts";
import { dateText } from "./times.ts";
import { DescriptionWriter } from "./writer.ts";

export const describeDeployment: Describer<Deployment> = async (deployment, context) => {
  const { metadata = {}, spec, status = {} } = deployment;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  w.write(0, `CreationTimestamp:\t${dateText(metadata.creationTimestamp)}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `Selector:\t${selectorText(spec?.selector)}\n`);
  w.write(
    0,
    `Replicas:\t${spec?.replicas} desired | ${status.updatedReplicas ?? 0} updated | ${status.replicas ?? 0} total | ${status.availableReplicas ?? 0} available | ${status.unavailableReplicas ?? 0} unavailable\n`,
  );
  w.write(0, `StrategyType:\t${spec?.strategy?.type ?? ""}\n`);
  w.write(0, `MinReadySeconds:\t${spec?.minReadySeconds ?? 0}\n`);
  const rolling = spec?.strategy?.rollingUpdate;
  if (rolling) {
    const { maxUnavailable, maxSurge } = rolling;
    w.write(0, `RollingUpdateStrategy:\t${maxUnavailable} max unavailable, ${maxSurge} max surge\n`);
  }
  writePodTemplate(w, spec?.template);
  writeConditions(w, status.conditions);
  const sets = (await controlled<ReplicaSet>(context.session, "replicasets.apps", deployment)).sort(
    (a, b) => created(a) - created(b) || ((a.metadata?.name ?? "") < (b.metadata?.name ?? "") ? -1 : 1),
  );
  const current = sets.find((set) => sameTemplate(set.spec?.template, spec?.template));
  if (sets.length > 0) {
    w.write(0, `OldReplicaSets:\t${setsText(sets.filter((set) => set !== current))}\n`);
    w.write(0, `NewReplicaSet:\t${setsText(current ? [current] : [])}\n`);
  }
  await writeEvents(w, { metadata, kind: "Deployment" }, context);
  return w.text();
};

const created = ({ metadata }: ReplicaSet): number => Date.parse(metadata?.creationTimestamp ?? "");

const setsText = (sets: readonly ReplicaSet[]): string =>
  sets
    .map(
      ({ metadata, spec, status }) =>
        `${metadata?.name} (${status?.replicas ?? 0}/${spec?.replicas ?? 0} replicas created)`,
    )
    .join(", ") || "<none>";

export const describeReplicaSet: Describer<ReplicaSet> = async (set, context) => {
  const { metadata = {}, spec, status } = set;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  w.write(0, `Selector:\t${selectorText(spec?.selector) || "<none>"}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  const controller = controllerText(set);
  if (controller) w.write(0, `Controlled By:\t${controller}\n`);
  w.write(0, `Replicas:\t${status?.replicas ?? 0} current / ${spec?.replicas ?? 0} desired\n`);
  await writePodsStatus(w, set, context);
  writePodTemplate(w, spec?.template);
  writeConditions(w, status?.conditions);
  await writeEvents(w, { metadata, kind: "ReplicaSet" }, context);
  return w.text();
};

type Condition = { readonly type: string; readonly status: string; readonly reason?: string };

export function writeConditions(w: DescriptionWriter, conditions: readonly Condition[] | undefined): void {
  if (!conditions?.length) return;
  w.write(0, "Conditions:\n  Type\tStatus\tReason\n");
  w.write(1, "----\t------\t------\n");
  for (const { type, status, reason = "" } of conditions) w.write(1, `${type} \t${status}\t${reason}\n`);
}
