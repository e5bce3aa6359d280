/**
 * What kustomize knows of the built-in kinds. It carries the schema of Kubernetes 1.21.2, so that lists which merge
 * only since then are replaced as a whole, and kinds that came later have no schema at all.
 */

/** A list whose items merge by these keys; with no key, a list of scalars that unites. */
interface MergedList {
  readonly keys: readonly string[];
  /** The type of the items, where something merges in them too. */
  readonly items?: string;
}

/** Of each type only the fields that merge, or in which something merges. */
export type MergeType = Readonly<Record<string, MergedList | string>>;

const by = (keys: string, items?: string): MergedList => ({ keys: keys.split(" "), ...(items ? { items } : {}) });
const united: MergedList = { keys: [] };
const conditions = { conditions: by("type") };

const container: MergeType = {
  env: by("name"),
  volumeDevices: by("devicePath"),
  volumeMounts: by("mountPath"),
};

export const mergeTypes: Readonly<Record<string, MergeType>> = {
  ObjectMeta: { finalizers: united, ownerReferences: by("uid") },
  Conditions: conditions,
  Container: { ...container, ports: by("containerPort protocol") },
  EphemeralContainer: container,
  Volume: { ephemeral: "EphemeralVolumeSource" },
  EphemeralVolumeSource: { volumeClaimTemplate: "Metadata" },
  Metadata: { metadata: "ObjectMeta" },
  PodSpec: {
    containers: by("name", "Container"),
    ephemeralContainers: by("name", "EphemeralContainer"),
    hostAliases: by("ip"),
    imagePullSecrets: by("name"),
    initContainers: by("name", "Container"),
    topologySpreadConstraints: by("topologyKey whenUnsatisfiable"),
    volumes: by("name", "Volume"),
  },
  PodStatus: { ...conditions, podIPs: by("ip") },
  PodTemplate: { metadata: "ObjectMeta", spec: "PodSpec" },
  Templated: { template: "PodTemplate" },
  JobTemplate: { metadata: "ObjectMeta", spec: "Templated" },
  CronJobSpec: { jobTemplate: "JobTemplate" },
  ServiceSpec: { ports: by("port protocol") },
  NodeSpec: { podCIDRs: united },
  NodeStatus: { ...conditions, addresses: by("type") },
  CSINodeSpec: { drivers: by("name") },
};

const metadata = { metadata: "ObjectMeta" };
const workload: MergeType = { ...metadata, spec: "Templated", status: "Conditions" };
const withConditions: MergeType = { ...metadata, status: "Conditions" };
const webhooks: MergeType = { ...metadata, webhooks: by("name") };

/** The kinds with more to merge than their metadata, in any version. */
const special: Readonly<Record<string, MergeType>> = {
  " ComponentStatus": { ...metadata, ...conditions },
  " Namespace": withConditions,
  " Node": { ...metadata, spec: "NodeSpec", status: "NodeStatus" },
  " PersistentVolumeClaim": withConditions,
  " Pod": { ...metadata, spec: "PodSpec", status: "PodStatus" },
  " PodTemplate": { ...metadata, template: "PodTemplate" },
  " ReplicationController": workload,
  " Service": { ...metadata, spec: "ServiceSpec", status: "Conditions" },
  " ServiceAccount": { ...metadata, secrets: by("name") },
  "admissionregistration.k8s.io MutatingWebhookConfiguration": webhooks,
  "admissionregistration.k8s.io ValidatingWebhookConfiguration": webhooks,
  "apiregistration.k8s.io APIService": withConditions,
  "apps DaemonSet": workload,
  "apps Deployment": workload,
  "apps ReplicaSet": workload,
  "apps StatefulSet": workload,
  "batch CronJob": { ...metadata, spec: "CronJobSpec" },
  "batch Job": workload,
  "policy PodDisruptionBudget": withConditions,
  "storage.k8s.io CSINode": { ...metadata, spec: "CSINodeSpec" },
};

