/** How many new connections went to each endpoint of each Service port. */
import type { EndpointSlice } from "../api/generated/types.ts";
import type { Backend, ServicePort } from "./proxy.ts";
import { serviceOf } from "./services.ts";

/** Connections to one backend of one Service port; of UDP, flows. */
export interface ConnectionCount {
  /** `ServicePort.id` */
  readonly id: string;
  readonly backend: Backend;
  readonly count: number;
}

const keyOf = (id: string, { ip, port }: Backend) => `${id} ${ip}:${port}`;

/** Counts kept by who makes the connections itself. A backend that is in force is counted from 0. */
export class ConnectionCounts {
  readonly #counts = new Map<string, { id: string; backend: Backend; count: number }>();

  /** Takes up backends that are new, and forgets those that are no longer there. */
  keep(services: readonly Pick<ServicePort, "id" | "backends">[]): void {
    const there = new Set<string>();
    for (const { id, backends } of services) {
      for (const backend of backends) {
        const key = keyOf(id, backend);
        there.add(key);
        if (!this.#counts.has(key)) this.#counts.set(key, { id, backend, count: 0 });
      }
    }
    for (const key of this.#counts.keys()) if (!there.has(key)) this.#counts.delete(key);
  }

  add(id: string, backend: Backend): void {
    const found = this.#counts.get(keyOf(id, backend));
    if (found) found.count++;
  }

  list(): ConnectionCount[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry }));
  }
}

const metric = "wherry_proxy_connections_total";

/**
 * The counts in Prometheus' text format, those of one endpoint added up.
 * @param counts their ids may have a suffix after the port's name, for other ways to the same port
 */
export function connectionMetrics(counts: readonly ConnectionCount[], slices: readonly EndpointSlice[]): string {
  const pods = new Map<string, string>();
  for (const slice of slices) {
    for (const { addresses, targetRef } of slice.endpoints ?? []) {
      if (targetRef?.kind === "Pod") pods.set(`${serviceOf(slice)} ${addresses[0]}`, targetRef.name ?? "");
    }
  }
  const sums = new Map<string, number>();
  for (const { id, backend, count } of counts) {
    const [service = "", port = ""] = id.split(":");
    const [namespace = "", name = ""] = service.split("/");
    const labels = {
      namespace,
      service: name,
      port,
      pod: pods.get(`${service} ${backend.ip}`) ?? "",
      endpoint: `${backend.ip}:${backend.port}`,
    };
    // None of these may hold a character that would have to be escaped.
    const text = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const key = text.join(",");
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return [
    `# HELP ${metric} New connections that this node sent to an endpoint of a Service; of UDP, flows.`,
    `# TYPE ${metric} counter`,
    ...[...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([labels, sum]) => `${metric}{${labels}} ${sum}`),
    "",
  ].join("\n");
}
