/** Containers of a pod (with their status) or of a pod template (without). */
import type {
  Container,
  ContainerPort,
  ContainerState,
  ContainerStatus,
  EnvVar,
  ResourceRequirements,
} from "../../../api/generated/types.ts";
import { probeText } from "./probe.ts";
import { containerResource } from "./resource-field.ts";
import { dateText } from "./times.ts";
import type { DescriptionWriter } from "./writer.ts";

export interface ContainerContext {
  readonly statuses?: readonly ContainerStatus[] | undefined;
  /** The value of a variable that is taken from a field of the pod; absent for templates. */
  readonly fieldValue?: ((variable: EnvVar) => string) | undefined;
  /** What stands in front of the title: two spaces within a pod template. */
  readonly indent: string;
}

export function writeContainers(
  w: DescriptionWriter,
  title: string,
  containers: readonly Container[],
  context: ContainerContext,
): void {
  const statuses = new Map((context.statuses ?? []).map((s) => [s.name, s]));
  w.write(0, `${context.indent}${title}:${containers.length === 0 ? " <none>" : ""}\n`);
  for (const container of containers) {
    const status = statuses.get(container.name);
    w.write(1, `${context.indent ? " " : ""}${container.name}:\n`);
    writeBasics(w, container, status);
    writeWords(w, "Command", container.command);
    writeWords(w, "Args", container.args);
    if (status) writeStatus(w, status);
    writeResources(w, container.resources, 2);
    for (const [name, probe] of [
      ["Liveness", container.livenessProbe],
      ["Readiness", container.readinessProbe],
      ["Startup", container.startupProbe],
    ] as const) {
      if (probe) w.write(2, `${name}:\t${probeText(probe)}\n`);
    }
    writeEnvFrom(w, container);
    w.write(2, `Environment:${container.env?.length ? "" : "\t<none>"}\n`);
    for (const variable of container.env ?? []) writeVariable(w, container, variable, context);
    writeMounts(w, container);
  }
}

function writeBasics(w: DescriptionWriter, container: Container, status: ContainerStatus | undefined): void {
  if (status) w.write(2, `Container ID:\t${status.containerID ?? ""}\n`);
  w.write(2, `Image:\t${container.image ?? ""}\n`);
  if (status) w.write(2, `Image ID:\t${status.imageID ?? ""}\n`);
  writePorts(w, "Port", container.ports ?? [], (p) => p.containerPort);
  writePorts(w, "Host Port", container.ports ?? [], (p) => p.hostPort ?? 0);
  const profile = container.securityContext?.seccompProfile;
  if (!profile) return;
  w.write(2, `SeccompProfile:\t${profile.type}\n`);
  if (profile.type === "Localhost") w.write(3, `LocalhostProfile:\t${profile.localhostProfile ?? ""}\n`);
}

function writePorts(
  w: DescriptionWriter,
  title: string,
  ports: readonly ContainerPort[],
  number: (port: ContainerPort) => number,
): void {
  const texts = ports.map((p) => `${number(p)}/${p.protocol ?? ""}${p.name ? ` (${p.name})` : ""}`);
  w.write(2, `${texts.length > 1 ? `${title}s` : title}:\t${texts.join(", ") || "<none>"}\n`);
}

function writeWords(w: DescriptionWriter, title: string, words: readonly string[] | undefined): void {
  if (!words?.length) return;
  w.write(2, `${title}:\n`);
  for (const line of words.flatMap((word) => word.split("\n"))) w.write(3, `${line}\n`);
}

function writeStatus(w: DescriptionWriter, status: ContainerStatus): void {
  writeState(w, "State", status.state ?? {});
  if (status.lastState?.terminated) writeState(w, "Last State", status.lastState);
  w.write(2, `Ready:\t${status.ready ? "True" : "False"}\n`);
  w.write(2, `Restart Count:\t${status.restartCount}\n`);
}

