import { afterAll, beforeAll, expect, test } from "vitest";
import { podKind } from "../../api/core/pod.ts";
import { serviceAccountKind } from "../../api/core/serviceaccount.ts";
import { pod } from "../../testing/registry-fixture.ts";
import { testServer } from "../../testing/server-fixture.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const accounts = "/api/v1/namespaces/default/serviceaccounts";
const ask = (name: string, spec: object, as?: Parameters<typeof server.call>[1]) =>
  server.call(`${accounts}/${name}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: { spec },
    ...as,
  });
const whoAmI = (token: string) =>
  server.call("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: {},
    as: null,
  });
const createAccount = (name: string) =>
  server.registry.create(serviceAccountKind, "default", { metadata: { name } }, {}, server.ctx);

test("a token stands for its account until it ends", async () => {
  await createAccount("one");
  const { status, spec } = (await ask("one", { expirationSeconds: 600 })).json();
  expect(spec.audiences).toEqual(["https://kubernetes.default.svc.cluster.local"]);
  expect((await whoAmI(status.token)).json().status.userInfo).toMatchObject({
    username: "system:serviceaccount:default:one",
    groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
  });
  await server.clock.advance(601_000);
  expect((await whoAmI(status.token)).status).toBe(401);
});

test("a token dies with its account, even when one of the same name comes back", async () => {
  await createAccount("two");
  const { token } = (await ask("two", {})).json().status;
  expect((await whoAmI(token)).status).toBe(201);
  await server.registry.delete(serviceAccountKind, { namespace: "default", name: "two" }, {}, server.ctx);
  await createAccount("two");
  await server.clock.advance(11_000);
  expect((await whoAmI(token)).status).toBe(401);
});

test("a token for somebody else, or changed, is refused", async () => {
  await createAccount("three");
  const foreign = (await ask("three", { audiences: ["vault"] })).json().status.token;
  expect((await whoAmI(foreign)).status).toBe(401);
  const [header, payload = "", signature] = (await ask("three", {})).json().status.token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: "admin" })).toString("base64url");
  expect((await whoAmI(`${header}.${forged}.${signature}`)).status).toBe(401);
  expect((await ask("three", { expirationSeconds: 5 })).json().reason).toBe("Invalid");
  expect((await ask("nobody", {})).status).toBe(404);
});

test("a node gets tokens for its own pods only", async () => {
  const { registry, ctx } = server;
  for (const [name, node] of [
    ["mine", "n1"],
    ["theirs", "n2"],
  ] as const) {
    await registry.create(podKind, "default", pod(name), {}, ctx);
    const binding = { metadata: { name }, target: { kind: "Node", name: node } };
    await registry.bind({ namespace: "default", name }, binding, {}, ctx);
  }
  const as = await server.pki.node("n1");
  const bound = (name: string) => ({ boundObjectRef: { kind: "Pod", apiVersion: "v1", name } });
  const { token } = (await ask("default", bound("mine"), { as })).json().status;
  expect((await whoAmI(token)).status).toBe(201);
  expect((await ask("default", bound("theirs"), { as })).json().message).toContain("scheduled on a different node");
  expect((await ask("default", {}, { as })).json().message).toContain("not bound to a pod");
  expect((await ask("one", {}, { as })).json()).toMatchObject({ code: 403 });
  await registry.delete(podKind, { namespace: "default", name: "mine" }, { gracePeriodSeconds: 0 }, ctx);
  await server.clock.advance(11_000);
  expect((await whoAmI(token)).status).toBe(401);
});
