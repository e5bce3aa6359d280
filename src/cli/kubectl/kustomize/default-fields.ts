/** Which fields of which kinds kustomize changes without being told (api `konfig/builtinpluginconsts`). */
import type { FieldSpec } from "./kustomization.ts";
import type { NameReference, TransformerConfig } from "./transformer-config.ts";

/** Where the pod spec of a kind is. */
const podSpecs: Readonly<Record<string, string>> = {
  Pod: "spec",
  PodTemplate: "template/spec",
  Deployment: "spec/template/spec",
  ReplicaSet: "spec/template/spec",
  DaemonSet: "spec/template/spec",
  StatefulSet: "spec/template/spec",
  Job: "spec/template/spec",
  CronJob: "spec/jobTemplate/spec/template/spec",
};

const spec = (path: string, kind = "", group = "", version = ""): FieldSpec => ({
  path,
  ...(kind && { kind }),
  ...(group && { group }),
  ...(version && { version }),
});

const create = (field: FieldSpec): FieldSpec => ({ ...field, create: true });

const inPodSpecs = (paths: readonly string[], without: readonly string[] = []): FieldSpec[] =>
  Object.entries(podSpecs)
    .filter(([kind]) => !without.includes(kind))
    .flatMap(([kind, at]) => paths.map((path) => spec(`${at}/${path}`, kind, "", kind === "Pod" ? "v1" : "")));

const environment = (source: "configMap" | "secret"): string[] =>
  ["containers", "initContainers"].flatMap((list) => [
    `${list}/env/valueFrom/${source}KeyRef/name`,
    `${list}/envFrom/${source}Ref/name`,
  ]);

const templates = (what: string): FieldSpec[] => [
  create(spec(`metadata/${what}`)),
  create(spec(`spec/template/metadata/${what}`, "ReplicationController", "", "v1")),
  ...["Deployment", "ReplicaSet", "DaemonSet"].map((kind) => create(spec(`spec/template/metadata/${what}`, kind))),
  create(spec(`spec/template/metadata/${what}`, "StatefulSet", what === "labels" ? "apps" : "")),
  create(spec(`spec/template/metadata/${what}`, "Job", "batch")),
  create(spec(`spec/jobTemplate/metadata/${what}`, "CronJob", "batch")),
  create(spec(`spec/jobTemplate/spec/template/metadata/${what}`, "CronJob", "batch")),
];

const labels: FieldSpec[] = [
  ...templates("labels"),
  create(spec("spec/volumeClaimTemplates[]/metadata/labels", "StatefulSet", "apps")),
];

/** Label selectors in the affinities and the spreading of pods. */
const selectorsInPods = [
  ...["podAffinity", "podAntiAffinity"].flatMap((affinity) => [
    `affinity/${affinity}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
    `affinity/${affinity}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
  ]),
  "topologySpreadConstraints/labelSelector/matchLabels",
];

const selectors: FieldSpec[] = [
  create(spec("spec/selector", "Service", "", "v1")),
  create(spec("spec/selector", "ReplicationController", "", "v1")),
  create(spec("spec/selector/matchLabels", "Deployment")),
  create(spec("spec/selector/matchLabels", "ReplicaSet")),
  create(spec("spec/selector/matchLabels", "DaemonSet")),
  create(spec("spec/selector/matchLabels", "StatefulSet", "apps")),
  ...["Deployment", "StatefulSet"].flatMap((kind) =>
    selectorsInPods.map((path) => spec(`spec/template/spec/${path}`, kind, "apps")),
  ),
  spec("spec/selector/matchLabels", "Job", "batch"),
  spec("spec/jobTemplate/spec/selector/matchLabels", "CronJob", "batch"),
  spec("spec/selector/matchLabels", "PodDisruptionBudget", "policy"),
  ...["podSelector", "ingress/from/podSelector", "egress/to/podSelector"].map((path) =>
    spec(`spec/${path}/matchLabels`, "NetworkPolicy", "networking.k8s.io"),
  ),
];

const refers = (kind: string, group: string, version: string, fieldSpecs: readonly FieldSpec[]): NameReference => ({
  kind,
  ...(group && { group }),
  ...(version && { version }),
  fieldSpecs,
});

/** Where pods of most kinds name something. A pod template does not count here, a replication controller does. */
const inWorkloads = (path: string, without: readonly string[] = []): FieldSpec[] =>
  ["Pod", "StatefulSet", "Deployment", "ReplicationController", "CronJob", "Job", "DaemonSet"]
    .filter((kind) => !without.includes(kind))
    .map((kind) => spec(`${podSpecs[kind] ?? "spec/template/spec"}/${path}`, kind));

const ingress = (name: string) => spec(`metadata/annotations/${name.replace("/", "\\/")}`, "Ingress");
const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io";
const resourceNames = ["Role", "ClusterRole"].map((kind) => spec("rules/resourceNames", kind));

