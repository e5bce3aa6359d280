/** The ranges that Services get their addresses from, and the addresses that are taken. */
import type { IPAddress, ServiceCIDR } from "../../../api/generated/types.ts";
import type { Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { dateText } from "./times.ts";
import { DescriptionWriter } from "./writer.ts";

export const describeServiceCidr: Describer<ServiceCIDR> = async ({ metadata = {}, spec, status }, context) => {
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `CIDRs:\t${(spec?.cidrs ?? []).join(", ")}\n`);
  if (status?.conditions?.length) {
    w.write(0, "Status:\n");
    w.write(0, "Conditions:\n");
    w.write(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage\n");
    w.write(1, "----\t------\t------------------\t------\t-------\n");
    for (const { type, status: value, lastTransitionTime, reason, message } of status.conditions)
      w.write(1, `${type}\t${value}\t${dateText(lastTransitionTime)}\t${reason}\t${message}\n`);
  }
  await writeEvents(w, { metadata, kind: "ServiceCIDR" }, context);
  return w.text();
};

export const describeIpAddress: Describer<IPAddress> = async ({ metadata = {}, spec }, context) => {
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  if (spec?.parentRef) {
    const { group = "", resource, namespace = "", name } = spec.parentRef;
    w.write(0, "Parent Reference:\n");
    w.write(1, `Group:\t${group}\n`);
    w.write(1, `Resource:\t${resource}\n`);
    w.write(1, `Namespace:\t${namespace}\n`);
    w.write(1, `Name:\t${name}\n`);
  }
  await writeEvents(w, { metadata, kind: "IPAddress" }, context);
  return w.text();
};
