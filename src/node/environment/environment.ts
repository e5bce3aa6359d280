/** A container's environment variables (kubelet `makeEnvironmentVariables`). */
import type { Container, EnvVarSource, Pod, Service } from "../../api/generated/types.ts";
import { fieldText, type PodAddresses, resourceText } from "./downward.ts";
import { expand } from "./expand.ts";
import { serviceEnv } from "./service-env.ts";
import { type ContentSources, secretBytes } from "./sources.ts";

export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly services: readonly Service[];
  readonly sources: ContentSources;
  readonly addresses: PodAddresses;
  /** The node's. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** @throws Error whose message `CreateContainerConfigError` shows */
export async function environmentOf(input: EnvironmentInput): Promise<{ name: string; value: string }[]> {
  const { pod, container, services } = input;
  const namespace = pod.metadata?.namespace ?? "";
  const fromServices = serviceEnv(services, namespace, pod.spec?.enableServiceLinks ?? true);
  const own = new Map<string, string>();
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const ref = configMapRef ?? secretRef;
    if (!ref) continue;
    const data = await contents(input, configMapRef ? "configmap" : "secret", ref.name ?? "", ref.optional ?? false);
    for (const [key, value] of Object.entries(data ?? {})) own.set(prefix + key, value);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const resolved = value
      ? expand(value, (n) => own.get(n) ?? fromServices.get(n))
      : valueFrom
        ? await sourceValue(input, valueFrom)
        : "";
    if (resolved !== undefined) own.set(name, resolved);
  }
  const all = new Map([...fromServices, ...own]);
  return [...all].map(([name, value]) => ({ name, value }));
}

/** Undefined: an optional source that is not there, so the variable is not set. */
async function sourceValue(input: EnvironmentInput, from: EnvVarSource): Promise<string | undefined> {
  const { pod, container, addresses, allocatable } = input;
  if (from.fieldRef) return fieldText(from.fieldRef, pod, addresses);
  if (from.resourceFieldRef) return resourceText(from.resourceFieldRef, container, allocatable);
  if (from.fileKeyRef) throw new Error("environment variables from files (fileKeyRef) are not supported");
  const ref = from.configMapKeyRef ?? from.secretKeyRef;
  if (!ref) return "";
  const kind = from.configMapKeyRef ? "configmap" : "secret";
  const optional = ref.optional ?? false;
  const data = await contents(input, kind, ref.name ?? "", optional);
  const value = data?.[ref.key];
  if (value === undefined && data && !optional) {
    const named = kind === "configmap" ? "ConfigMap" : "Secret";
    throw new Error(`couldn't find key ${ref.key} in ${named} ${pod.metadata?.namespace}/${ref.name}`);
  }
  return value;
}

async function contents(
  { pod, sources }: EnvironmentInput,
  kind: "configmap" | "secret",
  name: string,
  optional: boolean,
): Promise<Record<string, string> | undefined> {
  const namespace = pod.metadata?.namespace ?? "";
  if (kind === "configmap") {
    const found = await sources.configMap(namespace, name);
    if (found) return found.data ?? {};
  } else {
    const found = await sources.secret(namespace, name);
    if (found)
      return Object.fromEntries(
        Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(secretBytes(value)).toString()]),
      );
  }
  if (optional) return undefined;
  throw new Error(`${kind} "${name}" not found`);
}
