import { spawn } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ContainerIds } from "../../machine/container-ids.ts";
import { run } from "../../machine/process.ts";
import { containerIdCount } from "../../machine/userns.ts";

/**
 * Makes the user namespace that containers of this node run in, and keeps it as a mount in the toolbox: nested in the
 * node's, so that a container's root can do nothing to the node. Does nothing when it is there already.
 */
export async function ensureUserNamespace(toolbox: string, ids: ContainerIds): Promise<void> {
  const handle = join(toolbox, "user");
  if (statSync(handle).dev !== statSync(toolbox).dev) return;
  const child = spawn("unshare", ["--user", "sh", "-c", "echo; read -r _"], { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => {});
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once("data", () => resolve());
      child.once("error", reject);
      child.once("close", () => reject(new Error("cannot make a user namespace for containers")));
    });
    const map = ids.kind === "range" ? `0 ${ids.onNode(0)} ${containerIdCount}` : `0 ${process.getuid?.() ?? 0} 1`;
    if (ids.kind === "single") writeFileSync(`/proc/${child.pid}/setgroups`, "deny");
    writeFileSync(`/proc/${child.pid}/uid_map`, map);
    writeFileSync(`/proc/${child.pid}/gid_map`, map);
    await run("mount", ["--bind", `/proc/${child.pid}/ns/user`, handle]);
  } finally {
    child.stdin.end();
  }
}
