/**
 * Bad input over the wire: upstream's status code, reason and text, over both protocols, and nothing half-written
 * afterwards. What people see of it is in `test/bad-input-cli.test.ts`. Each file that imports this has a server of its own.
 */
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, expect } from "vitest";
import { type TestAnswer, type TestRequest, testServer } from "../../src/testing/server-fixture.ts";

export let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

export const namespaced = (group: string, resource: string) => `${group}/namespaces/default/${resource}`;
export const configMaps = namespaced("/api/v1", "configmaps");
export const secrets = namespaced("/api/v1", "secrets");
export const services = namespaced("/api/v1", "services");
export const pods = namespaced("/api/v1", "pods");
export const deployments = namespaced("/apis/apps/v1", "deployments");
export const replicaSets = namespaced("/apis/apps/v1", "replicasets");

export const types = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
  jsonPatch: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

// biome-ignore lint/suspicious/noExplicitAny: objects that are wrong on purpose
export type Wrong = any;
export type Change = (object: Wrong) => void;
const changed = <T>(object: T, change?: Change): T => {
  change?.(object);
  return object;
};
export const configMap = (name: string, change?: Change) =>
  changed({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: "b" } }, change);
export const deployment = (name: string, change?: Change) =>
  changed(
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: "d" } },
        template: { metadata: { labels: { app: "d" } }, spec: { containers: [{ name: "c", image: "i:1" }] } },
      },
    },
    change,
  );
export const service = (name: string, change?: Change) =>
  changed({ apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ports: [{ port: 80 }] } }, change);
export const secret = (name: string, change?: Change) =>
  changed({ apiVersion: "v1", kind: "Secret", metadata: { name }, data: { a: "YQ==" } }, change);
export const pod = (name: string, change?: Change) =>
  changed(
    { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { containers: [{ name: "c", image: "i" }] } },
    change,
  );

export const send = (method: string, path: string, body?: unknown, type = types.json, more: TestRequest = {}) =>
  server.call(path, {
    method,
    ...(body === undefined ? {} : { body }),
    ...more,
    headers: { ...(body === undefined ? {} : { "content-type": type }), ...more.headers },
  });
export const create = async (path: string, object: unknown) => {
  const answer = await send("POST", path, object);
  expect(answer.status, answer.text).toBe(201);
  return answer.json();
};
/** An update of what is there. */
export const put = async (path: string, change: Change) =>
  send("PUT", path, changed((await server.call(path)).json(), change));

/** Asserts a `Status`, whole but for its details. */
export const expectStatus = (answer: TestAnswer, code: number, reason: string, message: string | RegExp) => {
  const { kind, apiVersion, status, code: inBody, reason: why = "", message: text } = answer.json();
  expect({ kind, apiVersion, status }).toEqual({ kind: "Status", apiVersion: "v1", status: "Failure" });
  if (typeof message === "string") expect(text).toBe(message);
  else expect(text).toMatch(message);
  expect([answer.status, inBody, why]).toEqual([code, code, reason]);
};
export const expectInvalid = (answer: TestAnswer, what: string, text: string | RegExp) => {
  const whole = `${what} is invalid: `;
  expectStatus(answer, 422, "Invalid", typeof text === "string" ? whole + text : text);
  expect(answer.json().message.slice(0, whole.length)).toBe(whole);
  const { causes } = answer.json().details;
  expect(causes.length).toBeGreaterThan(0);
  for (const cause of causes) expect(answer.json().message).toContain(`${cause.field}: ${cause.message}`);
};

/** Everything that is stored, to show that a refused request left nothing. */
export const revision = () => server.store.progress();
export const unchanged = async (work: () => Promise<unknown>) => {
  const before = revision();
  await work();
  expect(revision()).toBe(before);
};

/** What the server answers to bytes that are no proper request. */
export function raw(bytes: string, wait: "end" | "never" = "end"): Promise<string> {
  return new Promise((resolve) => {
    const options = { port: server.port, host: "127.0.0.1", servername: "localhost", ...server.tls(undefined) };
    const socket = connectTls(options, () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
      if (wait === "end" && text.includes("\r\n\r\n")) setImmediate(() => socket.destroy());
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}
