import type { PodSpec } from "../../generated/types.ts";
import { compareQuantities, isQuantity, isZero, parseQuantity } from "../../quantity.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";
const counted = ["cpu", "memory"];
const nonZero = (text: string | undefined): boolean => isQuantity(text) && !isZero(parseQuantity(text ?? "0"));

/**
 * The quality of service class: Guaranteed when every container limits cpu and memory and requests just that,
 * BestEffort when none says anything of either, else Burstable.
 */
export function qosClass(spec: PodSpec): QosClass {
  const all = spec.resources ? [spec.resources] : containersOf(spec).map((c) => c.resources ?? {});
  let guaranteed = all.length > 0;
  let bestEffort = true;
  for (const { limits, requests } of all) {
    for (const name of counted) {
      const limit = limits?.[name];
      const request = requests?.[name];
      if (nonZero(limit) || nonZero(request)) bestEffort = false;
      if (!nonZero(limit)) guaranteed = false;
      else if (request !== undefined && compareQuantities(parseQuantity(request), parseQuantity(limit ?? "0")) !== 0)
        guaranteed = false;
    }
  }
  if (bestEffort) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

const containersOf = (spec: PodSpec) => [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
