import { readdirSync, readFileSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { identify, killAndWait } from "../node/machine/process.ts";

/**
 * Ends agents that a server which was killed has left: two agents in one node would both act on its pods. An agent is
 * known by its program and by the socket it was told to listen on, which no other node has.
 */
export async function endLeftoverAgents(entry: string, socket: string, clock: Clock): Promise<void> {
  const mark = JSON.stringify(socket);
  const found = readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const argv = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      return argv.includes(entry) && argv.some((argument) => argument.includes(`"socket":${mark}`));
    } catch {
      return false;
    }
  });
  await Promise.all(
    found.map(async (name) => {
      const id = identify(Number(name));
      if (id) await killAndWait(id, clock);
    }),
  );
}
