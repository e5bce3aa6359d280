/** What a pod may ask for that this agent's runtimes cannot give. Nothing of it is passed over in silence. */
import type { Container, Pod, PodSecurityContext, SecurityContext } from "../../api/generated/types.ts";

export interface Unsupported {
  /** Without these the pod would not be what it is meant to be: it is not started. */
  readonly refused: readonly string[];
  /** The pod runs without these, and an event says so. */
  readonly ignored: readonly string[];
}

export function unsupportedFields(pod: Pod): Unsupported {
  const spec: Partial<NonNullable<Pod["spec"]>> = pod.spec ?? {};
  const refused: string[] = [];
  const ignored: string[] = [];
  const refuse = (field: string, asked: unknown) => void (asked && refused.push(`spec.${field}`));
  const ignore = (field: string, asked: unknown) => void (asked && ignored.push(`spec.${field}`));

  refuse("hostPID", spec.hostPID);
  refuse("hostIPC", spec.hostIPC);
  refuse("shareProcessNamespace", spec.shareProcessNamespace);
  refuse("runtimeClassName", spec.runtimeClassName);
  refuse("resourceClaims", spec.resourceClaims?.length);
  refuse("securityContext.sysctls", spec.securityContext?.sysctls?.length);
  ignore("securityContext.supplementalGroups", spec.securityContext?.supplementalGroups?.length);
  ignoreConfinement("securityContext", spec.securityContext, ignore);

  const container = (list: string, c: Container) => {
    const at = `${list}{${c.name}}`;
    refuse(`${at}.volumeDevices`, c.volumeDevices?.length);
    refuse(`${at}.lifecycle.stopSignal`, c.lifecycle?.stopSignal);
    refuse(
      `${at}.volumeMounts.mountPropagation`,
      c.volumeMounts?.some((m) => m.mountPropagation && m.mountPropagation !== "None"),
    );
    refuse(`${at}.securityContext.procMount`, own(c)?.procMount && own(c)?.procMount !== "Default");
    ignoreConfinement(`${at}.securityContext`, own(c), ignore);
    for (const { hostPort } of c.ports ?? [])
      if (!spec.hostNetwork) ignore(`${at}.ports.hostPort ${hostPort}`, hostPort);
  };
  for (const c of spec.initContainers ?? []) container("initContainers", c);
  for (const c of spec.containers ?? []) container("containers", c);
  return { refused, ignored };
}

const own = (container: Container): SecurityContext | undefined => container.securityContext;

function ignoreConfinement(
  at: string,
  context: PodSecurityContext | SecurityContext | undefined,
  ignore: (field: string, asked: unknown) => void,
): void {
  ignore(`${at}.seLinuxOptions`, context?.seLinuxOptions);
  ignore(`${at}.appArmorProfile`, context?.appArmorProfile && context.appArmorProfile.type !== "Unconfined");
  ignore(`${at}.seccompProfile`, context?.seccompProfile && context.seccompProfile.type !== "Unconfined");
}
