/**
 * Fields that are always there upstream: structures held by value, and what is written even when it is nil or empty.
 * A writer of what is inside them does not come to own the field itself. Read from the types in `k8s.io/api`.
 */

import type { Json } from "../patch/json.ts";
import type { TypeSchema } from "./schema.ts";

type Zeros = Readonly<Record<string, Json>>;
const struct: Json = Object.freeze({});

const core = "io.k8s.api.core.v1.";
const template: Zeros = { template: struct };
const table: Readonly<Record<string, Zeros>> = {
  [`${core}PodTemplateSpec`]: { metadata: struct, spec: struct },
  [`${core}PodTemplate`]: { template: struct },
  [`${core}PodSpec`]: { containers: null },
  [`${core}Container`]: { resources: struct },
  [`${core}ServiceStatus`]: { loadBalancer: struct },
  [`${core}NodeStatus`]: { daemonEndpoints: struct, nodeInfo: struct },
  [`${core}NodeDaemonEndpoints`]: { kubeletEndpoint: struct },
  [`${core}ContainerStatus`]: { state: struct, lastState: struct },
  [`${core}Event`]: {
    involvedObject: struct,
    source: struct,
    eventTime: null,
    firstTimestamp: null,
    lastTimestamp: null,
    reportingComponent: "",
    reportingInstance: "",
  },
  [`${core}PersistentVolumeClaimSpec`]: { resources: struct },
  [`${core}LimitRangeSpec`]: { limits: null },
  "io.k8s.api.apps.v1.DeploymentSpec": { ...template, selector: null, strategy: struct },
  "io.k8s.api.apps.v1.ReplicaSetSpec": { ...template, selector: null },
  "io.k8s.api.apps.v1.StatefulSetSpec": { ...template, selector: null, serviceName: "", updateStrategy: struct },
  "io.k8s.api.apps.v1.DaemonSetSpec": { ...template, selector: null, updateStrategy: struct },
  "io.k8s.api.batch.v1.JobSpec": template,
  "io.k8s.api.batch.v1.JobTemplateSpec": { metadata: struct, spec: struct },
  "io.k8s.api.batch.v1.CronJobSpec": { jobTemplate: struct },
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec": { scaleTargetRef: struct },
  "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec": { scaleTargetRef: struct },
  "io.k8s.api.networking.v1.NetworkPolicySpec": { podSelector: struct },
  "io.k8s.api.networking.v1.IngressStatus": { loadBalancer: struct },
  "io.k8s.api.discovery.v1.EndpointSlice": { endpoints: null, ports: null },
  "io.k8s.api.rbac.v1.ClusterRole": { rules: null },
  "io.k8s.api.rbac.v1.Role": { rules: null },
  "io.k8s.api.rbac.v1.ClusterRoleBinding": { roleRef: struct },
  "io.k8s.api.rbac.v1.RoleBinding": { roleRef: struct },
};

const known = new WeakMap<TypeSchema, Zeros | undefined>();

/** The always present fields of a type with their empty values; undefined when it has none. */
export function zeroValues(schema: TypeSchema): Zeros | undefined {
  if (known.has(schema)) return known.get(schema);
  const own: Record<string, Json> = { ...table[schema.name] };
  const metadata = schema.fields.metadata;
  if (metadata?.type === "ref" && metadata.ref.endsWith(".ObjectMeta"))
    for (const name of ["metadata", "spec", "status"]) if (schema.fields[name]?.type === "ref") own[name] = struct;
  const zeros = Object.keys(own).length > 0 ? own : undefined;
  known.set(schema, zeros);
  return zeros;
}
