/**
 * How lists and objects merge under server-side apply and strategic merge patch, as upstream's Go types mark them
 * (`+listType`, `+listMapKey`, `+mapType`, `patchStrategy`, `patchMergeKey`). The generated schema has the fields but
 * not these marks. A list that is not named here is atomic.
 */
import type { ListType } from "./schema.ts";

interface MergeRule {
  readonly listType?: ListType;
  readonly mapKeys?: readonly string[];
  readonly mapType?: "atomic";
  readonly patchStrategy?: readonly ("merge" | "replace" | "retainKeys")[];
  readonly patchMergeKey?: string;
}

/** A list whose items are told apart by one key, for apply and patch alike. */
const keyed = (key: string): MergeRule => ({
  listType: "map",
  mapKeys: [key],
  patchStrategy: ["merge"],
  patchMergeKey: key,
});
/** The same, and a patched item keeps only the keys that the patch names. */
const keyedRetaining = (key: string): MergeRule => ({ ...keyed(key), patchStrategy: ["merge", "retainKeys"] });
/** Told apart by several keys under apply, by the first alone in a strategic merge patch. */
const keyedBy = (key: string, ...more: string[]): MergeRule => ({ ...keyed(key), mapKeys: [key, ...more] });
/** Only server-side apply merges it. */
const applied = (...keys: string[]): MergeRule => ({ listType: "map", mapKeys: keys });
/** Only strategic merge patch merges it. */
const patched = (key: string): MergeRule => ({ patchStrategy: ["merge"], patchMergeKey: key });
const set: MergeRule = { listType: "set" };
/** A set of scalars for apply and patch alike. */
const mergedSet: MergeRule = { listType: "set", patchStrategy: ["merge"] };
const atomicMap: MergeRule = { mapType: "atomic" };
const conditions = { conditions: keyed("type") };

const container = {
  env: keyed("name"),
  ports: keyedBy("containerPort", "protocol"),
  volumeDevices: keyed("devicePath"),
  volumeMounts: keyed("mountPath"),
};
const matchConditions = { matchConditions: keyed("name") };
const admissionPolicySpec = { ...matchConditions, variables: keyed("name") };
const resourceClaims = {
  AllocatedDeviceStatus: { conditions: applied("type") },
  ResourceClaimStatus: { devices: applied("driver", "device", "pool", "shareID"), reservedFor: keyed("uid") },
};

