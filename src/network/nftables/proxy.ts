/** The service proxy in the kernel: connections are translated by nftables and never pass a process of ours. */
import { spawn } from "node:child_process";
import type { ConnectionCount } from "../connections.ts";
import type { ServicePort, ServiceProxy } from "../proxy.ts";
import { listCounters, type Ruleset, readCounters, removal, ruleset, transactions } from "./ruleset.ts";

/**
 * Runs nft: one transaction, unless told otherwise. @throws Error with nft's own words; nothing is changed then
 * @returns what it printed
 */
function nft(text: string, args: readonly string[] = ["-f", "-"]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("nft", args, { stdio: ["pipe", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(stdout) : reject(new Error(`nft: ${stderr.trim()}`))));
    child.stdin.on("error", () => {});
    child.stdin.end(text);
  });
}

/** True when nft is installed and this kernel takes our kind of ruleset here. Changes nothing. */
export async function nftablesWorks(): Promise<boolean> {
  try {
    await nft(
      "add table ip wherry-probe\nadd chain ip wherry-probe nat { type nat hook prerouting priority dstnat; }\ndelete table ip wherry-probe\n",
    );
    return true;
  } catch {
    return false;
  }
}

export function createNftablesProxy(): ServiceProxy {
  /** Undefined: what stands in the kernel is not known. */
  let made: Ruleset | undefined;
  let last: Promise<void> = Promise.resolve();
  /** Transactions go one after the other: each is built on what the one before it made. */
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.then(
      () => {},
      () => {},
    );
    return next;
  };

  let reading: Promise<readonly ConnectionCount[]> | undefined;
  const read = async () => {
    const { counters } = made ?? ruleset([]);
    if (counters.size === 0) return [];
    const counts = readCounters(await nft("", listCounters));
    return [...counters].map(([name, which]) => ({ ...which, count: counts.get(name) ?? 0 }));
  };

  return {
    name: "nftables",
    capabilities: { keepsClientAddress: true, dropsSilently: true },
    apply: (services: readonly ServicePort[]) =>
      enqueue(async () => {
        const next = ruleset(services);
        const steps = transactions(next, made);
        // Until the last is done, it is neither this nor that.
        if (steps.length > 1) made = undefined;
        for (const step of steps) await nft(step);
        made = next;
      }),
    connections: () => {
      // nft goes through all that stands; who asks at the same time gets the same answer.
      reading ??= enqueue(read).finally(() => {
        reading = undefined;
      });
      return reading;
    },
    close: () =>
      enqueue(async () => {
        await nft(removal);
        made = undefined;
      }),
  };
}
