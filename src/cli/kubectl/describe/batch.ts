/** Jobs and CronJobs. */

import { humanDuration } from "../../../api/duration-age.ts";
import type { CronJob, Job, JobTemplateSpec, LabelSelector } from "../../../api/generated/types.ts";
import { selectorText } from "../core/selectors.ts";
import { controllerText, type Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { writePodTemplate } from "./pod-template.ts";
import { dateText } from "./times.ts";
import { DescriptionWriter, type Writer } from "./writer.ts";

const optional = (w: Writer, title: string, value: string | number | boolean | undefined) => {
  if (value !== undefined) w.write(0, `${title}:\t${value}\n`);
};

export const describeJob: Describer<Job> = async (job, context) => {
  const { metadata = {}, spec, status = {} } = job;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  w.write(0, `Selector:\t${selectorText(spec?.selector)}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  optional(w, "Controlled By", controllerText(job));
  optional(w, "Parallelism", spec?.parallelism);
  w.write(0, `Completions:\t${spec?.completions ?? "<unset>"}\n`);
  optional(w, "Completion Mode", spec?.completionMode);
  optional(w, "Suspend", spec?.suspend);
  optional(w, "Backoff Limit", spec?.backoffLimit);
  optional(w, "TTL Seconds After Finished", spec?.ttlSecondsAfterFinished);
  const { startTime, completionTime } = status;
  if (startTime) w.write(0, `Start Time:\t${dateText(startTime)}\n`);
  if (completionTime) w.write(0, `Completed At:\t${dateText(completionTime)}\n`);
  if (startTime && completionTime)
    w.write(0, `Duration:\t${humanDuration(Date.parse(completionTime) - Date.parse(startTime))}\n`);
  if (spec?.activeDeadlineSeconds !== undefined)
    w.write(0, `Active Deadline Seconds:\t${spec.activeDeadlineSeconds}s\n`);
  const ready = status.ready === undefined ? "" : ` (${status.ready} Ready)`;
  w.write(
    0,
    `Pods Statuses:\t${status.active ?? 0} Active${ready} / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed\n`,
  );
  if (spec?.completionMode === "Indexed")
    w.write(0, `Completed Indexes:\t${shortened(status.completedIndexes ?? "") || "<none>"}\n`);
  writePodTemplate(w, spec?.template);
  await writeEvents(w, { metadata, kind: "Job" }, context);
  return w.text();
};

/** Cut behind the first comma past 50 characters. */
function shortened(indexes: string): string {
  const comma = indexes.indexOf(",", 50);
  return comma < 0 ? indexes : `${indexes.slice(0, comma + 1)}...`;
}

export const describeCronJob: Describer<CronJob> = async ({ metadata = {}, spec, status }, context) => {
  const w = new DescriptionWriter();
  const row = (title: string, value: string | number) => w.write(0, `${title}:\t${value}\n`);
  row("Name", metadata.name ?? "");
  row("Namespace", metadata.namespace ?? "");
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  row("Schedule", spec?.schedule ?? "");
  row("Concurrency Policy", spec?.concurrencyPolicy ?? "");
  row("Suspend", boolText(spec?.suspend));
  row("Successful Job History Limit", spec?.successfulJobsHistoryLimit ?? "<unset>");
  row("Failed Job History Limit", spec?.failedJobsHistoryLimit ?? "<unset>");
  const deadline = spec?.startingDeadlineSeconds;
  row("Starting Deadline Seconds", deadline === undefined ? "<unset>" : `${deadline}s`);
  writeJobTemplate(w, spec?.jobTemplate);
  row("Last Schedule Time", status?.lastScheduleTime ? dateText(status.lastScheduleTime) : "<unset>");
  row("Active Jobs", status?.active?.map(({ name }) => name ?? "").join(", ") || "<none>");
  await writeEvents(w, { metadata, kind: "CronJob" }, context);
  return w.text();
};

function writeJobTemplate(w: DescriptionWriter, template: JobTemplateSpec | undefined): void {
  const spec = template?.spec;
  const selector: LabelSelector | undefined = spec?.selector;
  w.write(0, `Selector:\t${selector ? selectorText(selector) : "<unset>"}\n`);
  w.write(0, `Parallelism:\t${spec?.parallelism ?? "<unset>"}\n`);
  w.write(0, `Completions:\t${spec?.completions ?? "<unset>"}\n`);
  if (spec?.activeDeadlineSeconds !== undefined)
    w.write(0, `Active Deadline Seconds:\t${spec.activeDeadlineSeconds}s\n`);
  writePodTemplate(w, spec?.template);
}

/** `True`, `False`, `<unset>`. */
export const boolText = (value: boolean | undefined): string =>
  value === undefined ? "<unset>" : value ? "True" : "False";
