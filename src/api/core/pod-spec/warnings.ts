/** Texts for the `Warning` header about what is valid, yet hardly meant. Upstream's (`pkg/api/pod/warnings.go`). */
import { Path } from "../../field.ts";
import type { Container, ContainerPort, ObjectMeta, PodSpec } from "../../generated/types.ts";
import { isQuantity, parseQuantity } from "../../quantity.ts";

const deprecatedVolumes: Readonly<Record<string, string>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

interface Located<T> {
  readonly at: Path;
  readonly value: T;
}

const located = (spec: PodSpec, at: Path): Located<Container>[] => [
  ...(spec.initContainers ?? []).map((value, i) => ({ value, at: at.key("initContainers").index(i) })),
  ...(spec.containers ?? []).map((value, i) => ({ value, at: at.key("containers").index(i) })),
];

function fractionalBytes({ at, value: { resources } }: Located<Container>): string[] {
  const of = (list: "limits" | "requests", name: string) => {
    const text = resources?.[list]?.[name];
    return text !== undefined && isQuantity(text) && parseQuantity(text).exponent < 0
      ? [`${at.key("resources", list).entry(name)}: fractional byte value "${text}" is invalid, must be an integer`]
      : [];
  };
  return ["memory", "ephemeral-storage"].flatMap((name) => [...of("limits", name), ...of("requests", name)]);
}

function hiddenEnv({ at, value: { env } }: Located<Container>): string[] {
  const seen = new Set<string>();
  return (env ?? []).flatMap(({ name, value = "", valueFrom }, i) => {
    const first = !seen.has(name);
    seen.add(name);
    const reference = `$(${name})`;
    const extends_ = !valueFrom && value !== reference && value.includes(reference);
    return first || extends_
      ? []
      : [`${at.key("env").index(i)}: hides previous definition of "${name}", which may be dropped when using apply`];
  });
}

function portConflict(a: ContainerPort, b: ContainerPort): string | undefined {
  const hostIPs = [a.hostIP ?? "", b.hostIP ?? ""];
  const hostPorts = [a.hostPort ?? 0, b.hostPort ?? 0];
  if (hostIPs[0] === hostIPs[1] && hostPorts[0] === hostPorts[1]) return "duplicate";
  if (hostPorts.includes(0)) return "overlapping";
  const oneForAll = (hostIPs[0] === "") !== (hostIPs[1] === "");
  return hostPorts[0] === hostPorts[1] && oneForAll ? "dangerously ambiguous" : undefined;
}

function portWarnings(containers: readonly Located<Container>[]): string[] {
  const ports = containers.flatMap(({ at, value }) =>
    (value.ports ?? []).map((port, i) => ({ value: port, at: at.key("ports").index(i) })),
  );
  const conflicts = ports.flatMap((port, i) =>
    ports.slice(0, i).flatMap((other) => {
      const same =
        port.value.containerPort === other.value.containerPort && port.value.protocol === other.value.protocol;
      const how = same ? portConflict(port.value, other.value) : undefined;
      return how ? [`${port.at}: ${how} port definition with ${other.at}`] : [];
    }),
  );
  const names = new Map<string, Path>();
  const duplicates = ports.flatMap(({ at, value: { name } }) => {
    if (!name) return [];
    const other = names.get(name);
    if (!other) names.set(name, at);
    return other
      ? [
          `${at}: duplicate port name "${name}" with ${other}, services and probes that select ports by name will use ${other}`,
        ]
      : [];
  });
  return [...conflicts, ...duplicates];
}

/** Every item after the first with the same value. */
function repeated<T>(items: readonly T[] | undefined, text: (item: T) => string, warn: (i: number) => string) {
  const texts = (items ?? []).map(text);
  return texts.flatMap((value, i) => (texts.indexOf(value) < i ? [warn(i)] : []));
}

/** @param prefix the path of the object that holds the spec: empty for a pod, `spec.template` for a template */
export function podWarnings(spec: PodSpec, metadata: ObjectMeta | undefined, prefix: string): string[] {
  const root = new Path(prefix);
  const at = root.key("spec");
  const containers = located(spec, at);
  const aliases = spec.hostAliases ?? [];
  const secrets = spec.imagePullSecrets ?? [];
  const seccomp = "seccomp.security.alpha.kubernetes.io/pod";
  const nullSelector = (where: Path) => `${where}: a null labelSelector results in matching no pod`;
  return [
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ labelSelector }, i) =>
      labelSelector ? [] : [nullSelector(at.key("topologySpreadConstraints").index(i).key("labelSelector"))],
    ),
    ...(spec.volumes ?? []).flatMap((volume, i) =>
      Object.keys(volume).flatMap((type) => {
        const why = deprecatedVolumes[type];
        return why ? [`${at.key("volumes").index(i).key(type)}: ${why}`] : [];
      }),
    ),
    ...repeated(
      aliases,
      ({ ip }) => ip,
      (i) => `${at.key("hostAliases").index(i).key("ip")}: duplicate ip "${aliases[i]?.ip}"`,
    ),
    ...repeated(
      secrets,
      ({ name }) => name ?? "",
      (i) => `${at.key("imagePullSecrets").index(i).key("name")}: duplicate name "${secrets[i]?.name ?? ""}"`,
    ),
    ...secrets.flatMap(({ name }, i) =>
      name ? [] : [`${at.key("imagePullSecrets").index(i).key("name")}: invalid empty name ""`],
    ),
    ...(metadata?.annotations?.[seccomp] !== undefined && !spec.securityContext?.seccompProfile
      ? [
          `${root.key("metadata", "annotations").entry(seccomp)}: non-functional in v1.27+; use the "seccompProfile" field instead`,
        ]
      : []),
    ...containers.flatMap((container) => [...fractionalBytes(container), ...hiddenEnv(container)]),
    ...portWarnings(containers),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
          `${at.key("terminationGracePeriodSeconds")}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
  ];
}
