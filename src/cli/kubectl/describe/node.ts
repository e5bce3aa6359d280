import type { Lease, Node, Pod } from "../../../api/generated/types.ts";
import {
  addQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityMilliValue,
  quantityValue,
} from "../../../api/quantity.ts";
import { StatusError } from "../../../base/errors.ts";
import { apiPath } from "../core/paths.ts";
import type { DescribeContext, Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels, writeTaints } from "./multiline.ts";
import { podLimits, podRequests, type Resources } from "./pod-resources.ts";
import { ageText, dateText } from "./times.ts";
import { DescriptionWriter } from "./writer.ts";

export const describeNode: Describer<Node> = async (node, context) => {
  const { metadata = {}, spec = {}, status = {} } = node;
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Roles:\t${rolesOf(metadata.labels).join(",") || "<none>"}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `CreationTimestamp:\t${dateText(metadata.creationTimestamp)}\n`);
  writeTaints(w, "Taints", spec.taints);
  w.write(0, `Unschedulable:\t${spec.unschedulable ?? false}\n`);
  await writeLease(w, metadata.name ?? "", context);
  if (status.conditions?.length) {
    w.write(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n");
    w.write(1, "----\t------\t-----------------\t------------------\t------\t-------\n");
    for (const { type, status: value, lastHeartbeatTime, lastTransitionTime, reason, message } of status.conditions) {
      w.write(
        1,
        `${type} \t${value} \t${dateText(lastHeartbeatTime)} \t${dateText(lastTransitionTime)} \t${reason ?? ""} \t${message ?? ""}\n`,
      );
    }
  }
  w.write(0, "Addresses:\n");
  for (const { type, address } of status.addresses ?? []) w.write(1, `${type}:\t${address}\n`);
  writeResourceList(w, "Capacity", status.capacity);
  writeResourceList(w, "Allocatable", status.allocatable);
  writeSystem(w, node);
  const pods = await podsOf(metadata.name ?? "", context);
  if (pods) writePods(w, pods, status.allocatable ?? status.capacity ?? {});
  else w.write(0, "Pods:\tnot authorized\n");
  await writeEvents(w, { metadata, kind: "Node" }, context);
  return w.text();
};

function rolesOf(labels: Readonly<Record<string, string>> = {}): string[] {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(prefix)) return key.slice(prefix.length) || [];
    return key === "kubernetes.io/role" && value ? value : [];
  });
  return [...new Set(roles)].sort();
}

async function writeLease(w: DescriptionWriter, name: string, { session }: DescribeContext): Promise<void> {
  const leases = (await session.discovery()).find("leases.coordination.k8s.io");
  let lease: Lease;
  try {
    lease = await session.json<Lease>("GET", apiPath(leases, { namespace: "kube-node-lease", name }));
  } catch (error) {
    w.write(0, `Lease:\tFailed to get lease: ${error instanceof Error ? error.message : error}\n`);
    return;
  }
  const { holderIdentity, acquireTime, renewTime } = lease.spec ?? {};
  w.write(0, "Lease:\n");
  w.write(1, `HolderIdentity:\t${holderIdentity ?? "<unset>"}\n`);
  w.write(1, `AcquireTime:\t${acquireTime ? dateText(acquireTime) : "<unset>"}\n`);
  w.write(1, `RenewTime:\t${renewTime ? dateText(renewTime) : "<unset>"}\n`);
}

function writeResourceList(
  w: DescriptionWriter,
  title: string,
  list: Readonly<Record<string, string>> | undefined,
): void {
  const names = Object.keys(list ?? {}).sort();
  if (names.length > 0) w.write(0, `${title}:\n`);
  for (const name of names) w.write(1, `${name}:\t${list?.[name]}\n`);
}

