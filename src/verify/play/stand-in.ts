/** The Deployment that is played for the one in the manifest: all of it that a rollout can see. Pure. */
import type { Container, Deployment, PodSpec, PodTemplateSpec } from "../../api/generated/types.ts";
import type { ImageBehaviour } from "../../testing/options.ts";
import { assumed, type VersionId, versions } from "../scenarios.ts";

const registry = "verify.wherry.dev";
const initImage = (name: string) => `${registry}/init/${name}:1`;

/** Whatever a container's image is called, it behaves as its version does. */
export const imageOf = (version: VersionId, container: string, tag: string) =>
  `${registry}/${version}/${container}:${tag}`;

export const versionOf = (image = ""): VersionId | undefined => {
  const version = image.split("/")[1];
  return version !== undefined && version in versions ? (version as VersionId) : undefined;
};

/** For `createCluster`. */
export const images: Readonly<Record<string, ImageBehaviour>> = {
  [`${registry}/init/*`]: { crashAfter: `${assumed.init}s`, exitCode: 0 },
  ...Object.fromEntries(Object.entries(versions).map(([id, behaviour]) => [`${registry}/${id}/*`, behaviour])),
};

/** As deployed at first: every container of the version that works, and not paused, so that it rolls out at all. */
export function standIn(deployment: Deployment): Deployment {
  const { spec } = deployment;
  if (!spec) return deployment;
  const { paused: _, ...rest } = spec;
  return { ...deployment, spec: { ...rest, template: standInTemplate(spec.template) } };
}

/** The next version: every container but the init containers gets another image. */
export function withVersion(template: PodTemplateSpec, version: VersionId): PodTemplateSpec {
  const spec = template.spec as PodSpec;
  const containers = spec.containers.map((c) => ({ ...c, image: imageOf(version, c.name, "2") }));
  return { ...template, spec: { ...spec, containers } };
}

/**
 * Volumes, environment, service account, security and the choice of nodes are taken to fit: what they name is most
 * often not in the manifest. Hooks that call programs or ports of the container have nothing to call; a preStop hook
 * that sleeps stays.
 */
function standInTemplate(template: PodTemplateSpec): PodTemplateSpec {
  const spec = template.spec as PodSpec;
  const { terminationGracePeriodSeconds, hostNetwork, tolerations, topologySpreadConstraints, affinity } = spec;
  const { podAntiAffinity } = affinity ?? {};
  return {
    metadata: { labels: template.metadata?.labels ?? {} },
    spec: {
      containers: spec.containers.map((c) => standInContainer(c, imageOf("working", c.name, "1"))),
      initContainers: spec.initContainers?.map((c) =>
        standInContainer(c, c.restartPolicy === "Always" ? imageOf("working", c.name, "1") : initImage(c.name)),
      ),
      terminationGracePeriodSeconds,
      hostNetwork,
      tolerations,
      topologySpreadConstraints,
      ...(podAntiAffinity ? { affinity: { podAntiAffinity } } : {}),
    },
  };
}

function standInContainer(container: Container, image: string): Container {
  const { name, ports, resources, readinessProbe, livenessProbe, startupProbe, restartPolicy, lifecycle } = container;
  const sleep = lifecycle?.preStop?.sleep;
  return {
    name,
    image,
    ports,
    resources,
    readinessProbe,
    livenessProbe,
    startupProbe,
    restartPolicy,
    ...(sleep ? { lifecycle: { preStop: { sleep } } } : {}),
  };
}
