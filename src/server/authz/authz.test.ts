import { expect, test } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { type Attributes, assertAllowed, type ResourceAttributes } from "./authorizer.ts";
import { builtInAuthorizer } from "./built-in.ts";

const pod = (name: string, nodeName: string): Pod => ({
  metadata: { namespace: "a", name },
  spec: {
    nodeName,
    containers: [{ name: "c", env: [{ name: "E", valueFrom: { secretKeyRef: { name: "mine", key: "k" } } }] }],
    volumes: [{ name: "v", configMap: { name: "settings" } }],
  },
});
const pods = [pod("own", "n1"), pod("other", "n2")];
const authorizer = builtInAuthorizer({
  pod: async (_, name) => pods.find((p) => p.metadata?.name === name),
  hasPod: async (node, _, fits) => pods.some((p) => p.spec?.nodeName === node && fits(p)),
});

const users = {
  admin: { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] },
  nobody: { name: "x", groups: ["system:authenticated"] },
  n1: { name: "system:node:n1", groups: ["system:nodes", "system:authenticated"] },
  scheduler: { name: "system:kube-scheduler", groups: ["system:authenticated"] },
  guard: { name: "system:rollout-guard", groups: ["system:authenticated"] },
};

/** `get pods/log own` or `list pods`, in namespace `a`. */
const ask = (user: keyof typeof users, text: string, more: Partial<ResourceAttributes> = {}): Attributes => {
  const [verb = "", target = "", name = ""] = text.split(" ");
  const [resource = "", subresource = ""] = target.split("/");
  return {
    isResource: true,
    user: users[user],
    verb,
    group: "",
    version: "v1",
    resource,
    subresource,
    namespace: "a",
    name,
    path: "",
    ...more,
  };
};
const may = async (...args: Parameters<typeof ask>) => (await authorizer.authorize(ask(...args))).allowed;

test("masters may do all, others what their rules say", async () => {
  expect(await may("admin", "delete anything x")).toBe(true);
  expect(await may("nobody", "list pods")).toBe(false);
  expect(await may("scheduler", "create pods/binding own")).toBe(true);
  expect(await may("scheduler", "create pods")).toBe(false);
  const path = (user: keyof typeof users, at: string) =>
    authorizer.authorize({ isResource: false, user: users[user], verb: "get", path: at });
  expect(await path("nobody", "/apis/apps/v1")).toMatchObject({ allowed: true });
  expect(await path("nobody", "/metrics")).toMatchObject({ allowed: false });
});

test("the rollout guard updates Deployments and ReplicaSets, speaks of them, and no more", async () => {
  for (const resource of ["deployments", "replicasets"]) {
    for (const verb of ["list", "watch", "update"])
      expect(await may("guard", `${verb} ${resource}`, { group: "apps" })).toBe(true);
    for (const verb of ["create", "delete", "patch"])
      expect(await may("guard", `${verb} ${resource}`, { group: "apps" })).toBe(false);
  }
  expect(await may("guard", "update deployments/status web", { group: "apps" })).toBe(false);
  expect(await may("guard", "update statefulsets", { group: "apps" })).toBe(false);
  expect(await may("guard", "create events")).toBe(true);
  expect(await may("guard", "list pods")).toBe(false);
  expect(await may("guard", "get secrets")).toBe(false);
});

test("a node touches its own objects only", async () => {
  expect(await may("n1", "get pods own")).toBe(true);
  expect(await may("n1", "update pods/status own")).toBe(true);
  expect(await may("n1", "update pods/status other")).toBe(false);
  expect(await may("n1", "delete pods other")).toBe(false);
  expect(await may("n1", "list pods")).toBe(false);
  expect(await may("n1", "watch pods", { fieldSelector: "spec.nodeName=n1" })).toBe(true);
  expect(await may("n1", "watch pods", { fieldSelector: "spec.nodeName=n2" })).toBe(false);
  expect(await may("n1", "get secrets mine")).toBe(true);
  expect(await may("n1", "get secrets foreign")).toBe(false);
  expect(await may("n1", "list secrets")).toBe(false);
  expect(await may("n1", "get configmaps settings")).toBe(true);
  expect(await may("n1", "patch nodes/status n1", { namespace: "" })).toBe(true);
  expect(await may("n1", "patch nodes/status n2", { namespace: "" })).toBe(false);
  const lease = { group: "coordination.k8s.io", namespace: "kube-node-lease" };
  expect(await may("n1", "update leases n1", lease)).toBe(true);
  expect(await may("n1", "update leases n2", lease)).toBe(false);
  expect(await may("n1", "update leases n1", { ...lease, namespace: "a" })).toBe(false);
});

test("a node may not become another, nor take protected labels", () => {
  const attributes = ask("n1", "create nodes", { namespace: "" }) as ResourceAttributes;
  expect(() => authorizer.admit?.(attributes, { metadata: { name: "n2" } })).toThrow("is not allowed to create node");
  const labels = { "node-restriction.kubernetes.io/tier": "gold" };
  expect(() => authorizer.admit?.(attributes, { metadata: { name: "n1", labels } })).toThrow(
    "is not allowed to set the following labels: node-restriction.kubernetes.io/tier",
  );
  expect(() => authorizer.admit?.(attributes, { metadata: { name: "n1" } })).not.toThrow();
});

test("a refusal reads as upstream's", () => {
  expect(() => assertAllowed(authorizer, ask("nobody", "list pods", { namespace: "y" }))).toThrow(
    'pods is forbidden: User "x" cannot list resource "pods" in API group "" in the namespace "y"',
  );
  expect(() => assertAllowed(authorizer, ask("nobody", "get pods/log p", { namespace: "" }))).toThrow(
    'pods "p" is forbidden: User "x" cannot get resource "pods/log" in API group "" at the cluster scope',
  );
});