/** Every kind by group and version; one with a minus in front lives outside of namespaces. */
const kinds: Readonly<Record<string, string>> = {
  v1:
    "Binding -ComponentStatus ConfigMap Endpoints Event LimitRange -Namespace -Node -PersistentVolume " +
    "PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount",
  "admissionregistration.k8s.io/v1": "-MutatingWebhookConfiguration -ValidatingWebhookConfiguration",
  "admissionregistration.k8s.io/v1beta1": "-MutatingWebhookConfiguration -ValidatingWebhookConfiguration",
  "apiextensions.k8s.io/v1": "-CustomResourceDefinition",
  "apiextensions.k8s.io/v1beta1": "-CustomResourceDefinition",
  "apiregistration.k8s.io/v1": "-APIService",
  "apiregistration.k8s.io/v1beta1": "-APIService",
  "apps/v1": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
  "authentication.k8s.io/v1": "TokenRequest TokenReview",
  "authentication.k8s.io/v1beta1": "TokenReview",
  "authorization.k8s.io/v1":
    "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
  "authorization.k8s.io/v1beta1":
    "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
  "autoscaling/v1": "HorizontalPodAutoscaler Scale",
  "autoscaling/v2beta1": "HorizontalPodAutoscaler",
  "autoscaling/v2beta2": "HorizontalPodAutoscaler",
  "batch/v1": "CronJob Job",
  "batch/v1beta1": "CronJob",
  "certificates.k8s.io/v1": "-CertificateSigningRequest",
  "certificates.k8s.io/v1beta1": "-CertificateSigningRequest",
  "coordination.k8s.io/v1": "Lease",
  "coordination.k8s.io/v1beta1": "Lease",
  "discovery.k8s.io/v1": "EndpointSlice",
  "discovery.k8s.io/v1beta1": "EndpointSlice",
  "events.k8s.io/v1": "Event",
  "events.k8s.io/v1beta1": "Event",
  "extensions/v1beta1": "Ingress",
  "flowcontrol.apiserver.k8s.io/v1beta1": "-FlowSchema -PriorityLevelConfiguration",
  "networking.k8s.io/v1": "Ingress -IngressClass NetworkPolicy",
  "networking.k8s.io/v1beta1": "Ingress -IngressClass",
  "node.k8s.io/v1": "-RuntimeClass",
  "node.k8s.io/v1beta1": "-RuntimeClass",
  "policy/v1": "PodDisruptionBudget",
  "policy/v1beta1": "Eviction PodDisruptionBudget -PodSecurityPolicy",
  "rbac.authorization.k8s.io/v1": "-ClusterRole -ClusterRoleBinding Role RoleBinding",
  "rbac.authorization.k8s.io/v1beta1": "-ClusterRole -ClusterRoleBinding Role RoleBinding",
  "scheduling.k8s.io/v1": "-PriorityClass",
  "scheduling.k8s.io/v1beta1": "-PriorityClass",
  "storage.k8s.io/v1": "-CSIDriver -CSINode -StorageClass -VolumeAttachment",
  "storage.k8s.io/v1beta1": "-CSIDriver -CSINode CSIStorageCapacity -StorageClass -VolumeAttachment",
};

let scopes: Map<string, boolean> | undefined;

/** Does a built-in kind live in namespaces? Undefined for one that is not known. */
export function isNamespaced(apiVersion: string, kind: string): boolean | undefined {
  scopes ??= new Map(
    Object.entries(kinds).flatMap(([version, names]) =>
      names.split(" ").map((name): [string, boolean] => [`${version} ${name.replace("-", "")}`, !name.startsWith("-")]),
    ),
  );
  return scopes.get(`${apiVersion} ${kind}`);
}

/** What merges in a built-in kind; undefined for one that is not known. */
export function mergeTypeOfKind(apiVersion: string, kind: string): MergeType | undefined {
  if (isNamespaced(apiVersion, kind) === undefined) return undefined;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return special[`${group} ${kind}`] ?? metadata;
}
