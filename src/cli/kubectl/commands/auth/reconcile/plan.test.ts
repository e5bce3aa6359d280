import { expect, test } from "vitest";
import { uncovered } from "./covers.ts";
import { type Binding, planBinding, planRole, type Role } from "./plan.ts";

const metadata = { name: "reader", uid: "u", resourceVersion: "7" };
const role = (fields: Partial<Role>): Role => ({ apiVersion: "v1", kind: "Role", metadata, ...fields });
const binding = (fields: Partial<Binding>): Binding => ({ apiVersion: "v1", kind: "RoleBinding", metadata, ...fields });
const get = (...resources: string[]) => ({ apiGroups: [""], resources, verbs: ["get"] });

test.each([
  [[get("pods")], [get("pods")], 0],
  [[{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }], [get("pods", "pods/log")], 0],
  [[get("*/log")], [get("pods/log")], 0],
  [[get("*/log")], [get("pods/exec")], 1],
  [[get("pods")], [{ ...get("pods"), verbs: ["get", "list"] }], 1],
  [[{ ...get("pods"), resourceNames: ["a"] }], [get("pods")], 1],
  [[get("pods")], [{ ...get("pods"), resourceNames: ["a", "b"] }], 0],
  [[{ ...get("pods"), resourceNames: ["a"] }], [{ ...get("pods"), resourceNames: ["a", "b"] }], 1],
  [[{ nonResourceURLs: ["/logs/*"], verbs: ["get"] }], [{ nonResourceURLs: ["/logs/a", "/x"], verbs: ["get"] }], 1],
  [[], [{ ...get("pods", "secrets"), apiGroups: ["", "apps"] }], 4],
])("%j leave %j with %i uncovered", (owners, rules, count) => {
  expect(uncovered(owners, rules)).toHaveLength(count);
});

test("a role keeps what it allows beside what the file has, unless that is to go", () => {
  const existing = role({ rules: [get("pods")] });
  const expected = role({ rules: [get("secrets")] });
  const union = planRole(existing, expected, false);
  expect([union.operation, (union.object as Role).rules]).toEqual(["update", [get("pods"), get("secrets")]]);
  const strict = planRole(existing, expected, true);
  expect([(strict.object as Role).rules, strict.extraRules]).toEqual([[get("secrets")], [get("pods")]]);
  expect(planRole(existing, role({ rules: [get("pods")] }), true).operation).toBe("none");
  expect(planRole(undefined, expected, false)).toMatchObject({ operation: "create", object: expected });
});

test("what others collect from is joined, or goes when the file collects nothing", () => {
  const selector = (key: string) => ({ matchLabels: { [key]: "true" } });
  const existing = role({ aggregationRule: { clusterRoleSelectors: [selector("a")] }, rules: [get("pods")] });
  const both = planRole(existing, role({ aggregationRule: { clusterRoleSelectors: [selector("b")] } }), false);
  expect((both.object as Role).aggregationRule?.clusterRoleSelectors).toEqual([selector("a"), selector("b")]);
  expect(both.extraRules).toEqual([]);
  const only = planRole(existing, role({ aggregationRule: { clusterRoleSelectors: [selector("b")] } }), true);
  expect((only.object as Role).aggregationRule?.clusterRoleSelectors).toEqual([selector("b")]);
  expect(planRole(existing, role({ rules: [get("pods")] }), false).object).not.toHaveProperty("aggregationRule");
});

test("labels that are there win, and who asks to be left alone is", () => {
  const existing = role({
    metadata: {
      ...metadata,
      labels: { a: "1" },
      annotations: { "rbac.authorization.kubernetes.io/autoupdate": "false" },
    },
  });
  const plan = planRole(existing, role({ metadata: { ...metadata, labels: { a: "2", b: "3" } } }), false);
  expect([plan.object.metadata.labels, plan.protected]).toEqual([{ a: "1", b: "3" }, true]);
});

test("a binding to another role is made anew; subjects are joined or set", () => {
  const [ann, eve] = [
    { kind: "User", name: "ann" },
    { kind: "User", name: "eve" },
  ];
  const roleRef = { kind: "Role", name: "reader" };
  const existing = binding({ roleRef, subjects: [ann] });
  expect(planBinding(existing, binding({ roleRef: { ...roleRef, name: "other" } }), false).operation).toBe("recreate");
  const union = planBinding(existing, binding({ roleRef, subjects: [eve, eve] }), false);
  expect([(union.object as Binding).subjects, union.missingSubjects]).toEqual([[ann, eve], [eve]]);
  const strict = planBinding(existing, binding({ roleRef, subjects: [eve] }), true);
  expect([(strict.object as Binding).subjects, strict.extraSubjects]).toEqual([[eve], [ann]]);
  expect(planBinding(existing, binding({ roleRef, subjects: [ann] }), true).operation).toBe("none");
});
