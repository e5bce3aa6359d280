/** Numbers that JavaScript would round: refused by name, and never kept as another. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { testServer } from "../src/testing/server-fixture.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const at = (resource: string) => `/api/v1/namespaces/default/${resource}`;
const send = (method: string, path: string, body: string, type = "application/json") =>
  server.call(path, { method, headers: { "content-type": type }, body });
const pod = (spec: string, container = "") =>
  `{"metadata":{"name":"big"},"spec":{${spec}"containers":[{"name":"c","image":"i"${container}}]}}`;
const refused = (kind: string, field: string, type: string) => ({
  code: 400,
  reason: "BadRequest",
  message: `${kind} in version "v1" cannot be handled as a ${kind}: json: cannot unmarshal number into Go struct field ${field} of type ${type}: integers beyond 9007199254740991 would be rounded`,
});
const big = "9007199254740993";

test.each([
  [
    "configmaps",
    `{"metadata":{"name":"big","generation":${big}}}`,
    refused("ConfigMap", "ObjectMeta.metadata.generation", "int64"),
  ],
  [
    "configmaps",
    `{"metadata":{"name":"big","generation":-${big}}}`,
    refused("ConfigMap", "ObjectMeta.metadata.generation", "int64"),
  ],
  [
    "configmaps",
    '{"metadata":{"name":"big","generation":9223372036854775807}}',
    refused("ConfigMap", "ObjectMeta.metadata.generation", "int64"),
  ],
  [
    "pods",
    pod(`"terminationGracePeriodSeconds":${big},`),
    refused("Pod", "PodSpec.spec.terminationGracePeriodSeconds", "int64"),
  ],
  [
    "pods",
    pod(`"securityContext":{"runAsUser":${big}},`),
    refused("Pod", "PodSecurityContext.spec.securityContext.runAsUser", "int64"),
  ],
  [
    "pods",
    pod("", `,"resources":{"limits":{"memory":${big}}}`),
    refused("Pod", "ResourceRequirements.spec.containers.resources.limits", "resource.Quantity"),
  ],
])("in %s: %s", async (resource, body, status) => {
  for (const type of ["application/json", "application/yaml"]) {
    const answer = await send("POST", at(resource), body, type);
    expect([answer.status, answer.json()]).toEqual([400, expect.objectContaining(status)]);
  }
});

test("in patches, applied configurations and free form", async () => {
  await send("POST", at("configmaps"), '{"metadata":{"name":"there"}}');
  const patch = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"there","deletionGracePeriodSeconds":${big}}}`;
  for (const type of ["merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"]) {
    const query = type.startsWith("apply") ? "?fieldManager=m&force=true" : "";
    const answer = await send("PATCH", `${at("configmaps/there")}${query}`, patch, `application/${type}`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.json().message).toContain("metadata.deletionGracePeriodSeconds");
    expect(answer.json().message).toContain("integers beyond 9007199254740991 would be rounded");
  }
  const revision = await send(
    "POST",
    "/apis/apps/v1/namespaces/default/controllerrevisions",
    `{"metadata":{"name":"r"},"revision":1,"data":{"a":[${big}]}}`,
  );
  expect(revision.json().message).toContain("integers beyond 9007199254740991 would be rounded");
});

test("the largest that is exact, a quoted quantity and floats are kept", async () => {
  const exact = await send("POST", at("configmaps"), '{"metadata":{"name":"exact","generation":9007199254740991}}');
  expect(exact.json().metadata.generation).toBe(9007199254740991);
  const quoted = await send("POST", `${at("pods")}?dryRun=All`, pod("", `,"resources":{"limits":{"memory":"${big}"}}`));
  expect(quoted.json().spec.containers[0].resources.limits.memory).toBe(big);
});

test.each(["9007199254740991", "9223372036854775807", "300000000000"])(
  "a grace period of %s seconds",
  async (seconds) => {
    await send("POST", at("pods"), pod('"nodeName":"n",').replace('"big"', `"p${seconds}"`));
    const answer = await server.call(`${at(`pods/p${seconds}`)}?gracePeriodSeconds=${seconds}`, { method: "DELETE" });
    expect(answer.json()).toMatchObject({
      code: 422,
      reason: "Invalid",
      message: expect.stringMatching(
        /DeleteOptions.* is invalid: gracePeriodSeconds: Invalid value: \d+: must end before the year 10000$/,
      ),
    });
    expect((await server.call(at(`pods/p${seconds}`))).json().metadata).not.toHaveProperty("deletionTimestamp");
  },
);
