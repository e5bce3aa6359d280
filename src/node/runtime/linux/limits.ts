import type { ContainerIds } from "../../machine/container-ids.ts";

/** What this node does not do that a Kubernetes node would, in sentences that `up` and `doctor` print. */
export function describeLimits(node: {
  readonly ids: ContainerIds;
  readonly overlay: boolean;
  readonly sysfs: boolean;
}): string[] {
  const limits = [
    "CPU and memory limits of containers are not enforced: the node uses no cgroups.",
    "No seccomp filter is applied to containers.",
    "Containers with tty: true are refused.",
    "The output of containers is kept whole: it is not rotated.",
  ];
  if (node.ids.kind === "single")
    limits.push(
      "Containers have a single user ID, since this user has no range of subordinate IDs (newuidmap and /etc/subuid): " +
        "files of an image all belong to the container's user, and programs that change user fail.",
    );
  if (!node.sysfs) limits.push("Containers have no /sys: the kernel does not let the node mount it.");
  if (!node.overlay)
    limits.push("Every container copies its image: overlayfs cannot write to the file system of the data directory.");
  return limits;
}
