/** Defaults of a pod's spec, shared by Pod and by every kind that has a pod template. All mutate. */
import type {
  Container,
  EphemeralContainer,
  LifecycleHandler,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
  Volume,
} from "../../generated/types.ts";
import { formatQuantity, isQuantity, parseQuantity } from "../../quantity.ts";
import { defaultPullPolicy } from "./image-name.ts";

type ResourceList = Record<string, string>;

/** Writes quantities in their canonical form, not finer than a thousandth. */
export function defaultResourceList(list: ResourceList | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    if (!list || !isQuantity(text)) continue;
    const q = parseQuantity(text);
    if (q.exponent >= -3) {
      list[name] = formatQuantity(q);
      continue;
    }
    const divisor = 10n ** BigInt(-3 - q.exponent);
    const up = q.mantissa % divisor > 0n ? 1n : 0n;
    list[name] = formatQuantity({ ...q, mantissa: q.mantissa / divisor + up, exponent: -3 });
  }
}

const defaultResources = (resources: ResourceRequirements | undefined) => {
  defaultResourceList(resources?.limits);
  defaultResourceList(resources?.requests);
};

function defaultHandler(handler: LifecycleHandler | undefined): void {
  if (!handler?.httpGet) return;
  handler.httpGet.path ||= "/";
  handler.httpGet.scheme ||= "HTTP";
}

function defaultProbe(probe: Probe | undefined): void {
  if (!probe) return;
  defaultHandler(probe);
  if (probe.grpc) probe.grpc.service ??= "";
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.initialDelaySeconds === 0) delete probe.initialDelaySeconds;
}

function defaultContainer(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image);
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ||= "File";
  container.resources ??= {};
  defaultResources(container.resources);
  for (const port of container.ports ?? []) port.protocol ||= "TCP";
  for (const env of container.env ?? []) {
    if (env.valueFrom?.fieldRef) env.valueFrom.fieldRef.apiVersion ||= "v1";
    if (env.valueFrom?.resourceFieldRef) env.valueFrom.resourceFieldRef.divisor ??= "0";
    if (env.value === "") delete env.value;
  }
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  defaultHandler(container.lifecycle?.postStart);
  defaultHandler(container.lifecycle?.preStop);
}

type DownwardItems = NonNullable<Volume["downwardAPI"]>["items"];
function defaultDownwardItems(items: DownwardItems): void {
  for (const item of items ?? []) {
    if (item.fieldRef) item.fieldRef.apiVersion ||= "v1";
    if (item.resourceFieldRef) item.resourceFieldRef.divisor ??= "0";
  }
}

function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).every((key) => key === "name")) volume.emptyDir = {};
  if (volume.configMap) volume.configMap.defaultMode ??= 0o644;
  if (volume.secret) volume.secret.defaultMode ??= 0o644;
  if (volume.hostPath) volume.hostPath.type ??= "";
  if (volume.image) volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference);
  if (volume.ephemeral?.volumeClaimTemplate?.spec)
    volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= "Filesystem";
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= 0o644;
    defaultDownwardItems(volume.downwardAPI.items);
  }
  if (volume.iscsi) volume.iscsi.iscsiInterface ||= "default";
  if (!volume.projected) return;
  volume.projected.defaultMode ??= 0o644;
  for (const source of volume.projected.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
    defaultDownwardItems(source.downwardAPI?.items);
  }
}

/** `serviceAccount` is the deprecated name of `serviceAccountName`: both are always shown. */
function defaultServiceAccount(spec: PodSpec): void {
  spec.serviceAccountName ||= spec.serviceAccount;
  spec.serviceAccount = spec.serviceAccountName;
  if (spec.serviceAccountName) return;
  delete spec.serviceAccountName;
  delete spec.serviceAccount;
}

export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= "default-scheduler";
  defaultServiceAccount(spec);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  defaultResources(spec.resources);
  defaultResourceList(spec.overhead);
}

/** What only a pod itself is given, not a template. */
export function defaultPodOnly(spec: PodSpec): void {
  spec.enableServiceLinks ??= true;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
    const { resources } = container;
    if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests };
  }
}

export function defaultPodTemplate(template: PodTemplateSpec): void {
  template.metadata ??= {};
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
}
