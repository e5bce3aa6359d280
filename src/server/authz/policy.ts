/**
 * Who may do what, without any object in the store: the cluster's own components, each with only what it needs.
 * Shaped like upstream's bootstrap policy (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy`).
 */
import type { PolicyRule } from "./authorizer.ts";

export interface Grant {
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  /** Absent: everywhere. */
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
}

const read = ["get", "list", "watch"];
const on = (verbs: readonly string[], apiGroup: string, ...resources: string[]): PolicyRule => ({
  verbs,
  apiGroups: [apiGroup],
  resources,
});
const events: PolicyRule = {
  verbs: ["create", "patch", "update"],
  apiGroups: ["", "events.k8s.io"],
  resources: ["events"],
};
const reviews = [
  on(["create"], "authentication.k8s.io", "tokenreviews"),
  on(["create"], "authorization.k8s.io", "subjectaccessreviews"),
];
const leases = on([...read, "create", "update", "patch"], "coordination.k8s.io", "leases");

/** Paths that anyone may read who has credentials. */
const discovery: PolicyRule = {
  verbs: ["get", "head"],
  nonResourceURLs: [
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
  ],
};

const selfReviews: readonly PolicyRule[] = [
  on(["create"], "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
  on(["create"], "authentication.k8s.io", "selfsubjectreviews"),
];

const controllerManager: readonly PolicyRule[] = [
  // Garbage collection and namespace deletion work on every kind there is.
  { verbs: [...read, "update", "patch", "delete", "deletecollection"], apiGroups: ["*"], resources: ["*"] },
  on(
    ["create"],
    "",
    "pods",
    "persistentvolumeclaims",
    "endpoints",
    "serviceaccounts",
    "configmaps",
    "secrets",
    "serviceaccounts/token",
  ),
  on(["create"], "apps", "replicasets", "controllerrevisions"),
  on(["create"], "batch", "jobs"),
  on(["create"], "discovery.k8s.io", "endpointslices"),
  on(["create"], "policy", "pods/eviction"),
  on(["create"], "", "pods/eviction"),
  on(["update"], "", "namespaces/finalize"),
  leases,
  events,
  ...reviews,
  { verbs: ["get"], nonResourceURLs: ["*"] },
];

const scheduler: readonly PolicyRule[] = [
  on([...read, "delete"], "", "pods"),
  on(["create"], "", "bindings", "pods/binding"),
  on(["patch", "update"], "", "pods/status"),
  on(
    read,
    "",
    "nodes",
    "namespaces",
    "services",
    "replicationcontrollers",
    "persistentvolumes",
    "persistentvolumeclaims",
  ),
  on(read, "apps", "replicasets", "statefulsets"),
  on(read, "policy", "poddisruptionbudgets"),
  on(read, "storage.k8s.io", "*"),
  leases,
  events,
  ...reviews,
];

/** wherry's own: undoes failed rollouts and records change-causes (`controllers/rolloutguard`). */
const rolloutGuard: readonly PolicyRule[] = [
  on(["list", "watch", "update"], "apps", "deployments", "replicasets"),
  events,
];

/** A node's agent also is its service proxy and its DNS server, hence services, slices, nodes and namespaces. */
export const nodeRules: readonly PolicyRule[] = [
  ...reviews,
  on(read, "", "services", "endpoints", "namespaces", "nodes"),
  on(read, "discovery.k8s.io", "endpointslices"),
  on(["create", "update", "patch"], "", "nodes"),
  on(["update", "patch"], "", "nodes/status"),
  on([...read, "create", "delete"], "", "pods"),
  on(["update", "patch"], "", "pods/status"),
  on(["create"], "", "pods/eviction", "serviceaccounts/token"),
  on(read, "", "secrets", "configmaps"),
  on(["get"], "", "persistentvolumeclaims", "persistentvolumes"),
  on(["get", "create", "update", "patch", "delete"], "coordination.k8s.io", "leases"),
  on(read, "node.k8s.io", "runtimeclasses"),
  events,
];

const revisions = on([...read, "create", "update", "patch", "delete"], "apps", "controllerrevisions");
const theirPods = on([...read, "create", "update", "patch", "delete"], "", "pods");
/** A controller that runs on its own, under the account that upstream's controller manager gives it. */
const controller = (name: string, ...rules: PolicyRule[]): Grant => ({
  users: [`system:serviceaccount:kube-system:${name}`],
  rules: [...rules, events],
});

const controllers: readonly Grant[] = [
  controller(
    "deployment-controller",
    on([...read, "update"], "apps", "deployments"),
    on(["update"], "apps", "deployments/status"),
    on([...read, "create", "update", "patch", "delete"], "apps", "replicasets"),
    on(read, "", "pods"),
  ),
  controller(
    "replicaset-controller",
    on(read, "apps", "replicasets"),
    on(["update"], "apps", "replicasets/status"),
    on([...read, "create", "patch", "delete"], "", "pods"),
  ),
  controller(
    "statefulset-controller",
    on(read, "apps", "statefulsets"),
    on(["update"], "apps", "statefulsets/status"),
    revisions,
    theirPods,
    on(["get", "create"], "", "persistentvolumeclaims"),
  ),
  controller(
    "daemon-set-controller",
    on(read, "apps", "daemonsets"),
    on(["update"], "apps", "daemonsets/status"),
    revisions,
    theirPods,
    on(read, "", "nodes"),
  ),
  controller("generic-garbage-collector", {
    verbs: [...read, "patch", "update", "delete"],
    apiGroups: ["*"],
    resources: ["*"],
  }),
];

export const builtInPolicy: readonly Grant[] = [
  { groups: ["system:masters"], rules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], nonResourceURLs: ["*"] }] },
  { groups: ["system:authenticated"], rules: [discovery, ...selfReviews] },
  {
    groups: ["system:serviceaccounts"],
    rules: [{ verbs: ["get"], nonResourceURLs: ["/.well-known/openid-configuration", "/openid/v1/jwks"] }],
  },
  {
    groups: ["system:monitoring"],
    rules: [{ verbs: ["get"], nonResourceURLs: ["/metrics", "/livez/*", "/readyz/*", "/healthz/*"] }],
  },
  { users: ["system:kube-controller-manager"], rules: controllerManager },
  { users: ["system:kube-scheduler"], rules: scheduler },
  { users: ["system:rollout-guard"], rules: rolloutGuard },
  ...controllers,
];