type FieldRules = Readonly<Record<string, MergeRule>>;
/** By package (below `io.k8s.api.` unless it begins with `io.`), then type, then field. */
const mergeRules: Readonly<Record<string, Readonly<Record<string, FieldRules>>>> = {
  "core.v1": {
    ComponentStatus: conditions,
    Container: container,
    ContainerRestartRuleOnExitCodes: { values: set },
    ContainerStatus: { allocatedResourcesStatus: keyed("name"), volumeMounts: keyed("mountPath") },
    EphemeralContainer: container,
    NamespaceStatus: conditions,
    NodeSpec: { podCIDRs: mergedSet },
    NodeStatus: { addresses: keyed("type"), ...conditions },
    PersistentVolumeClaimStatus: conditions,
    PodSpec: {
      containers: keyed("name"),
      ephemeralContainers: keyed("name"),
      hostAliases: keyed("ip"),
      imagePullSecrets: keyed("name"),
      initContainers: keyed("name"),
      nodeSelector: atomicMap,
      resourceClaims: keyedRetaining("name"),
      schedulingGates: keyed("name"),
      topologySpreadConstraints: keyedBy("topologyKey", "whenUnsatisfiable"),
      volumes: keyedRetaining("name"),
    },
    PodStatus: {
      ...conditions,
      hostIPs: patched("ip"),
      podIPs: keyed("ip"),
      resourceClaimStatuses: keyedRetaining("name"),
    },
    ReplicationControllerSpec: { selector: atomicMap },
    ReplicationControllerStatus: conditions,
    ResourceRequirements: { claims: applied("name") },
    ResourceStatus: { resources: applied("resourceID") },
    ServiceAccount: { secrets: keyed("name") },
    ServiceSpec: { ports: keyedBy("port", "protocol"), selector: atomicMap },
    ServiceStatus: conditions,
  },
  "apps.v1": {
    DaemonSetStatus: conditions,
    DeploymentSpec: { strategy: { patchStrategy: ["retainKeys"] } },
    DeploymentStatus: conditions,
    ReplicaSetStatus: conditions,
    StatefulSetStatus: conditions,
  },
  "batch.v1": {
    JobStatus: { conditions: patched("type") },
    PodFailurePolicyOnExitCodesRequirement: { values: set },
    UncountedTerminatedPods: { failed: set, succeeded: set },
  },
  "discovery.v1": { Endpoint: { addresses: set } },
  "autoscaling.v2": { HorizontalPodAutoscalerStatus: conditions },
  "policy.v1": {
    PodDisruptionBudgetSpec: { selector: { patchStrategy: ["replace"] } },
    PodDisruptionBudgetStatus: conditions,
  },
  "admissionregistration.v1": {
    MutatingWebhook: matchConditions,
    MutatingWebhookConfiguration: { webhooks: keyed("name") },
    ValidatingAdmissionPolicyBindingSpec: { validationActions: set },
    ValidatingAdmissionPolicySpec: admissionPolicySpec,
    ValidatingAdmissionPolicyStatus: { conditions: applied("type") },
    ValidatingWebhook: matchConditions,
    ValidatingWebhookConfiguration: { webhooks: keyed("name") },
  },
  "admissionregistration.v1alpha1": { MutatingAdmissionPolicySpec: matchConditions },
  "admissionregistration.v1beta1": { MutatingAdmissionPolicySpec: matchConditions },
  "apiserverinternal.v1alpha1": {
    ServerStorageVersion: { decodableVersions: set, servedVersions: set },
    StorageVersionStatus: { conditions: applied("type"), storageVersions: applied("apiServerID") },
  },
  "certificates.v1": { CertificateSigningRequestStatus: { conditions: applied("type") } },
  "certificates.v1alpha1": { PodCertificateRequestStatus: conditions },
  "flowcontrol.v1": {
    FlowSchemaStatus: conditions,
    NonResourcePolicyRule: { nonResourceURLs: set, verbs: set },
    PriorityLevelConfigurationStatus: conditions,
    ResourcePolicyRule: { apiGroups: set, namespaces: set, resources: set, verbs: set },
  },
  "networking.v1": { ServiceCIDRStatus: conditions },
  "networking.v1beta1": { ServiceCIDRStatus: conditions },
  "node.v1": { Scheduling: { nodeSelector: atomicMap } },
  "resource.v1": resourceClaims,
  "resource.v1beta1": resourceClaims,
  "resource.v1beta2": resourceClaims,
  "storage.v1": {
    CSIDriverSpec: { volumeLifecycleModes: set },
    CSINodeSpec: { drivers: keyed("name") },
  },
  "storagemigration.v1alpha1": {
    StorageVersionMigrationList: { items: keyed("type") },
    StorageVersionMigrationStatus: conditions,
  },
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1": {
    CustomResourceDefinitionStatus: { conditions: applied("type") },
    JSONSchemaProps: { "x-kubernetes-validations": keyed("rule") },
  },
  "io.k8s.apimachinery.pkg.apis.meta.v1": {
    ObjectMeta: { finalizers: mergedSet, ownerReferences: keyed("uid") },
  },
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1": { APIServiceStatus: conditions },
};

const admissionTypes = ["MatchResources", "NamedRuleWithOperations", "ParamKind", "ParamRef"];
/** Types that apply replaces as a whole; keyed like {@link mergeRules}. */
const atomicTypesByPackage: Readonly<Record<string, readonly string[]>> = {
  "admissionregistration.v1": [...admissionTypes, "Variable"],
  "admissionregistration.v1alpha1": admissionTypes,
  "admissionregistration.v1beta1": [...admissionTypes, "Variable"],
  "autoscaling.v1": ["CrossVersionObjectReference"],
  "core.v1": [
    ...["ConfigMapKeySelector", "FileKeySelector", "SecretKeySelector", "ObjectFieldSelector", "ResourceFieldSelector"],
    ...["LocalObjectReference", "ObjectReference", "SecretReference", "TypedLocalObjectReference"],
    ...["EndpointAddress", "EndpointPort", "NodeSelector", "NodeSelectorTerm", "ScopeSelector", "TopologySelectorTerm"],
  ],
  "discovery.v1": ["EndpointPort"],
  "networking.v1": ["ServiceBackendPort"],
  "rbac.v1": ["RoleRef", "Subject"],
  "io.k8s.apimachinery.pkg.apis.meta.v1": ["LabelSelector", "OwnerReference"],
};

/** Full name of a package of the tables above. */
const fullPackage = (name: string) => (name.startsWith("io.") ? name : `io.k8s.api.${name}`);

export const atomicTypes: ReadonlySet<string> = new Set(
  Object.entries(atomicTypesByPackage).flatMap(([name, types]) => types.map((type) => `${fullPackage(name)}.${type}`)),
);

/** The rules of a type's fields, given its full name. */
export const mergeRulesOf = (typeName: string): FieldRules => {
  const dot = typeName.lastIndexOf(".");
  const name = typeName.slice(0, dot).replace(/^io\.k8s\.api\./, "");
  return mergeRules[name]?.[typeName.slice(dot + 1)] ?? {};
};
