/** Paths that lead nowhere, and bodies that say otherwise than the path. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Change,
  configMaps,
  create,
  deployment,
  deployments,
  expectInvalid,
  expectStatus,
  pods,
  put,
  raw,
  send,
  server,
  unchanged,
} from "./wire.ts";

describe("paths", () => {
  test.each([
    ["GET", "/api/v2"],
    ["GET", "/apis/nope/v1"],
    ["GET", "/apis/apps/v2/deployments"],
    ["GET", "/apis/apps/v1/nothings"],
    ["POST", "/apis/nope/v1/namespaces/default/xs"],
    ["GET", "/api/v1/namespaces/default/nodes"],
    ["GET", `${pods}/x/nothing`],
    ["PUT", `${configMaps}/x/status`],
    ["GET", `${configMaps}/a/b/c/d`],
  ])("%s %s is nowhere", async (method, path) => {
    const answer = await send(method, path);
    const served = /^\/(?:api|apis\/apps)\//.test(path);
    if (served) expectStatus(answer, 404, "NotFound", "the server could not find the requested resource");
    else expect([answer.status, answer.text]).toEqual([404, "404 page not found\n"]);
  });

  test.each([
    ["PUT", configMaps],
    ["PATCH", configMaps],
    ["POST", `${configMaps}/x`],
    ["DELETE", "/api/v1/pods"],
    ["TRACE", configMaps],
  ])("%s %s is not for that", async (method, path) => {
    const text = "the server does not allow this method on the requested resource";
    expectStatus(await send(method, path), 405, "MethodNotAllowed", text);
  });

  test("names that cannot be", async () => {
    expectStatus(await server.call(`${configMaps}/%zz`), 400, "BadRequest", 'invalid URL escape "%zz"');
    for (const name of ["a%00b", "a%2fb", "..", "x".repeat(10_000)]) {
      expect((await server.call(`${configMaps}/${name}`)).status).toBe(404);
    }
  });

  test("long requests are read up to upstream's limit", async () => {
    const selector = `?labelSelector=${"a%2C".repeat(100_000)}z`;
    expect((await server.call(configMaps + selector, {}, "HTTP/1.1")).status).toBe(200);
    expect(await raw(`GET ${configMaps}?x=${"x".repeat(1 << 20)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 /,
    );
  });

  test.each([
    "no http\r\n\r\n",
    `GET ${configMaps} HTTP/1.1\r\n\r\n`,
    `POST ${configMaps} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    `POST ${configMaps} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
  ])("%j is no request", async (bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe("what a body says against what the path says", () => {
  beforeAll(() => create(deployments, deployment("there")));
  const at = `${deployments}/there`;

  test.each<[string, Change, number, string, string | RegExp]>([
    [
      "name",
      (o) => (o.metadata.name = "other"),
      400,
      "BadRequest",
      "the name of the object (other) does not match the name on the URL (there)",
    ],
    [
      "no name",
      (o) => delete o.metadata.name,
      400,
      "BadRequest",
      "the name of the object (there based on URL) was undeterminable: name must be provided",
    ],
    [
      "namespace",
      (o) => (o.metadata.namespace = "kube-system"),
      400,
      "BadRequest",
      "the namespace of the provided object does not match the namespace sent on the request",
    ],
    [
      "version",
      (o) => (o.apiVersion = "apps/v1beta1"),
      400,
      "BadRequest",
      "the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)",
    ],
    [
      "kind",
      (o) => (o.kind = "ReplicaSet"),
      400,
      "BadRequest",
      'ReplicaSet in version "v1" cannot be handled as a Deployment: converting (v1.ReplicaSet) to (apps.Deployment): unknown conversion',
    ],
    [
      "old revision",
      (o) => (o.metadata.resourceVersion = "1"),
      409,
      "Conflict",
      'Operation cannot be fulfilled on deployments.apps "there": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      "no revision",
      (o) => (o.metadata.resourceVersion = "abc"),
      500,
      "",
      'strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [
      "UID",
      (o) => (o.metadata.uid = "x"),
      409,
      "Conflict",
      /^Operation cannot be fulfilled on deployments.apps "there": StorageError: invalid object, Code: 4, Key: \/registry\/deployments\/default\/there, .* UID in precondition: x, UID in object meta: /,
    ],
  ])("another %s", async (_, change, code, reason, message) => {
    await unchanged(async () => expectStatus(await put(at, change), code, reason, message));
  });

  test("creating", async () => {
    const post = (change: Change) => send("POST", deployments, deployment("new", change));
    await unchanged(async () => {
      expectStatus(
        await post((o) => (o.metadata.namespace = "other")),
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
      );
      expectStatus(
        await post((o) => (o.metadata.resourceVersion = "5")),
        500,
        "",
        "resourceVersion should not be set on objects to be created",
      );
      expectStatus(
        await send("POST", deployments, deployment("there")),
        409,
        "AlreadyExists",
        'deployments.apps "there" already exists',
      );
      const nowhere = await send("POST", deployments.replace("default", "nowhere"), deployment("new"));
      expectStatus(nowhere, 404, "NotFound", 'namespaces "nowhere" not found');
    });
  });

  test("subresources", async () => {
    const scale = (spec: object, name = "there") =>
      send("PUT", `${at}/scale`, {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name, namespace: "default" },
        spec,
      });
    await unchanged(async () => {
      expectInvalid(
        await scale({ replicas: -1 }),
        'Scale.autoscaling "there"',
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
      );
      expectStatus(
        await scale({ replicas: 1 }, "other"),
        400,
        "BadRequest",
        "the name of the object (other) does not match the name on the URL (there)",
      );
      expectStatus(
        await scale({ replicas: "x" }),
        400,
        "BadRequest",
        /cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32$/,
      );
      const status = { replicas: 1, readyReplicas: 2, availableReplicas: 3, updatedReplicas: 4 };
      expectInvalid(
        await send("PUT", `${at}/status`, { ...deployment("there"), status }),
        'Deployment.apps "there"',
        /updatedReplicas: Invalid value: 4: cannot be greater than status.replicas.*cannot be greater than readyReplicas/,
      );
      const binding = {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: "gone" },
        target: { kind: "Node", name: "n" },
      };
      expectStatus(await send("POST", `${pods}/gone/binding`, binding), 404, "NotFound", 'pods "gone" not found');
    });
    const collisions = (n?: number) =>
      send("PUT", `${at}/status`, { ...deployment("there"), status: { collisionCount: n } });
    expect((await collisions(2)).status).toBe(200);
    expectInvalid(
      await collisions(1),
      'Deployment.apps "there"',
      "status.collisionCount: Invalid value: 1: cannot be decremented",
    );
  });
});
