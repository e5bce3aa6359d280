/** From a pod's container to what the runtime needs to make it. */
import type { Container, Pod, PodSpec } from "../../api/generated/types.ts";
import { parseQuantity, quantityMilliValue, quantityValue } from "../../api/quantity.ts";
import { expand } from "../environment/expand.ts";
import { containerHash, hashAnnotation, imageAnnotation, podText } from "../pod-state.ts";
import type { ContainerConfig, ImageStatus, Mount } from "../runtime/runtime.ts";

export interface ContainerConfigInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  readonly image: ImageStatus;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
}

/** @throws Error whose message `CreateContainerConfigError` shows */
export function containerConfigOf(input: ContainerConfigInput): ContainerConfig {
  const { pod, container, attempt, image, env, mounts } = input;
  const variables = new Map(env.map(({ name, value }) => [name, value]));
  const resolve = (texts: readonly string[] = []) => texts.map((t) => expand(t, (name) => variables.get(name)));
  verifyNonRoot(pod, container, image);
  return {
    name: container.name,
    attempt,
    image: image.id,
    command: resolve(container.command),
    args: resolve(container.args),
    workingDir: container.workingDir ?? "",
    env,
    mounts,
    labels: {
      "io.kubernetes.container.name": container.name,
      "io.kubernetes.pod.name": pod.metadata?.name ?? "",
      "io.kubernetes.pod.namespace": pod.metadata?.namespace ?? "",
      "io.kubernetes.pod.uid": pod.metadata?.uid ?? "",
    },
    annotations: {
      [hashAnnotation]: containerHash(container),
      [imageAnnotation]: image.tags[0] ?? container.image ?? "",
    },
    security: securityOf(pod.spec, container),
    resources: resourcesOf(container),
    terminationMessagePath: container.terminationMessagePath ?? "/dev/termination-log",
    stdin: container.stdin ?? false,
    tty: container.tty ?? false,
  };
}

function securityOf(spec: PodSpec | undefined, container: Container): ContainerConfig["security"] {
  const own = container.securityContext;
  const runAsUser = own?.runAsUser ?? spec?.securityContext?.runAsUser;
  const runAsGroup = own?.runAsGroup ?? spec?.securityContext?.runAsGroup;
  return {
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    ...(own?.readOnlyRootFilesystem ? { readOnlyRootFilesystem: true } : {}),
    ...(own?.capabilities?.add ? { addCapabilities: own.capabilities.add } : {}),
    ...(own?.capabilities?.drop ? { dropCapabilities: own.capabilities.drop } : {}),
    ...(own?.privileged ? { privileged: true } : {}),
  };
}

/** The kernel's relative weight of a CPU request, 1024 for one core. */
const minShares = 2;

function resourcesOf(container: Container): ContainerConfig["resources"] {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const cpuRequest = requests.cpu ?? limits.cpu;
  return {
    ...(limits.cpu ? { cpuMillis: quantityMilliValue(parseQuantity(limits.cpu)) } : {}),
    cpuShares: cpuRequest
      ? Math.max(minShares, Math.floor((quantityMilliValue(parseQuantity(cpuRequest)) * 1024) / 1000))
      : minShares,
    ...(limits.memory ? { memoryBytes: quantityValue(parseQuantity(limits.memory)) } : {}),
  };
}

/** `runAsNonRoot`: refuses what would run as root, or might. */
function verifyNonRoot(pod: Pod, container: Container, image: ImageStatus): void {
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  if (!(own?.runAsNonRoot ?? shared?.runAsNonRoot)) return;
  const where = `(pod: "${podText(pod)}", container: ${container.name})`;
  const user = own?.runAsUser ?? shared?.runAsUser;
  if (user === 0) throw new Error(`container's runAsUser breaks non-root policy ${where}`);
  if (user !== undefined) return;
  const [name = ""] = image.user.split(":");
  if (name === "" || name === "0" || name === "root")
    throw new Error(`container has runAsNonRoot and image will run as root ${where}`);
  if (!/^[0-9]+$/.test(name))
    throw new Error(
      `container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root ${where}`,
    );
}
