/** What the service proxies of nodes count, as rates. Pure. The text is Prometheus'; see docs/reference/metrics.md. */

/** New connections since the proxy started, by pod (`namespace/name`). */
export type ConnectionCounts = ReadonlyMap<string, number>;

const line = /^wherry_proxy_connections_total\{([^}]*)\} (\d+(?:\.\d+)?(?:e\+?\d+)?)/gm;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** @param service `namespace/name`: only connections that came by it; absent: by any */
export function parseConnections(text: string, service?: string): ConnectionCounts {
  const counts = new Map<string, number>();
  for (const [, labels = "", value] of text.matchAll(line)) {
    const named = new Map([...labels.matchAll(label)].map(([, name = "", of = ""]) => [name, of]));
    const pod = named.get("pod");
    if (!pod || (service && `${named.get("namespace")}/${named.get("service")}` !== service)) continue;
    const key = `${named.get("namespace")}/${pod}`;
    counts.set(key, (counts.get(key) ?? 0) + Number(value));
  }
  return counts;
}

/** Per second and pod. A counter that fell began anew: it counts from 0. @param seconds between the two, more than 0 */
export function ratesOf(
  before: ConnectionCounts,
  after: ConnectionCounts,
  seconds: number,
): ReadonlyMap<string, number> {
  const rates = new Map<string, number>();
  for (const [key, n] of after) {
    const was = before.get(key) ?? 0;
    rates.set(key, (n >= was ? n - was : n) / seconds);
  }
  return rates;
}

/** Rates of several nodes together. */
export function sumOf(all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const rates of all) for (const [key, n] of rates) sum.set(key, (sum.get(key) ?? 0) + n);
  return sum;
}
