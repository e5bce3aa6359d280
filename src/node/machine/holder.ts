import { spawn } from "node:child_process";
import { identify, type ProcessId } from "./process.ts";
import { enterUser, holdUserNamespace, type IdMap } from "./userns.ts";

/** The process that is a set of namespaces: while it lives they do, and all that runs in them. */
export interface Holder {
  /** PID 1 inside. */
  readonly init: ProcessId;
}

/**
 * PID 1 of a node: sets its namespaces up, says so, then only reaps what is orphaned (a waiting shell collects every
 * child, also those it has not started). It never ends by itself.
 */
const script = `set -e
read -r pid rest </proc/self/stat
mount -t proc -o nosuid,nodev,noexec proc /proc
hostname "$1"
echo 1 >/proc/sys/net/ipv4/ip_forward
printf %s "$2" | ip -batch -
echo "$pid"
exec </dev/null >/dev/null 2>&1
while :; do sleep 2147483647 || :; done
`;

/** @param batch commands for `ip -batch`, run inside. @param parent nests the user namespace in that process's */
export async function startHolder(name: string, map: IdMap, batch: string, parent?: number): Promise<Holder> {
  const user = await holdUserNamespace(map, parent);
  try {
    const args = [
      ...enterUser(user.pid, map),
      ...["unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"],
      ...["sh", "-c", script, `wherry-node-${name}`, name, batch],
    ];
    const child = spawn("nsenter", args, { detached: true, stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
    const pid = await new Promise<number>((resolve, reject) => {
      let output = "";
      let errors = "";
      child.stdout.on("data", (chunk) => {
        output += chunk;
        if (output.endsWith("\n")) resolve(Number(output));
      });
      child.stderr.on("data", (chunk) => (errors += chunk));
      child.once("error", reject);
      child.once("close", () => reject(new Error(`cannot start node ${name}: ${errors.trim() || "its holder ended"}`)));
    });
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
    const init = identify(pid);
    if (!init) throw new Error(`cannot start node ${name}: its holder ended at once`);
    return { init };
  } finally {
    user.release();
  }
}
