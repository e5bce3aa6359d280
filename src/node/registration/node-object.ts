/** The Node object that an agent registers, and its status. Pure. */
import type { Node, NodeCondition, NodeStatus, Taint } from "../../api/generated/types.ts";
import { formatTime } from "../../base/clock.ts";
import type { ImageStatus } from "../runtime/runtime.ts";
import type { NodeFacts } from "./node-facts.ts";

/** The Kubernetes version that this agent behaves like. */
const kubeletVersion = "v1.34.0+wherry";
/** Upstream lists no more. */
const mostImages = 50;

export interface NodeInput {
  readonly name: string;
  readonly facts: NodeFacts;
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** What the Node is registered with; taints of a Node that is there already are others' business. */
  readonly taints: readonly Taint[];
  readonly images: readonly ImageStatus[];
  readonly runtimeVersion: string;
  /** Why the runtime is of no use at present. */
  readonly runtimeProblem?: string;
  readonly now: number;
}

export const nodeLabels = ({ name, facts, labels }: NodeInput): Record<string, string> => ({
  "beta.kubernetes.io/arch": facts.info.architecture,
  "beta.kubernetes.io/os": facts.info.operatingSystem,
  "kubernetes.io/arch": facts.info.architecture,
  "kubernetes.io/hostname": name,
  "kubernetes.io/os": facts.info.operatingSystem,
  ...labels,
});

export const nodeObject = (input: NodeInput): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: input.name, labels: nodeLabels(input) },
  spec: input.taints.length > 0 ? { taints: [...input.taints] } : {},
  status: nodeStatus(input, {}),
});

/** @param previous conditions of others and times of transition are taken from it */
export function nodeStatus(input: NodeInput, previous: NodeStatus): NodeStatus {
  const { name, facts, addresses, images, runtimeVersion } = input;
  const own = conditionsOf(input, previous.conditions ?? []);
  const types = own.map((c) => c.type);
  return {
    ...previous,
    addresses: [...addresses.map((address) => ({ address, type: "InternalIP" })), { address: name, type: "Hostname" }],
    allocatable: { ...facts.allocatable },
    capacity: { ...facts.capacity },
    conditions: [...(previous.conditions ?? []).filter((c) => !types.includes(c.type)), ...own],
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    images: [...images]
      .sort((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, mostImages)
      .map(({ digests, tags, sizeBytes }) => ({ names: [...digests, ...tags], sizeBytes })),
    nodeInfo: {
      ...facts.info,
      containerRuntimeVersion: runtimeVersion,
      kubeProxyVersion: "",
      kubeletVersion,
    },
  };
}

function conditionsOf({ runtimeProblem, now }: NodeInput, previous: readonly NodeCondition[]): NodeCondition[] {
  const condition = (type: string, status: string, reason: string, message: string): NodeCondition => {
    const before = previous.find((c) => c.type === type);
    const time = formatTime(now);
    return {
      lastHeartbeatTime: time,
      lastTransitionTime: before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : time,
      message,
      reason,
      status,
      type,
    };
  };
  return [
    condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    runtimeProblem === undefined
      ? condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")
      : condition("Ready", "False", "KubeletNotReady", runtimeProblem),
  ];
}

/** A status without what changes with every heartbeat. */
export const withoutHeartbeat = (status: NodeStatus): NodeStatus => ({
  ...status,
  conditions: (status.conditions ?? []).map(({ lastHeartbeatTime: _, ...rest }) => rest),
});