const nameReference: NameReference[] = [
  ...["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map((kind) =>
    refers(kind, "", "", [spec("spec/scaleTargetRef/name", "HorizontalPodAutoscaler")]),
  ),
  refers("ConfigMap", "", "v1", [
    ...inPodSpecs(["volumes/configMap/name", ...environment("configMap"), "volumes/projected/sources/configMap/name"]),
    spec("spec/configSource/configMap", "Node"),
    ...resourceNames,
    ingress("nginx.ingress.kubernetes.io/fastcgi-params-configmap"),
  ]),
  refers("Secret", "", "v1", [
    ...inPodSpecs([
      "volumes/secret/secretName",
      ...environment("secret"),
      "imagePullSecrets/name",
      "volumes/projected/sources/secret/name",
    ]),
    spec("spec/tls/secretName", "Ingress"),
    ingress("ingress.kubernetes.io/auth-secret"),
    ingress("nginx.ingress.kubernetes.io/auth-secret"),
    ingress("nginx.ingress.kubernetes.io/auth-tls-secret"),
    spec("imagePullSecrets/name", "ServiceAccount"),
    ...["secretName", "adminSecretName", "userSecretName", "secretRef"].map((key) =>
      spec(`parameters/${key}`, "StorageClass"),
    ),
    ...resourceNames,
    spec("spec/template/spec/containers/env/valueFrom/secretKeyRef/name", "Service", "serving.knative.dev", "v1"),
    spec("spec/azureFile/secretName", "PersistentVolume"),
  ]),
  refers("Service", "", "v1", [
    spec("spec/serviceName", "StatefulSet", "apps"),
    ...["rules/http/paths/backend/serviceName", "backend/serviceName", "rules/http/paths/backend/service/name"].map(
      (path) => spec(`spec/${path}`, "Ingress"),
    ),
    spec("spec/defaultBackend/service/name", "Ingress"),
    spec("spec/service/name", "APIService", "apiregistration.k8s.io"),
    spec("webhooks/clientConfig/service", "ValidatingWebhookConfiguration", admission),
    spec("webhooks/clientConfig/service", "MutatingWebhookConfiguration", admission),
  ]),
  refers("Role", rbac, "", [spec("roleRef/name", "RoleBinding", rbac)]),
  refers("ClusterRole", rbac, "", [
    spec("roleRef/name", "RoleBinding", rbac),
    spec("roleRef/name", "ClusterRoleBinding", rbac),
  ]),
  refers("ServiceAccount", "", "v1", [
    spec("subjects", "RoleBinding", rbac),
    spec("subjects", "ClusterRoleBinding", rbac),
    ...inWorkloads("serviceAccountName"),
  ]),
  refers("PersistentVolumeClaim", "", "v1", inWorkloads("volumes/persistentVolumeClaim/claimName")),
  refers("PersistentVolume", "", "v1", [
    spec("spec/volumeName", "PersistentVolumeClaim"),
    spec("rules/resourceNames", "ClusterRole"),
  ]),
  refers("StorageClass", "storage.k8s.io", "v1", [
    spec("spec/storageClassName", "PersistentVolume"),
    spec("spec/storageClassName", "PersistentVolumeClaim"),
    spec("spec/volumeClaimTemplates/spec/storageClassName", "StatefulSet"),
  ]),
  refers("PriorityClass", "scheduling.k8s.io", "v1", inWorkloads("priorityClassName")),
  // The group is upstream's own slip: no class is ever of it.
  refers("IngressClass", "networking.k8s.io/v1", "v1", [spec("spec/ingressClassName", "Ingress")]),
  refers("ValidatingAdmissionPolicy", admission, "", [
    spec("spec/policyName", "ValidatingAdmissionPolicyBinding", admission),
  ]),
];

const inContainers = ["containers", "initContainers"].flatMap((list) =>
  ["args", "command", "env/value", "volumeMounts/mountPath"].map((path) => `${list}/${path}`),
);
const nfsServers: Readonly<Record<string, string>> = {
  CronJob: "spec/jobTemplate/spec/template/volumes/nfs/server",
  StatefulSet: "spec/volumeClaimTemplates/spec/nfs/server",
};

const varReference: FieldSpec[] = [
  ...Object.entries(podSpecs)
    .filter(([kind]) => kind !== "PodTemplate")
    .flatMap(([kind, at]) => [
      ...inContainers.map((path) => spec(`${at}/${path}`, kind)),
      spec(nfsServers[kind] ?? `${at}/volumes/nfs/server`, kind),
    ]),
  spec("spec/template/metadata/annotations", "Deployment"),
  ...["rules/host", "tls/hosts", "tls/secretName"].map((path) => spec(`spec/${path}`, "Ingress")),
  spec("spec/ports/port", "Service"),
  spec("spec/ports/targetPort", "Service"),
  spec("spec/nfs/server", "PersistentVolume"),
  spec("metadata/labels"),
  spec("metadata/annotations"),
];

const images = ["spec", "spec/template/spec"].flatMap((at) =>
  ["containers[]/image", "initContainers[]/image", "volumes[]/image/reference"].map((path) =>
    create(spec(`${at}/${path}`)),
  ),
);

export const defaultFields: TransformerConfig = {
  namePrefix: [spec("metadata/name")],
  nameSuffix: [spec("metadata/name")],
  namespace: [
    create(spec("metadata/name", "Namespace")),
    create(spec("spec/service/namespace", "APIService", "apiregistration.k8s.io")),
    spec("spec/conversion/webhook/clientConfig/service/namespace", "CustomResourceDefinition", "apiextensions.k8s.io"),
  ],
  commonLabels: [...selectors, ...labels],
  labels: [],
  templateLabels: labels,
  commonAnnotations: templates("annotations"),
  nameReference,
  varReference,
  images,
  replicas: ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map((kind) =>
    create(spec("spec/replicas", kind)),
  ),
};
