/** The downward API: fields of the pod as text, for variables and files. */
import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector } from "../../api/generated/types.ts";
import { parseQuantity, quantityMilliValue, quantityValue } from "../../api/quantity.ts";

/** What the pod's object does not say yet when a container is made. */
export interface PodAddresses {
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
}

const mapText = (map: Readonly<Record<string, string>> = {}): string =>
  Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join("\n");

/** @throws Error with upstream's text when the field is none of those offered */
export function fieldText(selector: ObjectFieldSelector, pod: Pod, { podIPs, hostIPs }: PodAddresses): string {
  const path = selector.fieldPath;
  const { name, namespace, uid, labels, annotations } = pod.metadata ?? {};
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) return (subscript[1] === "labels" ? labels : annotations)?.[subscript[2] ?? ""] ?? "";
  switch (path) {
    case "metadata.name":
      return name ?? "";
    case "metadata.namespace":
      return namespace ?? "";
    case "metadata.uid":
      return uid ?? "";
    case "metadata.labels":
      return mapText(labels);
    case "metadata.annotations":
      return mapText(annotations);
    case "spec.nodeName":
      return pod.spec?.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec?.serviceAccountName ?? "";
    case "status.podIP":
      return podIPs[0] ?? "";
    case "status.podIPs":
      return podIPs.join(",");
    case "status.hostIP":
      return hostIPs[0] ?? "";
    case "status.hostIPs":
      return hostIPs.join(",");
    default:
      throw new Error(`field label not supported: ${path}`);
  }
}

/**
 * A request or limit in units of the divisor, rounded up. A limit that is not set is what the node can give.
 * @throws Error with upstream's text
 */
export function resourceText(
  selector: ResourceFieldSelector,
  container: Container,
  allocatable: Readonly<Record<string, string>>,
): string {
  const [, list, name] = /^(limits|requests)\.(.+)$/.exec(selector.resource) ?? [];
  const known = name === "cpu" || name === "memory" || name === "ephemeral-storage" || name?.startsWith("hugepages-");
  if (!list || !name || !known) throw new Error(`Unsupported container resource : ${selector.resource}`);
  const { limits = {}, requests = {} } = container.resources ?? {};
  const limit = limits[name] ?? allocatable[name];
  const text = (list === "limits" ? limit : (requests[name] ?? limits[name])) ?? "0";
  const divisor = parseQuantity(selector.divisor && selector.divisor !== "0" ? selector.divisor : "1");
  const value = parseQuantity(text);
  const units =
    name === "cpu"
      ? quantityMilliValue(value) / quantityMilliValue(divisor)
      : quantityValue(value) / quantityValue(divisor);
  return String(Math.ceil(units));
}
