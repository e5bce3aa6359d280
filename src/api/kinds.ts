/** All kinds that have a declaration of their own, and ways to find one. */
import { controllerRevisionKind } from "./apps/controllerrevision.ts";
import { daemonSetKind } from "./apps/daemonset.ts";
import { deploymentKind } from "./apps/deployment.ts";
import { replicaSetKind } from "./apps/replicaset.ts";
import { statefulSetKind } from "./apps/statefulset.ts";
import { leaseKind } from "./coordination/lease.ts";
import { configMapKind } from "./core/configmap.ts";
import { endpointsKind } from "./core/endpoints.ts";
import { eventKind } from "./core/event.ts";
import { namespaceKind } from "./core/namespace.ts";
import { nodeKind } from "./core/node.ts";
import { podKind } from "./core/pod.ts";
import { secretKind } from "./core/secret.ts";
import { serviceKind } from "./core/service.ts";
import { serviceAccountKind } from "./core/serviceaccount.ts";
import { endpointSliceKind } from "./discovery/endpointslice.ts";
import type { AlternateVersion, Kind, KubeObject } from "./kind.ts";

/** A kind whose object type is not known at compile time. */
export type AnyKind = Kind<KubeObject>;

/** Forgets the object type. Sound as long as the kind is handed only its own objects, which its caller looks up by it. */
const untyped = <T extends KubeObject>(kind: Kind<T>): AnyKind => kind as unknown as AnyKind;

export const builtinKinds: readonly AnyKind[] = [
  untyped(namespaceKind),
  untyped(nodeKind),
  untyped(podKind),
  untyped(serviceKind),
  untyped(endpointsKind),
  untyped(configMapKind),
  untyped(secretKind),
  untyped(eventKind),
  untyped(serviceAccountKind),
  untyped(daemonSetKind),
  untyped(deploymentKind),
  untyped(replicaSetKind),
  untyped(statefulSetKind),
  untyped(controllerRevisionKind),
  untyped(endpointSliceKind),
  untyped(leaseKind),
];

/** A kind as served under one group and version. */
export interface ServedKind {
  readonly kind: AnyKind;
  readonly group: string;
  readonly version: string;
  /** Absent when this is the storage version. */
  readonly alternate?: AlternateVersion<KubeObject>;
}

/** Every kind under every group and version it is served in. */
const servedKinds: readonly ServedKind[] = builtinKinds.flatMap((kind) => [
  { kind, group: kind.group, version: kind.version },
  ...(kind.alternates ?? []).map((alternate) => ({
    kind,
    group: alternate.group,
    version: alternate.version,
    alternate,
  })),
]);

const byResource = new Map(servedKinds.map((s) => [`${s.group}/${s.version}/${s.kind.plural}`, s]));
const byKind = new Map(servedKinds.map((s) => [`${s.group}/${s.version}/${s.kind.kind}`, s]));

/** @param plural as in paths: `deployments` */
export const kindByResource = (group: string, version: string, plural: string): ServedKind | undefined =>
  byResource.get(`${group}/${version}/${plural}`);

/** @param name as in `kind:` */
export const kindByName = (group: string, version: string, name: string): ServedKind | undefined =>
  byKind.get(`${group}/${version}/${name}`);

/** What a person types: a plural, a singular, a short name or a kind, in any case; `deployments.apps` as well. */
export function kindByAlias(alias: string): AnyKind | undefined {
  const [name = "", ...group] = alias.toLowerCase().split(".");
  return builtinKinds.find(
    (kind) =>
      (group.length === 0 || group.join(".") === kind.group || group.join(".") === `${kind.version}.${kind.group}`) &&
      (kind.plural === name ||
        kind.singular === name ||
        kind.kind.toLowerCase() === name ||
        kind.shortNames.includes(name)),
  );
}

/** The kinds that `kubectl get <category>` means. */
export const kindsInCategory = (category: string): readonly AnyKind[] =>
  builtinKinds.filter((kind) => kind.categories.includes(category));
