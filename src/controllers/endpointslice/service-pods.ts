/** Which pods stand behind a Service and through which of their ports. Pure; the legacy Endpoints use it too. */
import type { Container, Pod, Service, ServicePort } from "../../api/generated/types.ts";
import { isTerminal } from "../pod-state.ts";

/** A pod's addresses: the list, or the one address of an older agent. */
export const podAddresses = (pod: Pod): readonly string[] => {
  const all = (pod.status?.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  return all.length > 0 ? all : pod.status?.podIP ? [pod.status.podIP] : [];
};

/** Has it an address, and may it still answer? Terminating pods may. */
export const mayServe = (pod: Pod): boolean => !isTerminal(pod) && podAddresses(pod).length > 0;

/** A Service whose endpoints this controller keeps; others have theirs written by somebody else, or none. */
export const hasSelector = (service: Service): boolean =>
  service.spec?.type !== "ExternalName" && Object.keys(service.spec?.selector ?? {}).length > 0;

export const isHeadless = (service: Service): boolean => service.spec?.clusterIP === "None" || !service.spec?.clusterIP;

/** Init containers that run next to the others, from the beginning to the end. */
const restartableInit = (pod: Pod): readonly Container[] =>
  (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always");

/** The number of the pod's port that the Service port leads to; undefined when the pod has no port of that name. */
export function targetPortOf(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target === 0 ? port.port : target;
  const protocol = port.protocol ?? "TCP";
  for (const container of [...(pod.spec?.containers ?? []), ...restartableInit(pod)])
    for (const candidate of container.ports ?? [])
      if (candidate.name === target && (candidate.protocol ?? "TCP") === protocol) return candidate.containerPort;
  return undefined;
}
