/** The probes of a container, in a line each, and what came of them. Pure. */
import type { Container, ContainerStatus, CoreEvent, Probe } from "../../api/generated/types.ts";
import { parseTime } from "../../base/clock.ts";
import { lastSeen } from "./events.ts";

export type ProbeKind = "startup" | "readiness" | "liveness";

export interface ProbeView {
  readonly kind: ProbeKind;
  /** `GET http :8080/healthz`, `TCP :6379`, `exec cat /tmp/up`, `gRPC :9000`. */
  readonly what: string;
  readonly periodSeconds: number;
  /** `quiet`: of a liveness probe only failures are heard of, and in this run there was none. */
  readonly result: "good" | "bad" | "quiet";
  /** The last failure in this run of the container. */
  readonly failure?: CoreEvent;
}

export function probeText({ exec, grpc, httpGet, tcpSocket }: Probe): string {
  const at = (port: unknown, host?: string) => `${host ?? ""}:${port}`;
  if (httpGet) {
    const { scheme = "HTTP", host, port, path = "/" } = httpGet;
    return `GET ${scheme.toLowerCase()} ${at(port, host)}${path}`;
  }
  if (tcpSocket) return `TCP ${at(tcpSocket.port, tcpSocket.host)}`;
  if (grpc) return `gRPC ${at(grpc.port)}${grpc.service ? ` ${grpc.service}` : ""}`;
  return `exec ${(exec?.command ?? []).join(" ")}`;
}

const timeOf = (event: CoreEvent): number => parseTime(lastSeen(event) ?? "");

/** @param events about the pod */
export function probesOf(
  container: Container,
  status: ContainerStatus | undefined,
  events: readonly CoreEvent[],
): ProbeView[] {
  const startedAt = status?.state?.running?.startedAt;
  const since = startedAt ? parseTime(startedAt) : Number.POSITIVE_INFINITY;
  const failureOf = (kind: ProbeKind) => {
    const word = `${kind[0]?.toUpperCase()}${kind.slice(1)} probe`;
    return events
      .filter(
        ({ reason, message, involvedObject }) =>
          reason === "Unhealthy" &&
          message?.startsWith(word) &&
          involvedObject.fieldPath?.endsWith(`{${container.name}}`),
      )
      .filter((event) => timeOf(event) >= since)
      .sort((a, b) => timeOf(b) - timeOf(a))[0];
  };
  const view = (kind: ProbeKind, probe: Probe | undefined, good: boolean | undefined): ProbeView[] => {
    if (!probe) return [];
    const failure = failureOf(kind);
    const result = good === undefined ? (failure ? "bad" : "quiet") : good ? "good" : "bad";
    return [
      {
        kind,
        what: probeText(probe),
        periodSeconds: probe.periodSeconds ?? 10,
        result,
        ...(failure && result === "bad" ? { failure } : {}),
      },
    ];
  };
  return [
    ...view("startup", container.startupProbe, status?.started ?? false),
    ...view("readiness", container.readinessProbe, status?.ready ?? false),
    ...view("liveness", container.livenessProbe, undefined),
  ];
}
