/** Ports that probes name and containers do not have. Pure. */
import type { Container } from "../api/generated/types.ts";

export type ProbeField = "startupProbe" | "livenessProbe" | "readinessProbe";

export interface UnknownPort {
  readonly field: ProbeField;
  /** Path of the port within the container. */
  readonly path: string;
  readonly port: string;
}

/**
 * The kubelet throws the result of a probe away that it cannot carry out ("couldn't find port"): a readiness or startup
 * probe like that never succeeds, a liveness probe never fails.
 */
export const unknownProbePorts = ({ ports = [], ...container }: Container): UnknownPort[] =>
  (["startupProbe", "livenessProbe", "readinessProbe"] as const).flatMap((field) => {
    const { httpGet, tcpSocket } = container[field] ?? {};
    const port = (httpGet ?? tcpSocket)?.port;
    if (typeof port !== "string" || /^\d+$/.test(port) || ports.some(({ name }) => name === port)) return [];
    return [{ field, port, path: `${field}.${httpGet ? "httpGet" : "tcpSocket"}.port` }];
  });
