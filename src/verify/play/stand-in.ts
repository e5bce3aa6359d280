/** The workload that is played for the one in the manifest: all of it that a rollout can see. Pure. */
import type {
  Container,
  DeploymentSpec,
  PodSpec,
  PodTemplateSpec,
  StatefulSetSpec,
} from "../../api/generated/types.ts";
import type { ImageBehaviour } from "../../testing/options.ts";
import type { Workload } from "../kinds/kind.ts";
import { unknownProbePorts } from "../probe-port.ts";
import { assumed, type VersionId, versions } from "../scenarios.ts";

const registry = "verify.wherry.dev";
const initImage = (name: string) => `${registry}/init/${name}:1`;

/** Whatever a container's image is called, it behaves as its version does. */
const imageOf = (version: VersionId, container: string, tag: string) => `${registry}/${version}/${container}:${tag}`;

export const versionOf = (image = ""): VersionId | undefined => {
  const version = image.split("/")[1];
  return version !== undefined && version in versions ? (version as VersionId) : undefined;
};

/** For `createCluster`. */
export const images: Readonly<Record<string, ImageBehaviour>> = {
  [`${registry}/init/*`]: { crashAfter: `${assumed.init}s`, exitCode: 0 },
  ...Object.fromEntries(Object.entries(versions).map(([id, behaviour]) => [`${registry}/${id}/*`, behaviour])),
};

/** Is such an object in the manifest, in the workload's namespace? */
export type Provided = (kind: "ConfigMap" | "Secret", name: string | undefined) => boolean;

/** As deployed at first: every container of the version that works, and not paused, so that it rolls out at all. */
export function standIn(object: Workload, provided: Provided): Workload {
  if (!object.spec) return object;
  const spec = object.spec as Partial<DeploymentSpec & StatefulSetSpec> & { template: PodTemplateSpec };
  const { paused: _, volumeClaimTemplates: __, template, ...rest } = spec;
  return { ...object, spec: { ...rest, template: standInTemplate(template, provided) } } as Workload;
}

/** The next version: every container but the init containers gets another image. */
export function withVersion(template: PodTemplateSpec, version: VersionId): PodTemplateSpec {
  const spec = template.spec as PodSpec;
  const containers = spec.containers.map((c) => ({ ...c, image: imageOf(version, c.name, "2") }));
  return { ...template, spec: { ...spec, containers } };
}

/**
 * Volumes, environment, service account, security and the choice of nodes are taken to fit: what they name is most
 * often not in the manifest. Of the environment stays what comes from objects that are. Hooks that call programs or
 * ports of the container have nothing to call; a preStop hook that sleeps stays.
 */
function standInTemplate(template: PodTemplateSpec, provided: Provided): PodTemplateSpec {
  const spec = template.spec as PodSpec;
  const { terminationGracePeriodSeconds, hostNetwork, tolerations, topologySpreadConstraints, affinity } = spec;
  const { podAntiAffinity } = affinity ?? {};
  return {
    metadata: { labels: template.metadata?.labels ?? {} },
    spec: {
      containers: spec.containers.map((c) => standInContainer(c, false, provided)),
      initContainers: spec.initContainers?.map((c) => standInContainer(c, c.restartPolicy !== "Always", provided)),
      terminationGracePeriodSeconds,
      hostNetwork,
      tolerations,
      topologySpreadConstraints,
      ...(podAntiAffinity ? { affinity: { podAntiAffinity } } : {}),
    },
  };
}

function standInContainer(container: Container, init: boolean, provided: Provided): Container {
  const { name, env, ports, resources, restartPolicy, lifecycle } = container;
  const { readinessProbe, livenessProbe, startupProbe } = container;
  const sleep = lifecycle?.preStop?.sleep;
  const neverReady = unknownProbePorts(container).some(({ field }) => field !== "livenessProbe");
  return {
    name,
    image: init ? initImage(name) : imageOf(neverReady ? "unready" : "working", name, "1"),
    env: env?.filter(
      ({ valueFrom: { configMapKeyRef: map, secretKeyRef: secret } = {} }) =>
        (map && provided("ConfigMap", map.name)) || (secret && provided("Secret", secret.name)),
    ),
    ports,
    resources,
    readinessProbe,
    livenessProbe,
    startupProbe,
    restartPolicy,
    ...(sleep ? { lifecycle: { preStop: { sleep } } } : {}),
  };
}
