import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { clusterCIDR, fabricGateway, nodeAddress } from "./addresses.ts";
import { startHolder } from "./holder.ts";
import { identify, isAlive, killAndWait, type ProcessId, run } from "./process.ts";
import { chooseIdMap, enterUser, type IdMap } from "./userns.ts";

/**
 * What joins the nodes of one cluster on one machine: a network namespace with a routed link to each node, in a user
 * namespace that the nodes' own are nested in. A cluster with one node has none.
 */
export interface Fabric {
  readonly init: ProcessId;
  readonly map: IdMap;
  /** Gives the node whose holder is `init` its link `eth0` and the routes to it. */
  attach(index: number, init: ProcessId, podCIDR: string): Promise<void>;
  detach(index: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the fabric of a cluster, or finds the one that runs. `stateDir` is the fabric's own. */
export async function createFabric(options: { name: string; stateDir: string; clock: Clock }): Promise<Fabric> {
  const file = join(options.stateDir, "fabric.json");
  mkdirSync(options.stateDir, { recursive: true });
  const map = chooseIdMap();
  const init = recorded(file) ?? (await start(options.name, map));
  writeFileSync(file, JSON.stringify(init));
  const inside = (...argv: string[]) => ["--net", ...enterUser(init.pid, map), ...argv];
  const link = (index: number) => `n${index}`;
  const detach = async (index: number) => {
    await run("nsenter", inside("ip", "-force", "-batch", "-"), `link del ${link(index)}\n`).catch(() => {});
  };
  return {
    init,
    map,
    detach,
    async attach(index, node, podCIDR) {
      await detach(index);
      const dev = link(index);
      const address = nodeAddress(index);
      const batch = [
        `link add ${dev} type veth peer name eth0 netns ${node.pid}`,
        `link set ${dev} up`,
        `route add ${address}/32 dev ${dev}`,
        `route add ${podCIDR} via ${address} dev ${dev} onlink`,
      ];
      await run("nsenter", inside("ip", "-batch", "-"), `${batch.join("\n")}\n`);
    },
    async stop() {
      await killAndWait(init, options.clock);
      rmSync(file, { force: true });
    },
  };
}

async function start(name: string, map: IdMap): Promise<ProcessId> {
  const batch = ["link set lo up", `addr add ${fabricGateway}/32 dev lo`, `route add unreachable ${clusterCIDR}`];
  return (await startHolder(`${name}-fabric`, map, `${batch.join("\n")}\n`)).init;
}

function recorded(file: string): ProcessId | undefined {
  try {
    const init = JSON.parse(readFileSync(file, "utf8")) as ProcessId;
    return isAlive(init) ? identify(init.pid) : undefined;
  } catch {
    return undefined;
  }
}
