import { lchownSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ContainerIds } from "../machine/container-ids.ts";

/** Gives a whole tree to one user of the container. Does nothing where there is but one ID. */
export function chownTree(root: string, ids: ContainerIds, uid = 0, gid = 0): void {
  if (ids.kind === "single") return;
  lchownSync(root, ids.onNode(uid), ids.onNode(gid));
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) chownTree(path, ids, uid, gid);
    else lchownSync(path, ids.onNode(uid), ids.onNode(gid));
  }
}