function writeState(w: DescriptionWriter, title: string, { running, waiting, terminated }: ContainerState): void {
  if (running) {
    w.write(2, `${title}:\tRunning\n`);
    w.write(3, `Started:\t${dateText(running.startedAt)}\n`);
  } else if (terminated && !waiting) {
    w.write(2, `${title}:\tTerminated\n`);
    if (terminated.reason) w.write(3, `Reason:\t${terminated.reason}\n`);
    if (terminated.message) w.write(3, `Message:\t${terminated.message}\n`);
    w.write(3, `Exit Code:\t${terminated.exitCode}\n`);
    if (terminated.signal) w.write(3, `Signal:\t${terminated.signal}\n`);
    w.write(3, `Started:\t${dateText(terminated.startedAt)}\n`);
    w.write(3, `Finished:\t${dateText(terminated.finishedAt)}\n`);
  } else {
    w.write(2, `${title}:\tWaiting\n`);
    if (waiting?.reason) w.write(3, `Reason:\t${waiting.reason}\n`);
  }
}

export function writeResources(w: DescriptionWriter, resources: ResourceRequirements | undefined, level: number): void {
  for (const [title, list] of [
    ["Limits", resources?.limits],
    ["Requests", resources?.requests],
  ] as const) {
    const names = Object.keys(list ?? {}).sort();
    if (names.length > 0) w.write(level, `${title}:\n`);
    for (const name of names) w.write(level + 1, `${name}:\t${list?.[name]}\n`);
  }
}

function writeEnvFrom(w: DescriptionWriter, { envFrom }: Container): void {
  if (!envFrom?.length) return;
  w.write(2, "Environment Variables from:\n");
  for (const { configMapRef, secretRef, prefix } of envFrom) {
    const from = configMapRef ? "ConfigMap" : secretRef ? "Secret" : "";
    const ref = configMapRef ?? secretRef;
    const withPrefix = prefix ? ` with prefix '${prefix}'` : "";
    w.write(3, `${ref?.name ?? ""}\t${from}${withPrefix}\tOptional: ${ref?.optional ?? false}\n`);
  }
}

function writeVariable(
  w: DescriptionWriter,
  container: Container,
  variable: EnvVar,
  { fieldValue }: ContainerContext,
): void {
  const { name, valueFrom } = variable;
  if (!valueFrom) {
    (variable.value ?? "").split("\n").forEach((line, i) => {
      w.write(3, `${i === 0 ? `${name}:` : ""}\t${line}\n`);
    });
    return;
  }
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef) {
    w.write(3, `${name}:\t${fieldValue?.(variable) ?? ""} (${fieldRef.apiVersion ?? ""}:${fieldRef.fieldPath})\n`);
  } else if (resourceFieldRef) {
    w.write(3, `${name}:\t${containerResource(resourceFieldRef, container)} (${resourceFieldRef.resource})\n`);
  } else if (secretKeyRef) {
    const optional = secretKeyRef.optional ?? false;
    w.write(
      3,
      `${name}:\t<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name ?? ""}'>\tOptional: ${optional}\n`,
    );
  } else if (configMapKeyRef) {
    const optional = configMapKeyRef.optional ?? false;
    w.write(
      3,
      `${name}:\t<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name ?? ""}'>\tOptional: ${optional}\n`,
    );
  }
}

function writeMounts(w: DescriptionWriter, container: Container): void {
  const mounts = [...(container.volumeMounts ?? [])].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  const none = mounts.length === 0 ? "\t<none>" : "";
  w.write(2, `Mounts:${none}\n`);
  for (const { mountPath, name, readOnly, subPath } of mounts) {
    const flags = [readOnly ? "ro" : "rw", ...(subPath ? [`path=${JSON.stringify(subPath)}`] : [])];
    w.write(3, `${mountPath} from ${name} (${flags.join(",")})\n`);
  }
  const devices = [...(container.volumeDevices ?? [])].sort((a, b) => (a.devicePath < b.devicePath ? -1 : 1));
  if (devices.length === 0) return;
  w.write(2, `Devices:${none}\n`);
  for (const { devicePath, name } of devices) w.write(3, `${devicePath} from ${name}\n`);
}
