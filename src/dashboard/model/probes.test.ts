import { expect, test } from "vitest";
import type { Container, ContainerStatus, CoreEvent } from "../../api/generated/types.ts";
import { probesOf, probeText } from "./probes.ts";

const container = {
  name: "web",
  readinessProbe: { httpGet: { port: 8080, path: "/ready" }, periodSeconds: 5 },
  livenessProbe: { tcpSocket: { port: "http" } },
} as unknown as Container;
const status = (ready: boolean) =>
  ({
    name: "web",
    ready,
    started: true,
    state: { running: { startedAt: "2026-01-01T00:00:10Z" } },
  }) as unknown as ContainerStatus;
const unhealthy = (message: string, lastTimestamp: string, name = "web") =>
  ({
    reason: "Unhealthy",
    message,
    lastTimestamp,
    involvedObject: { fieldPath: `spec.containers{${name}}` },
  }) as unknown as CoreEvent;

test("a probe is told in a line", () => {
  expect(probeText({ httpGet: { port: 443, scheme: "HTTPS", path: "/up" } } as never)).toBe("GET https :443/up");
  expect(probeText({ exec: { command: ["cat", "/tmp/up"] } } as never)).toBe("exec cat /tmp/up");
  expect(probeText({ grpc: { port: 9000, service: "db" } } as never)).toBe("gRPC :9000 db");
});

test("readiness comes from the status, with the last failure of this run; liveness from failures alone", () => {
  const failed = unhealthy("Readiness probe failed: HTTP probe failed with statuscode: 503", "2026-01-01T00:00:20Z");
  const events = [
    failed,
    unhealthy("Readiness probe failed: older", "2026-01-01T00:00:15Z"),
    unhealthy("Liveness probe failed: of the run before", "2026-01-01T00:00:05Z"),
    unhealthy("Liveness probe failed: of another", "2026-01-01T00:00:30Z", "sidecar"),
  ];
  expect(probesOf(container, status(false), events)).toEqual([
    { kind: "readiness", what: "GET http :8080/ready", periodSeconds: 5, result: "bad", failure: failed },
    { kind: "liveness", what: "TCP :http", periodSeconds: 10, result: "quiet" },
  ]);
  expect(probesOf(container, status(true), events)[0]).toMatchObject({ result: "good" });
});
