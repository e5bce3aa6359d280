/** ResourceQuotas and LimitRanges, alone and as a part of their namespace. */
import type { LimitRange, LimitRangeItem, ResourceQuota } from "../../../api/generated/types.ts";
import { canonicalQuantity, formatQuantity, parseQuantity, quantityValue } from "../../../api/quantity.ts";
import type { Describer } from "./describer.ts";
import { DescriptionWriter, type Writer } from "./writer.ts";

const scopeTexts: Readonly<Record<string, string>> = {
  Terminating:
    "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
  NotTerminating:
    "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.",
  BestEffort:
    "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.",
  NotBestEffort:
    "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
};

function writeScopes(w: Writer, level: number, { spec }: ResourceQuota, bullet: string): void {
  if (!spec?.scopes?.length) return;
  const scopes = [...spec.scopes].sort();
  w.write(level, `Scopes:\t${scopes.join(", ")}\n`);
  for (const scope of scopes) if (scopeTexts[scope]) w.write(level, `${bullet} ${scopeTexts[scope]}\n`);
}

export const describeResourceQuota: Describer<ResourceQuota> = async (quota) => {
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${quota.metadata?.name}\n`);
  w.write(0, `Namespace:\t${quota.metadata?.namespace}\n`);
  writeScopes(w, 0, quota, " *");
  w.write(0, "Resource\tUsed\tHard\n");
  w.write(0, "--------\t----\t----\n");
  const { hard = {}, used = {} } = quota.status ?? {};
  for (const name of Object.keys(hard).sort()) {
    const limit = parseQuantity(hard[name] as string);
    const amount = parseQuantity(used[name] ?? "0");
    // Both in the format of the limit; what has another is in whole units then.
    const whole = { ...parseQuantity(quantityValue(amount)), format: limit.format };
    w.write(
      0,
      `${name}\t${formatQuantity(amount.format === limit.format ? amount : whole)}\t${formatQuantity(limit)}\n`,
    );
  }
  return w.text();
};

export function writeQuotas(w: Writer, quotas: readonly ResourceQuota[]): void {
  if (quotas.length === 0) {
    w.write(0, "No resource quota.\n");
    return;
  }
  w.write(0, "Resource Quotas\n");
  const nameOf = ({ metadata }: ResourceQuota) => metadata?.name ?? "";
  for (const quota of [...quotas].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    w.write(1, `Name:\t${nameOf(quota)}\n`);
    writeScopes(w, 1, quota, "*");
    w.write(1, "Resource\tUsed\tHard\n");
    w.write(1, "--------\t---\t---\n");
    const { hard = {}, used = {} } = quota.status ?? {};
    for (const name of Object.keys(hard).sort())
      w.write(1, `${name}\t${canonicalQuantity(used[name] ?? "0")}\t${canonicalQuantity(hard[name] as string)}\n`);
  }
}

const limitHeads = ["Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio"];

function writeLimits(w: Writer, ranges: readonly LimitRange[], indent: string): void {
  const row = (cells: readonly string[]) => w.write(0, `${indent}${cells.join("\t")}\n`);
  row(limitHeads);
  row(limitHeads.map((head) => "-".repeat(head.length)));
  for (const { spec } of ranges) for (const item of spec?.limits ?? []) for (const cells of rowsOf(item)) row(cells);
}

/** One row for each resource that the limit says something of. kubectl's order is that of a Go map. */
function rowsOf({ type, min, max, default: limit, defaultRequest, maxLimitRequestRatio }: LimitRangeItem): string[][] {
  const columns = [min, max, defaultRequest, limit, maxLimitRequestRatio];
  const names = [...new Set(columns.flatMap((column) => Object.keys(column ?? {})))].sort();
  return names.map((name) => [
    type,
    name,
    ...columns.map((column) => (column?.[name] === undefined ? "-" : canonicalQuantity(column[name]))),
  ]);
}

export const describeLimitRange: Describer<LimitRange> = async (range) => {
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${range.metadata?.name}\n`);
  w.write(0, `Namespace:\t${range.metadata?.namespace}\n`);
  writeLimits(w, [range], "");
  return w.text();
};

export function writeLimitRanges(w: Writer, ranges: readonly LimitRange[]): void {
  if (ranges.length === 0) {
    w.write(0, "No LimitRange resource.\n");
    return;
  }
  w.write(0, "Resource Limits\n");
  writeLimits(w, ranges, " ");
}
