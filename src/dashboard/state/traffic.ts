/** New connections per second, asked of the nodes that count them while somebody looks. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { keyOf } from "../../api/kind.ts";
import { systemClock } from "../../base/clock.ts";
import { readText } from "../../client/http/response.ts";
import { nodes } from "../../client/kinds.ts";
import { get } from "../connection/api.ts";
import { type ConnectionCounts, parseConnections, ratesOf, sumOf } from "../model/traffic.ts";
import { live } from "./cluster.ts";
import { info } from "./info.ts";

/** Milliseconds. */
const period = 2000;
/** Clients may be on any node; of more nodes than that, nobody is asked. */
const mostNodes = 20;

interface Reading {
  /** Milliseconds, monotonic. */
  readonly at: number;
  readonly counts: ConnectionCounts;
}

/** `never` from a node that does not count, or that may not be asked; undefined from one that has no answer now. */
async function read(
  node: string,
  service: string | undefined,
  signal: AbortSignal,
): Promise<Reading | "never" | undefined> {
  try {
    const answer = await get(`/api/v1/nodes/${node}/proxy/metrics/proxy`, signal);
    const text = await readText(answer);
    if (answer.status === 200) return { at: systemClock.monotonic(), counts: parseConnections(text, service) };
    return answer.status === 403 || answer.status === 404 ? "never" : undefined;
  } catch {
    return undefined;
  }
}

/**
 * By pod (`namespace/name`). Undefined while unknown, and where nodes do not count: other clusters than wherry's are not
 * asked, and of nodes that all say that they do not nobody asks again.
 * @param service `namespace/name`: only connections that come by it
 */
export function useTraffic(service?: string): ReadonlySignal<ReadonlyMap<string, number> | undefined> {
  const rates = useMemo(() => signal<ReadonlyMap<string, number> | undefined>(undefined), []);
  const counts = info.value?.wherry ?? false;
  useEffect(() => {
    if (!counts) return undefined;
    const ended = new AbortController();
    void (async () => {
      const before = new Map<string, Reading>();
      for (; !ended.signal.aborted; await systemClock.sleep(period, ended.signal)) {
        if (document.visibilityState !== "visible") continue;
        const names = live(nodes).list().map(keyOf);
        if (names.length === 0 || names.length > mostNodes) continue;
        const readings = await Promise.all(
          names.map(async (name) => [name, await read(name, service, ended.signal)] as const),
        );
        if (ended.signal.aborted || (before.size === 0 && readings.every(([, now]) => now === "never"))) return;
        const byNode = readings.flatMap(([name, now]) => {
          if (now === undefined || now === "never") return [];
          const was = before.get(name);
          before.set(name, now);
          return was ? [ratesOf(was.counts, now.counts, (now.at - was.at) / 1000)] : [];
        });
        if (byNode.length > 0) rates.value = sumOf(byNode);
      }
    })();
    return () => ended.abort();
  }, [service, counts]);
  return rates;
}
