/** Ports that a pod takes on its node. Pure. */
import type { Pod } from "../generated/types.ts";

export interface HostPort {
  readonly address: string;
  readonly protocol: string;
  readonly port: number;
}

const anyAddress = "0.0.0.0";

export function hostPortsOf(pod: Pod): readonly HostPort[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  const ports: HostPort[] = [];
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars])
    for (const { hostPort, hostIP, protocol = "TCP" } of container.ports ?? [])
      if (hostPort) ports.push({ address: hostIP || anyAddress, protocol, port: hostPort });
  return ports;
}

/** Taken on all addresses, or on the same one. */
export const portsConflict = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  (a.address === b.address || a.address === anyAddress || b.address === anyAddress);
