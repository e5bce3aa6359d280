/** Items of lists without the fields that identify them. What is expected was recorded from kube-apiserver 1.34. */
import { expect, test } from "vitest";
import { deploymentKind } from "../../api/apps/deployment.ts";
import { serviceAccountKind } from "../../api/core/serviceaccount.ts";
import { testRegistry } from "../../testing/registry-fixture.ts";

const deployment = (container: object, spec: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [container], ...spec } },
  },
});

async function applying() {
  const { registry, ctx } = await testRegistry();
  return (body: object, kind: "deployment" | "serviceaccount" = "deployment") =>
    kind === "deployment"
      ? registry.patch(
          deploymentKind,
          { namespace: "default", name: "web" },
          { type: "apply", body, fieldManager: "me" },
          ctx,
        )
      : registry.patch(
          serviceAccountKind,
          { namespace: "default", name: "web" },
          { type: "apply", body, fieldManager: "me" },
          ctx,
        );
}

const invalid = (why: string) => ({ code: 422, message: `Deployment.apps "web" is invalid: ${why}` });
const at = "spec.template.spec";

test.each([
  ["a name", deployment({ image: "i" }), `${at}.containers[0].name: Required value`],
  ["a name that is null", deployment({ name: null, image: "i" }), `${at}.containers[0].name: Required value`],
  [
    "a variable's name",
    deployment({ name: "c", image: "i", env: [{ value: "x" }] }),
    `${at}.containers[0].env[0].name: Required value`,
  ],
  [
    "a port's number",
    deployment({ name: "c", image: "i", ports: [{ name: "x" }] }),
    `${at}.containers[0].ports[0].containerPort: Required value`,
  ],
  [
    "a volume's name",
    deployment({ name: "c", image: "i" }, { volumes: [{ emptyDir: {} }] }),
    `${at}.volumes[0].name: Required value`,
  ],
])("without %s the object is invalid, as it would be when created", async (_, body, why) => {
  await expect((await applying())(body)).rejects.toMatchObject(invalid(why));
});

test("where the empty name is a name, it identifies", async () => {
  const apply = await applying();
  const { stored } = await apply(deployment({ name: "c", image: "i" }, { imagePullSecrets: [{ name: "a" }, {}] }));
  const fields = JSON.stringify(stored.object.metadata?.managedFields?.[0]?.fieldsV1);
  expect(fields).toContain(String.raw`"f:imagePullSecrets":{"k:{\"name\":\"\"}":{},"k:{\"name\":\"a\"}":{}}`);
});

test("two items without a name are the same one twice", async () => {
  const body = deployment({ image: "i" });
  body.spec.template.spec.containers.push({ image: "j" });
  await expect((await applying())(body)).rejects.toMatchObject({
    code: 500,
    message: expect.stringContaining('.spec.template.spec.containers: duplicate entries for key [name=""]'),
  });
});

test("a key that has no default must be there", async () => {
  const body = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "web" }, secrets: [{ kind: "x" }] };
  await expect((await applying())(body, "serviceaccount")).rejects.toMatchObject({
    code: 500,
    message:
      "failed to create typed patch object (/web; /v1, Kind=ServiceAccount): .secrets: element 0: associative list with keys " +
      `has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)`,
  });
});

test.each([
  [{ name: "c", image: {} }, "image: expected string, got &value.valueUnstructured{Value:map[string]interface {}{}}"],
  [
    { name: "c", image: [5, { b: null, a: "x" }] },
    'image: expected string, got &value.valueUnstructured{Value:[]interface {}{5, map[string]interface {}{"a":"x", "b":interface {}(nil)}}}',
  ],
  [{ name: "c", image: "i", command: { a: 1 } }, "command: expected list, got &{map[a:1]}"],
  [{ name: "c", image: "i", env: { b: 1, a: [1, null] } }, "env: expected list, got &{map[a:[1 <nil>] b:1]}"],
])("a value of the wrong type is shown as Go prints it: %o", async (container, why) => {
  await expect((await applying())(deployment(container))).rejects.toMatchObject({
    code: 500,
    message:
      "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): " +
      `.spec.template.spec.containers[name="c"].${why}`,
  });
});
