/** What a node is and has. */
import { readFile, statfs } from "node:fs/promises";
import { arch, availableParallelism, platform, release, totalmem } from "node:os";
import type { NodeSystemInfo } from "../../api/generated/types.ts";

export interface NodeFacts {
  /** Resource names to quantities. */
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly info: Omit<NodeSystemInfo, "containerRuntimeVersion" | "kubeletVersion" | "kubeProxyVersion">;
}

const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** This machine's architecture as Go names it. */
const goArchitecture = (): string => architectures[arch()] ?? arch();

/** Memory that is never given away, as upstream's default eviction threshold: 100Mi. */
const reservedKi = 100 * 1024;

/**
 * Reads the facts of this machine.
 * @param directory on the file system that holds images and containers
 * @param maxPods upstream's default is 110
 */
export async function machineFacts(directory: string, maxPods = 110): Promise<NodeFacts> {
  const text = (path: string) => readFile(path, "utf8").catch(() => "");
  const [machineID, bootID, osRelease, fs] = await Promise.all([
    text("/etc/machine-id"),
    text("/proc/sys/kernel/random/boot_id"),
    text("/etc/os-release"),
    statfs(directory).catch(() => undefined),
  ]);
  const memoryKi = Math.floor(totalmem() / 1024);
  const diskKi = fs ? Math.floor((fs.blocks * fs.bsize) / 1024) : 0;
  const capacity = {
    cpu: String(availableParallelism()),
    "ephemeral-storage": `${diskKi}Ki`,
    memory: `${memoryKi}Ki`,
    pods: String(maxPods),
  };
  return {
    capacity,
    allocatable: { ...capacity, memory: `${Math.max(0, memoryKi - reservedKi)}Ki` },
    info: {
      architecture: goArchitecture(),
      bootID: bootID.trim(),
      kernelVersion: release(),
      machineID: machineID.trim(),
      operatingSystem: platform(),
      osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? platform(),
      systemUUID: machineID.trim(),
    },
  };
}

/** Facts of a node that is not there: plenty of everything, so that only what a test asks for runs out. */
export function simulatedFacts(maxPods = 4000): NodeFacts {
  const capacity = { cpu: "1000", "ephemeral-storage": "10Ti", memory: "10Ti", pods: String(maxPods) };
  return {
    capacity,
    allocatable: capacity,
    info: {
      architecture: goArchitecture(),
      bootID: "",
      kernelVersion: "simulated",
      machineID: "",
      operatingSystem: "linux",
      osImage: "simulated",
      systemUUID: "",
    },
  };
}
