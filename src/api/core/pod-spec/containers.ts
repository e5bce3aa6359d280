/** Validation of a pod's containers. Texts are upstream's. */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  type Path,
  required,
} from "../../field.ts";
import type { Container, ContainerPort, PodSpec } from "../../generated/types.ts";
import { checked } from "../../metadata.ts";
import { checkDnsLabel, checkPortName } from "../../names.ts";
import { validatePortNumber, validateProtocol } from "../ports.ts";
import { validateEnv, validateEnvFrom } from "./environment.ts";
import { validateRunning } from "./probes.ts";
import { validateResourceRequirements } from "./resources.ts";
import { validateContainerSecurity } from "./security.ts";
import { validateMounts } from "./volumes.ts";

/** What containers may refer to. */
export interface ContainerContext {
  readonly spec: PodSpec;
  /** Names of the pod's volumes. */
  readonly volumes: ReadonlySet<string>;
  /** Names of the pod's resource claims. */
  readonly claims: ReadonlySet<string>;
}

function validatePorts(ports: readonly ContainerPort[] | undefined, at: Path): FieldError[] {
  const names = new Set<string>();
  return (ports ?? []).flatMap(({ name, containerPort, hostPort, protocol }, i) => {
    const here = at.index(i);
    const errors: FieldError[] = [];
    if (name) {
      const wrong = checked(here.key("name"), name, checkPortName);
      if (wrong.length === 0 && names.has(name)) wrong.push(duplicate(here.key("name"), name));
      if (wrong.length === 0) names.add(name);
      errors.push(...wrong);
    }
    if (!containerPort) errors.push(required(here.key("containerPort")));
    else errors.push(...validatePortNumber(containerPort, here.key("containerPort")));
    if (hostPort) errors.push(...validatePortNumber(hostPort, here.key("hostPort")));
    return [...errors, ...validateProtocol(protocol, here.key("protocol"))];
  });
}

/** No two containers may ask for the same port of the host. */
function validateHostPorts(containers: readonly Container[], at: Path): FieldError[] {
  const seen = new Set<string>();
  return containers.flatMap(({ ports }, i) =>
    (ports ?? []).flatMap(({ protocol, hostIP, hostPort }, j) => {
      if (!hostPort) return [];
      const key = `${protocol}/${hostIP ?? ""}/${hostPort}`;
      const twice = seen.has(key) ? [duplicate(at.index(i).key("ports").index(j).key("hostPort"), key)] : [];
      seen.add(key);
      return twice;
    }),
  );
}

const oneOf = (value: string | undefined, allowed: readonly string[], at: Path): FieldError[] => {
  if (!value) return [required(at)];
  return allowed.includes(value) ? [] : [notSupported(at, value, allowed)];
};

const validateCommon = (container: Container, context: ContainerContext, at: Path): FieldError[] => [
  ...(container.name ? checked(at.key("name"), container.name, checkDnsLabel) : [required(at.key("name"))]),
  ...(container.image ? [] : [required(at.key("image"))]),
  ...oneOf(container.terminationMessagePolicy, ["File", "FallbackToLogsOnError"], at.key("terminationMessagePolicy")),
  ...validatePorts(container.ports, at.key("ports")),
  ...validateEnv(container.env, at.key("env")),
  ...validateEnvFrom(container.envFrom, at.key("envFrom")),
  ...validateMounts(container, context.volumes, at),
  ...oneOf(container.imagePullPolicy, ["Always", "IfNotPresent", "Never"], at.key("imagePullPolicy")),
  ...validateResourceRequirements(container.resources, context.claims, at.key("resources")),
  ...validateContainerSecurity(container.securityContext, context.spec.hostUsers !== false, at.key("securityContext")),
];

export function validateContainers(context: ContainerContext, at: Path): FieldError[] {
  const containers = context.spec.containers ?? [];
  if (containers.length === 0) return [required(at)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, i) => {
    const here = at.index(i);
    const found = validateCommon(container, context, here);
    if (names.has(container.name)) found.push(duplicate(here.key("name"), container.name));
    names.add(container.name);
    found.push(...validateRunning(container, context.spec.terminationGracePeriodSeconds, here));
    if (container.restartPolicy !== undefined)
      found.push(forbiddenField(here.key("restartPolicy"), "may not be set for non-init containers"));
    return found;
  });
  return [...errors, ...validateHostPorts(containers, at)];
}

export function validateInitContainers(context: ContainerContext, at: Path): FieldError[] {
  const names = new Set((context.spec.containers ?? []).map(({ name }) => name));
  return (context.spec.initContainers ?? []).flatMap((container, i) => {
    const here = at.index(i);
    const errors = validateCommon(container, context, here);
    const sidecar = container.restartPolicy === "Always";
    if (container.restartPolicy !== undefined && !sidecar)
      errors.push(notSupported(here.key("restartPolicy"), container.restartPolicy, ["Always"]));
    if (names.has(container.name)) errors.push(duplicate(here.key("name"), container.name));
    else if (container.name) names.add(container.name);
    errors.push(...validateHostPorts([container], at));
    if (sidecar) return [...errors, ...validateRunning(container, context.spec.terminationGracePeriodSeconds, here)];
    for (const name of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const)
      if (container[name])
        errors.push(forbiddenField(here.key(name), "may not be set for init containers without restartPolicy=Always"));
    return errors;
  });
}

/** What is demanded of the containers of a pod, not of a template. */
export const validateImageNames = (containers: readonly Container[] | undefined, at: Path): FieldError[] =>
  (containers ?? []).flatMap(({ image = "" }, i) =>
    image.trim() === image
      ? []
      : [invalidValue(at.index(i).key("image"), image, "must not have leading or trailing whitespace")],
  );