function writeSystem(w: DescriptionWriter, { spec = {}, status }: Node): void {
  const info = status?.nodeInfo;
  w.write(0, "System Info:\n");
  for (const [title, value] of [
    ["Machine ID", info?.machineID],
    ["System UUID", info?.systemUUID],
    ["Boot ID", info?.bootID],
    ["Kernel Version", info?.kernelVersion],
    ["OS Image", info?.osImage],
    ["Operating System", info?.operatingSystem],
    ["Architecture", info?.architecture],
    ["Container Runtime Version", info?.containerRuntimeVersion],
    ["Kubelet Version", info?.kubeletVersion],
    ["Kube-Proxy Version", info?.kubeProxyVersion],
  ])
    w.write(1, `${title}:\t${value ?? ""}\n`);
  if (spec.podCIDR) w.write(0, `PodCIDR:\t${spec.podCIDR}\n`);
  if (spec.podCIDRs?.length) w.write(0, `PodCIDRs:\t${spec.podCIDRs.join(",")}\n`);
  if (spec.providerID) w.write(0, `ProviderID:\t${spec.providerID}\n`);
}

/** @returns undefined for those who may see nodes, but not all pods */
async function podsOf(node: string, { session }: DescribeContext): Promise<Pod[] | undefined> {
  const pods = (await session.discovery()).find("pods");
  const fieldSelector = `spec.nodeName=${node},status.phase!=Failed,status.phase!=Succeeded`;
  try {
    const { items = [] } = await session.json<{ items?: Pod[] }>("GET", apiPath(pods, {}, { fieldSelector }));
    return items;
  } catch (error) {
    if (error instanceof StatusError && error.reason === "Forbidden") return undefined;
    throw error;
  }
}

const zero = parseQuantity("0");

/** `100m (5%)`. */
function share(amount: Quantity, of: Quantity, name: string): string {
  const value = name === "cpu" ? quantityMilliValue : quantityValue;
  const whole = value(of);
  const percent = whole === 0 ? 0 : Math.trunc((value(amount) / whole) * 100);
  return `${formatQuantity(amount)} (${percent}%)`;
}

function writePods(w: DescriptionWriter, pods: readonly Pod[], allocatable: Readonly<Record<string, string>>): void {
  const room = (name: string) => parseQuantity(allocatable[name] ?? "0");
  w.write(0, `Non-terminated Pods:\t(${pods.length} in total)\n`);
  w.write(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n");
  w.write(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n");
  const totals = { requests: new Map<string, Quantity>(), limits: new Map<string, Quantity>() };
  const add = (to: Map<string, Quantity>, from: Resources) => {
    for (const [name, amount] of from) to.set(name, addQuantities(to.get(name) ?? zero, amount));
  };
  for (const pod of pods) {
    const requests = podRequests(pod);
    const limits = podLimits(pod);
    add(totals.requests, requests);
    add(totals.limits, limits);
    const cell = (list: Resources, name: string) => share(list.get(name) ?? zero, room(name), name);
    const { namespace, name, creationTimestamp } = pod.metadata ?? {};
    w.write(
      1,
      `${namespace}\t${name}\t\t${cell(requests, "cpu")}\t${cell(limits, "cpu")}\t${cell(requests, "memory")}\t${cell(limits, "memory")}\t${ageText(creationTimestamp)}\n`,
    );
  }
  w.write(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n");
  w.write(1, "Resource\tRequests\tLimits\n");
  w.write(1, "--------\t--------\t------\n");
  const total = (list: "requests" | "limits", name: string) => totals[list].get(name) ?? zero;
  const names = Object.keys(allocatable).sort();
  const shared = ["cpu", "memory", "ephemeral-storage", ...names.filter((n) => n.startsWith("hugepages-"))];
  for (const name of shared)
    w.write(
      1,
      `${name}\t${share(total("requests", name), room(name), name)}\t${share(total("limits", name), room(name), name)}\n`,
    );
  for (const name of names.filter((n) => !shared.includes(n) && n !== "pods"))
    w.write(1, `${name}\t${formatQuantity(total("requests", name))}\t${formatQuantity(total("limits", name))}\n`);
}
