import { readFileSync } from "node:fs";
import { lchown } from "node:fs/promises";
import { containerIdBase, containerIdCount, coversContainerIds } from "./userns.ts";

/**
 * How an image's and a container's IDs are numbered on the node. With a single ID, everything belongs to it, and the
 * image's ownership is only remembered.
 */
export interface ContainerIds {
  readonly kind: "range" | "single";
  /** The node's number of a container's user or group ID. */
  onNode(id: number): number;
}

/** What this process's user namespace allows. The node and the host number a container's IDs alike. */
export function containerIds(): ContainerIds {
  const covers = (file: string) => coversContainerIds(readFileSync(file, "utf8"));
  const range = process.getuid?.() === 0 && covers("/proc/self/uid_map") && covers("/proc/self/gid_map");
  return range
    ? { kind: "range", onNode: (id) => containerIdBase + Math.min(id, containerIdCount - 1) }
    : { kind: "single", onNode: () => process.getuid?.() ?? 0 };
}

/** Gives a file to the root of containers, and to one of their groups. Does nothing where they share the node's ID. */
export async function giveToContainers(path: string, group = 0): Promise<void> {
  const ids = containerIds();
  if (ids.kind === "range") await lchown(path, ids.onNode(0), ids.onNode(group));
}
