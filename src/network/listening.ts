/**
 * Whether a pod takes connections yet. Without a readiness probe a pod counts as Ready as soon as its containers run;
 * its server may need a moment more, and a rolling update would lose the requests that come meanwhile.
 */
import { connect } from "node:net";
import type { Pod, Service } from "../api/generated/types.ts";
import type { Clock } from "../base/clock.ts";

/** Milliseconds between two tries. */
const pause = 15;

/** The TCP ports of the pod that Services send connections to. */
export function servedPorts(pod: Pod, services: readonly Service[]): number[] {
  const labels = pod.metadata?.labels ?? {};
  const ports = new Set<number>();
  for (const { metadata, spec } of services) {
    if (metadata?.namespace !== pod.metadata?.namespace || !spec?.selector) continue;
    if (!Object.entries(spec.selector).every(([key, value]) => labels[key] === value)) continue;
    for (const { protocol = "TCP", port, targetPort = port } of spec.ports ?? []) {
      const number = typeof targetPort === "number" ? targetPort : namedPort(pod, targetPort);
      if (protocol === "TCP" && number !== undefined) ports.add(number);
    }
  }
  return [...ports];
}

const namedPort = (pod: Pod, name: string): number | undefined =>
  (pod.spec?.containers ?? []).flatMap((c) => c.ports ?? []).find((p) => p.name === name)?.containerPort;

/** Resolves with true once something takes a connection at the port, or with false after `timeout` milliseconds. */
export async function listens(ip: string, port: number, timeout: number, clock: Clock): Promise<boolean> {
  const deadline = clock.monotonic() + timeout;
  while (clock.monotonic() < deadline) {
    if (await accepts(ip, port, timeout, clock)) return true;
    await clock.sleep(pause);
  }
  return false;
}

const accepts = (host: string, port: number, timeout: number, clock: Clock): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answer: boolean) => {
      cancel();
      socket.destroy();
      resolve(answer);
    };
    const cancel = clock.after(timeout, () => settle(false));
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
