/**
 * Bad input over the wire: upstream's status code, reason and text, over both protocols, and nothing half-written
 * afterwards. What people see of it is in `bad-input-cli.test.ts`.
 */
import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock, systemRandom } from "../src/base/clock.ts";
import { makeLeaf } from "../src/server/pki/certificates.ts";
import { type TestAnswer, type TestProtocol, type TestRequest, testServer } from "../src/testing/server-fixture.ts";
import { eventually } from "./tools/eventually.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const namespaced = (group: string, resource: string) => `${group}/namespaces/default/${resource}`;
const configMaps = namespaced("/api/v1", "configmaps");
const secrets = namespaced("/api/v1", "secrets");
const services = namespaced("/api/v1", "services");
const pods = namespaced("/api/v1", "pods");
const deployments = namespaced("/apis/apps/v1", "deployments");
const replicaSets = namespaced("/apis/apps/v1", "replicasets");

const types = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
  jsonPatch: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

// biome-ignore lint/suspicious/noExplicitAny: objects that are wrong on purpose
type Wrong = any;
type Change = (object: Wrong) => void;
const changed = <T>(object: T, change?: Change): T => {
  change?.(object);
  return object;
};
const configMap = (name: string, change?: Change) =>
  changed({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: "b" } }, change);
const deployment = (name: string, change?: Change) =>
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
const service = (name: string, change?: Change) =>
  changed({ apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ports: [{ port: 80 }] } }, change);
const secret = (name: string, change?: Change) =>
  changed({ apiVersion: "v1", kind: "Secret", metadata: { name }, data: { a: "YQ==" } }, change);
const pod = (name: string, change?: Change) =>
  changed(
    { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { containers: [{ name: "c", image: "i" }] } },
    change,
  );

const send = (method: string, path: string, body?: unknown, type = types.json, more: TestRequest = {}) =>
  server.call(path, {
    method,
    ...(body === undefined ? {} : { body }),
    ...more,
    headers: { ...(body === undefined ? {} : { "content-type": type }), ...more.headers },
  });
const create = async (path: string, object: unknown) => {
  const answer = await send("POST", path, object);
  expect(answer.status, answer.text).toBe(201);
  return answer.json();
};
/** An update of what is there. */
const put = async (path: string, change: Change) =>
  send("PUT", path, changed((await server.call(path)).json(), change));

/** Asserts a `Status`, whole but for its details. */
const expectStatus = (answer: TestAnswer, code: number, reason: string, message: string | RegExp) => {
  const { kind, apiVersion, status, code: inBody, reason: why = "", message: text } = answer.json();
  expect({ kind, apiVersion, status }).toEqual({ kind: "Status", apiVersion: "v1", status: "Failure" });
  if (typeof message === "string") expect(text).toBe(message);
  else expect(text).toMatch(message);
  expect([answer.status, inBody, why]).toEqual([code, code, reason]);
};
const expectInvalid = (answer: TestAnswer, what: string, text: string | RegExp) => {
  const whole = `${what} is invalid: `;
  expectStatus(answer, 422, "Invalid", typeof text === "string" ? whole + text : text);
  expect(answer.json().message.slice(0, whole.length)).toBe(whole);
  const { causes } = answer.json().details;
  expect(causes.length).toBeGreaterThan(0);
  for (const cause of causes) expect(answer.json().message).toContain(`${cause.field}: ${cause.message}`);
};

/** Everything that is stored, to show that a refused request left nothing. */
const revision = () => server.store.progress();
const unchanged = async (work: () => Promise<unknown>) => {
  const before = revision();
  await work();
  expect(revision()).toBe(before);
};

describe("bodies", () => {
  const unrecognized = (why: string, shown: string) =>
    `the object provided is unrecognized (must be of type ConfigMap): ${why} (${shown})`;
  const noKind = (why: string, shown: string) =>
    unrecognized(`couldn't get version/kind; json parse error: ${why}`, shown);
  const header =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  const noPrefix = "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]";
  const typed = (why: string) => `ConfigMap in version "v1" cannot be handled as a ConfigMap: ${why}`;
  const named = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}';

  test.each<[string, string | Buffer, string]>([
    [types.json, "", noKind("unexpected end of JSON input", "<empty>")],
    [types.json, "{", noKind("unexpected end of JSON input", "{")],
    [types.json, '{"a":}', noKind("invalid character '}' looking for beginning of value", '{"a":}')],
    [types.json, "{'a':1}", noKind("invalid character '\\'' looking for beginning of object key string", "{'a':1}")],
    [types.json, `${named}} more`, noKind("invalid character 'm' after top-level value", `${named.slice(0, 30)} ...`)],
    [
      types.json,
      `${named},"data":{"a":"\0"}}`,
      noKind("invalid character '\\x00' in string literal", `${named.slice(0, 30)} ...`),
    ],
    [types.json, "[]", noKind(`json: cannot unmarshal array into Go value of type ${header}`, "5b5d")],
    [
      types.json,
      '{"kind":1}',
      noKind("json: cannot unmarshal number into Go struct field .kind of type string", '{"kind":1}'),
    ],
    [
      types.json,
      `${named},"data":[]}`,
      typed("json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string"),
    ],
    [
      types.json,
      '{"metadata":{"name":1}}',
      typed("json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string"),
    ],
    [types.json, `${named},"binaryData":{"a":"!!"}}`, typed("illegal base64 data at input byte 0")],
    [
      types.json,
      '{"apiVersion":"apps/v1","kind":"Deployment"}',
      "the API version in the data (apps/v1) does not match the expected API version (v1)",
    ],
    [
      types.json,
      '{"apiVersion":"v1","kind":"Pod"}',
      'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion',
    ],
    [
      types.yaml,
      "a: [",
      unrecognized(
        "yaml: line 1: Flow sequence in block collection must be sufficiently indented and end with a ]",
        "613a205b",
      ),
    ],
    [types.yaml, "- 1", noKind(`json: cannot unmarshal array into Go value of type ${header}`, "2d2031")],
    [types.protobuf, "hello", unrecognized(noPrefix, "68656c6c6f")],
    [
      types.protobuf,
      Buffer.from("k8s\0\xff\xff\xff", "latin1"),
      unrecognized("unable to decode protobuf: unexpected EOF", "6b387300ffffff"),
    ],
  ])("%s %j", async (type, body, message) => {
    await unchanged(async () => expectStatus(await send("POST", configMaps, body, type), 400, "BadRequest", message));
  });

  test.each(["null", "{}", '{"kind":"ConfigMap"}'])("%s is an object without a name", async (body) => {
    const text = "metadata.name: Required value: name or generateName is required";
    expectInvalid(await send("POST", configMaps, body), 'ConfigMap ""', text);
  });

  test("text that is not Unicode is stored as Unicode", async () => {
    const [head = "", tail = ""] = JSON.stringify(configMap("unicode", (o) => (o.data.a = "|"))).split("|");
    const bytes = Buffer.concat([
      Buffer.from(head),
      Buffer.of(0xff),
      Buffer.from(`\\ud800\\ud83d\\ude00\\u0000${tail}`),
    ]);
    expect((await create(configMaps, bytes)).data).toEqual({ a: "\ufffd\ufffd\u{1f600}\0" });
  });

  test("nesting deeper than anything is refused, in every form, and at once", async () => {
    await send("POST", configMaps, configMap("deep"));
    const deep = (open: string, close: string, n: number) => `{"x":${open.repeat(n)}1${close.repeat(n)}}`;
    for (const [method, path, type, body] of [
      ["POST", configMaps, types.json, deep('{"a":', "}", 100_000)],
      ["POST", configMaps, types.json, deep("[", "]", 1_000_000)],
      ["POST", configMaps, types.yaml, `a: ${"[".repeat(100_000)}`],
      ["PATCH", `${configMaps}/deep`, types.merge, deep('{"a":', "}", 100_000)],
      ["PATCH", `${configMaps}/deep`, types.strategic, deep('{"a":', "}", 100_000)],
      ["PATCH", `${configMaps}/any?fieldManager=m`, types.apply, deep('{"a":', "}", 100_000)],
    ] as const) {
      expectStatus(await send(method, path, body, type), 400, "BadRequest", /exceeded max depth/);
    }
    const bomb = Array.from(
      { length: 9 },
      (_, i) =>
        `${"abcdefghi"[i]}: &${"abcdefghi"[i]} [${Array(9)
          .fill(i ? `*${"abcdefghi"[i - 1]}` : "x")
          .join()}]`,
    );
    expectStatus(
      await send("POST", configMaps, bomb.join("\n"), types.yaml),
      400,
      "BadRequest",
      /Excessive alias count/,
    );
  });

  test("names that JavaScript knows are names like any other", async () => {
    const text =
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto","labels":{"constructor":"y"}},"__proto__":{"a":1},"data":{"constructor":"w","toString":"z"}}';
    const strict = await send("POST", `${configMaps}?fieldValidation=Strict`, text);
    expectStatus(strict, 400, "BadRequest", typed('strict decoding error: unknown field "__proto__"'));
    expect((await create(configMaps, text)).data).toEqual({ constructor: "w", toString: "z" });
    const selected = async (selector: string) =>
      (await server.call(`${configMaps}?labelSelector=${selector}`)).json().items.length;
    expect([await selected("constructor%3Dy"), await selected("toString"), await selected("hasOwnProperty")]).toEqual([
      1, 0, 0,
    ]);
    for (const [type, body] of [
      [types.merge, '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'],
      [types.strategic, '{"__proto__":{"polluted":1}}'],
    ] as const) {
      expect((await send("PATCH", `${configMaps}/proto`, body, type)).status).toBe(200);
    }
    for (const path of ["/__proto__/polluted", "/constructor/prototype/polluted"]) {
      const body = [{ op: "add", path, value: 1 }];
      const text = "the server rejected our request due to an error in our request";
      expectStatus(await send("PATCH", `${configMaps}/proto`, body, types.jsonPatch), 422, "Invalid", text);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("unknown and duplicate fields, as the request wants them", async () => {
    const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"fields"},"data":{"a":"1","a":"2"},"dta":1}';
    const problems = 'strict decoding error: duplicate field "data.a", unknown field "dta"';
    const dry = (validation: string) => send("POST", `${configMaps}?dryRun=All&fieldValidation=${validation}`, body);
    await unchanged(async () => {
      expectStatus(await dry("Strict"), 400, "BadRequest", typed(problems));
      const warned = await dry("Warn");
      expect([warned.status, warned.headers.warning]).toEqual([
        201,
        '299 - "duplicate field \\"data.a\\"", 299 - "unknown field \\"dta\\""',
      ]);
      const ignored = await dry("Ignore");
      expect([ignored.status, ignored.headers.warning]).toEqual([201, undefined]);
      const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`f${i}`, 1]));
      const told = await send("POST", `${configMaps}?fieldValidation=Strict`, { ...configMap("many"), ...many });
      expect(told.json().message.match(/unknown field/g)).toHaveLength(100);
    });
  });

  test("over 3 MiB is 413, whatever the encoding and however it is sent; 1 MiB of data is 422", async () => {
    const text = "Request entity too large: limit is 3145728";
    const big = configMap("big", (o) => (o.data.a = "x".repeat(3 << 20)));
    await unchanged(async () => {
      for (const protocol of ["HTTP/1.1", "HTTP/2"] as const) {
        const request = { method: "POST", headers: { "content-type": types.json }, body: big };
        expectStatus(await server.call(configMaps, request, protocol), 413, "RequestEntityTooLarge", text);
      }
      const bytes = Buffer.concat([Buffer.from("k8s\0"), Buffer.alloc(3 << 20)]);
      expectStatus(await send("POST", configMaps, bytes, types.protobuf), 413, "RequestEntityTooLarge", text);
      // In chunks, without a length.
      const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
      const head = `POST ${configMaps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
      expect(await raw(head + chunk.repeat(60))).toContain(text);
      const patch = JSON.stringify({ data: { a: "x".repeat(3 << 20) } });
      expectStatus(await send("PATCH", `${configMaps}/big`, patch, types.merge), 413, "RequestEntityTooLarge", text);
      const data = { a: "x".repeat((1 << 20) + 1) };
      const tooLong = "Too long: may not be more than 1048576 bytes";
      expectInvalid(
        await send("POST", configMaps, { ...configMap("big"), data }),
        'ConfigMap "big"',
        new RegExp(`: ${tooLong}$`),
      );
      expectInvalid(
        await send("POST", secrets, { ...secret("big"), data: {}, stringData: data }),
        'Secret "big"',
        `data: ${tooLong}`,
      );
    });
  });

  test("media types that nobody knows", async () => {
    const accepted = (list: string) =>
      `the body of the request was in an unknown format - accepted media types include: ${list}`;
    const objects = accepted("application/json, application/yaml, application/vnd.kubernetes.protobuf");
    const patches = "415: Unsupported Media Type";
    await unchanged(async () => {
      expectStatus(await send("POST", configMaps, "a", "text/plain"), 415, "UnsupportedMediaType", objects);
      expectStatus(await send("DELETE", `${configMaps}/any`, "a", "text/plain"), 415, "UnsupportedMediaType", objects);
      expectStatus(await send("PATCH", `${configMaps}/any`, "{}", types.json), 415, "UnsupportedMediaType", patches);
      const headers = { accept: "text/html" };
      const answer = await send("POST", configMaps, configMap("html"), types.json, { headers });
      const message = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml";
      expectStatus(answer, 406, "NotAcceptable", message);
      expect(answer.json().details).toEqual({});
    });
    expect((await server.call(`${configMaps}/html`)).status).toBe(404);
  });
});

/** What the server answers to bytes that are no proper request. */
function raw(bytes: string, wait: "end" | "never" = "end"): Promise<string> {
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

const template = (o: Wrong) => o.spec.template;
const container = (o: Wrong) => o.spec.template.spec.containers[0];
const mismatch = "`selector` does not match template `labels`";
const percent =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
const qualified =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe("deployments", () => {
  test.each<[string, Change, string | RegExp]>([
    ["no selector", (o) => delete o.spec.selector, /^\S+ "d" is invalid: \[spec.selector: Required value, /],
    [
      "an empty selector",
      (o) => (o.spec.selector = {}),
      "spec.selector: Invalid value: {}: empty selector is invalid for deployment",
    ],
    [
      "labels that the selector misses",
      (o) => (template(o).metadata.labels = { x: "y" }),
      `spec.template.metadata.labels: Invalid value: {"x":"y"}: ${mismatch}`,
    ],
    [
      "no labels",
      (o) => (template(o).metadata = {}),
      `spec.template.metadata.labels: Invalid value: null: ${mismatch}`,
    ],
    [
      "a selector of unknown operator",
      (o) => (o.spec.selector = { matchExpressions: [{ key: "a", operator: "X" }] }),
      /spec.selector.matchExpressions\[0\].operator: Invalid value: "X": not a valid selector operator/,
    ],
    [
      "pods that end",
      (o) => (template(o).spec.restartPolicy = "Never"),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      "pods with a deadline",
      (o) => (template(o).spec.activeDeadlineSeconds = 5),
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
    ],
    [
      "Recreate with rolling update",
      (o) => (o.spec.strategy = { type: "Recreate", rollingUpdate: {} }),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      "no room to roll",
      (o) => (o.spec.strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: "0%" } }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
    ],
    [
      "more unavailable than all",
      (o) => (o.spec.strategy = { rollingUpdate: { maxUnavailable: "101%" } }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      "no percentage",
      (o) => (o.spec.strategy = { rollingUpdate: { maxSurge: "x" } }),
      `spec.strategy.rollingUpdate.maxSurge: Invalid value: "x": ${percent}`,
    ],
    [
      "a deadline before readiness",
      (o) => Object.assign(o.spec, { progressDeadlineSeconds: 5, minReadySeconds: 5 }),
      "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds",
    ],
    ...(["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] as const).map(
      (field): [string, Change, RegExp] => [
        `negative ${field}`,
        (o) => (o.spec[field] = -1),
        new RegExp(`spec.${field}: Invalid value: -1: must be greater than or equal to 0`),
      ],
    ),
    ["no containers", (o) => (template(o).spec.containers = []), "spec.template.spec.containers: Required value"],
    [
      "two containers of one name",
      (o) => template(o).spec.containers.push({ name: "c", image: "x" }),
      'spec.template.spec.containers[1].name: Duplicate value: "c"',
    ],
    [
      "a mount of no volume",
      (o) => (container(o).volumeMounts = [{ name: "v", mountPath: "/v" }]),
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      "a probe of two kinds",
      (o) => (container(o).readinessProbe = { exec: { command: ["x"] }, tcpSocket: { port: 80 } }),
      "spec.template.spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
    ],
    [
      "more requested than allowed",
      (o) => (container(o).resources = { requests: { cpu: "2" }, limits: { cpu: "1" } }),
      'spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    ["a label key", (o) => (o.metadata.labels = { "a b": "c" }), `metadata.labels: Invalid value: "a b": ${qualified}`],
    [
      "a long label",
      (o) => (o.metadata.labels = { a: "x".repeat(64) }),
      `metadata.labels: Invalid value: "${"x".repeat(64)}": must be no more than 63 characters`,
    ],
    [
      "an annotation key",
      (o) => (o.metadata.annotations = { "a b": "c" }),
      `metadata.annotations: Invalid value: "a b": ${qualified}`,
    ],
    [
      "long annotations",
      (o) => (o.metadata.annotations = { a: "x".repeat(1 << 18) }),
      "metadata.annotations: Too long: may not be more than 262144 bytes",
    ],
    [
      "a finalizer",
      (o) => (o.metadata.finalizers = ["x y"]),
      `[metadata.finalizers: Invalid value: "x y": ${qualified}, metadata.finalizers[0]: Invalid value: "x y": name is neither a standard finalizer name nor is it fully qualified]`,
    ],
  ])("%s", async (_, change, text) => {
    await unchanged(async () =>
      expectInvalid(await send("POST", deployments, deployment("d", change)), 'Deployment.apps "d"', text),
    );
  });

  test.each(["D", "a_b", "-a", "d".repeat(254), ""])("the name %j", async (name) => {
    const body = deployment(name);
    await unchanged(async () => {
      expectInvalid(
        await send("POST", deployments, body),
        `Deployment.apps ${JSON.stringify(name)}`,
        /metadata.name: /,
      );
    });
  });

  test("a name that is no label is only warned of", async () => {
    const { status, headers } = await send("POST", `${deployments}?dryRun=All`, deployment("a.b"));
    expect([status, headers.warning]).toEqual([201, expect.stringContaining("a DNS label is recommended")]);
  });

  test("the selector stays", async () => {
    for (const [path, object] of [
      [deployments, deployment("fixed")],
      [replicaSets, { ...deployment("fixed"), kind: "ReplicaSet" }],
    ] as const) {
      await create(path, object);
      const other: Change = (o) => {
        o.spec.selector.matchLabels = { app: "e" };
        template(o).metadata.labels = { app: "e" };
      };
      await unchanged(async () =>
        expectInvalid(
          await put(`${path}/fixed`, other),
          `${object.kind}.apps "fixed"`,
          'spec.selector: Invalid value: {"matchLabels":{"app":"e"}}: field is immutable',
        ),
      );
    }
  });
});

describe("services", () => {
  let taken: Wrong;
  beforeAll(async () => {
    taken = await create(
      services,
      service("taken", (o) => Object.assign(o.spec, { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] })),
    );
  });
  const clusterIPs = "spec.clusterIPs";

  test.each<[string, (spec: Wrong) => void, string | RegExp]>([
    ["no ports", (s) => (s.ports = []), "spec.ports: Required value"],
    [
      "port 0",
      (s) => (s.ports = [{ port: 0 }]),
      /spec.ports\[0\].port: Invalid value: 0: must be between 1 and 65535, inclusive/,
    ],
    [
      "ports without names",
      (s) => (s.ports = [{ port: 80 }, { port: 81 }]),
      "[spec.ports[0].name: Required value, spec.ports[1].name: Required value]",
    ],
    [
      "ports of one name",
      (s) =>
        (s.ports = [
          { name: "a", port: 80 },
          { name: "a", port: 81 },
        ]),
      'spec.ports[1].name: Duplicate value: "a"',
    ],
    [
      "a protocol",
      (s) => (s.ports[0].protocol = "X"),
      'spec.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      "a type",
      (s) => (s.type = "X"),
      'spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    [
      "a node port that is taken",
      (s) => Object.assign(s, { type: "NodePort", ports: [{ port: 1, nodePort: 30080 }] }),
      "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated",
    ],
    [
      "a node port out of the range",
      (s) => Object.assign(s, { type: "NodePort", ports: [{ port: 1, nodePort: 80 }] }),
      "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767",
    ],
    [
      "a node port for ClusterIP",
      (s) => (s.ports[0].nodePort = 30081),
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    [
      "an address that is none",
      (s) => (s.clusterIP = "x"),
      `${clusterIPs}[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)`,
    ],
    [
      "an address out of the range",
      (s) => (s.clusterIP = "1.2.3.4"),
      `${clusterIPs}: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: the provided IP (1.2.3.4) is not in the valid range. The range of valid IPs is 10.96.0.0/12`,
    ],
    [
      "an address that is taken",
      (s) => (s.clusterIP = taken.spec.clusterIP),
      /failed to allocate IP \S+: provided IP is already allocated$/,
    ],
    [
      "an address and an external name",
      (s) => Object.assign(s, { type: "ExternalName", externalName: "a.b", clusterIP: "10.96.0.77" }),
      `${clusterIPs}: Forbidden: may not be set for ExternalName services`,
    ],
    ["no external name", (s) => (s.type = "ExternalName"), /spec.externalName: Required value/],
    [
      "two families",
      (s) => (s.ipFamilyPolicy = "RequireDualStack"),
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [
      "a family",
      (s) => (s.ipFamilies = ["X"]),
      'spec.ipFamilies[0]: Unsupported value: "X": supported values: "IPv4", "IPv6"',
    ],
  ])("%s", async (_, change, text) => {
    await unchanged(async () =>
      expectInvalid(
        await send(
          "POST",
          services,
          service("s", (o) => change(o.spec)),
        ),
        'Service "s"',
        text,
      ),
    );
  });

  test("what was allocated for a refused Service is free", async () => {
    const ports = [
      { name: "a", port: 1, nodePort: 30090 },
      { name: "b", port: 2, nodePort: 30080 },
    ];
    const refused = await send(
      "POST",
      services,
      service("s", (o) => Object.assign(o.spec, { type: "NodePort", ports })),
    );
    expectInvalid(
      refused,
      'Service "s"',
      "spec.ports[1].nodePort: Invalid value: 30080: provided port is already allocated",
    );
    await create(
      services,
      service("free", (o) => Object.assign(o.spec, { type: "NodePort", ports: ports.slice(0, 1) })),
    );
  });

  test("the address stays", async () => {
    const answer = await put(`${services}/taken`, (o) =>
      Object.assign(o.spec, { clusterIP: "10.96.0.55", clusterIPs: ["10.96.0.55"] }),
    );
    expectInvalid(
      answer,
      'Service "taken"',
      `${clusterIPs}[0]: Invalid value: ["10.96.0.55"]: may not change once set`,
    );
  });
});

describe("fields that stay", () => {
  const immutable = "Forbidden: field is immutable when `immutable` is set";
  beforeAll(async () => {
    await create(configMaps, { ...configMap("fixed"), immutable: true });
    await create(secrets, { ...secret("fixed"), immutable: true });
    await create(pods, pod("fixed"));
    const spec = { podCIDR: "10.0.0.0/24", podCIDRs: ["10.0.0.0/24"] };
    await create("/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "fixed" }, spec });
  });
  test.each<[string, string, Change, string | RegExp]>([
    [configMaps, "ConfigMap", (o) => (o.data.a = "c"), `data: ${immutable}`],
    [configMaps, "ConfigMap", (o) => delete o.immutable, `immutable: ${immutable}`],
    [configMaps, "ConfigMap", (o) => (o.binaryData = { b: "YQ==" }), `binaryData: ${immutable}`],
    [secrets, "Secret", (o) => (o.data.a = "Yg=="), `data: ${immutable}`],
    [secrets, "Secret", (o) => (o.type = "other/type"), /type: Invalid value: "other\/type": field is immutable/],
    [
      pods,
      "Pod",
      (o) => (o.spec.containers[0].command = ["x"]),
      /spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`,/,
    ],
    [
      pods,
      "Pod",
      (o) => o.spec.containers.push({ name: "z", image: "z" }),
      "spec.containers: Forbidden: pod updates may not add or remove containers",
    ],
    [
      "/api/v1/nodes",
      "Node",
      (o) => Object.assign(o.spec, { podCIDR: "10.0.1.0/24", podCIDRs: ["10.0.1.0/24"] }),
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ],
  ])("%s %s", async (path, kind, change, text) => {
    await unchanged(async () => expectInvalid(await put(`${path}/fixed`, change), `${kind} "fixed"`, text));
  });

  test("data that a Secret's type asks for", async () => {
    const typed = (type: string, data: object) => send("POST", secrets, { ...secret("typed"), type, data });
    expectInvalid(
      await typed("kubernetes.io/tls", {}),
      'Secret "typed"',
      "[data[tls.crt]: Required value, data[tls.key]: Required value]",
    );
    const docker = await typed("kubernetes.io/dockerconfigjson", { ".dockerconfigjson": "eA==" });
    expectInvalid(
      docker,
      'Secret "typed"',
      "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": invalid character 'x' looking for beginning of value",
    );
  });
});

describe("query", () => {
  const at = (message: string | RegExp): [number, string, string | RegExp] => [400, "BadRequest", message];
  const token = (value: object) => `continue=${Buffer.from(JSON.stringify(value)).toString("base64url")}`;
  const badToken = (why: string) => at(`invalid continue token: continue key is not valid: ${why}`);
  const v = "meta.k8s.io/v1";
  test.each<[string, [number, string, string | RegExp]]>([
    ["limit=x", at('strconv.ParseInt: parsing "x": invalid syntax')],
    ["limit=99999999999999999999", at('strconv.ParseInt: parsing "99999999999999999999": value out of range')],
    ["timeoutSeconds=x", at('strconv.ParseInt: parsing "x": invalid syntax')],
    ["watch=1&timeoutSeconds=x", at('strconv.ParseInt: parsing "x": invalid syntax')],
    ["timeout=x", at('invalid timeout specified in the request URL - time: invalid duration "x"')],
    ["continue=%00", badToken("illegal base64 data at input byte 0")],
    ["continue=e30", badToken("server does not recognize this encoded version ")],
    [token({ v, rv: 0, start: "x" }), badToken("incorrect encoded start resourceVersion (version meta.k8s.io/v1)")],
    [token({ v, rv: 1.5, start: "x" }), badToken("incorrect encoded start resourceVersion (version meta.k8s.io/v1)")],
    [token({ v, rv: 1 }), badToken("encoded start key empty (version meta.k8s.io/v1)")],
    [token({ v, rv: 1, start: "../../secrets/default/x" }), badToken("../../secrets/default/x")],
    ["resourceVersion=abc", at(/strconv.ParseUint: parsing "abc": invalid syntax/)],
    [
      "watch=1&resourceVersion=abc",
      [expect.any(Number) as unknown as number, "", /strconv.ParseUint: parsing "abc": invalid syntax/],
    ],
    ["resourceVersion=99999999", [504, "Timeout", /^Timeout: Too large resource version: 99999999, current: \d+$/]],
    [
      "resourceVersion=9007199254740993",
      [504, "Timeout", /Too large resource version: 9007199254740993, current: \d+$/],
    ],
    ["resourceVersion=18446744073709551616", at(/parsing "18446744073709551616": value out of range$/)],
    [
      "resourceVersionMatch=Exact",
      [422, "Invalid", /resourceVersionMatch is forbidden unless resourceVersion is provided/],
    ],
    [
      "watch=1&sendInitialEvents=true",
      [422, "Invalid", /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/],
    ],
    ["labelSelector=a%20b", at("unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt")],
    ["labelSelector=a%20in%20b", at("unable to parse requirement: found 'b' expected: '('")],
    ["labelSelector=,", at("found ',', expected: !, identifier, or 'end of string'")],
    [
      "labelSelector=a%3D-b-",
      at(/^unable to parse requirement: values\[0\]\[a\]: Invalid value: "-b-": a valid label must be/),
    ],
    [
      "fieldSelector=spec.x%3D1",
      at('"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'),
    ],
    ["fieldSelector=x", at("invalid selector: 'x'; can't understand 'x'")],
    ["watch=1&labelSelector=%3D", at(/found '='/)],
  ])("%s", async (query, [code, reason, message]) => {
    const answer = await server.call(`${configMaps}?${query}`);
    if (reason) expectStatus(answer, code, reason, message);
    else expect(answer.json()).toMatchObject({ status: "Failure", message: expect.stringMatching(message) });
  });

  test("one object at a revision that is from the future, or none", async () => {
    const cached = [
      "/api/v1/namespaces/default",
      `${configMaps}/none`,
      `${deployments}/none/status`,
      `${deployments}/none/scale`,
    ];
    const events = `${namespaced("/api/v1", "events")}/none`;
    const future = (path: string, revision: string) => server.call(`${path}?resourceVersion=${revision}`);
    const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
    for (const revision of ["99999999", "9007199254740993", "18446744073709551615"]) {
      for (const path of [...cached, events]) {
        const answer = await future(path, revision);
        const message = new RegExp(`^Timeout: Too large resource version: ${revision}, current: \\d+$`);
        expectStatus(answer, 504, "Timeout", message);
        const retry = path === events ? {} : { retryAfterSeconds: 1 };
        expect(answer.json().details).toEqual({ causes, ...retry });
      }
    }
    for (const [revision, why] of [
      ["x", "invalid syntax"],
      ["-1", "invalid syntax"],
      ["18446744073709551616", "value out of range"],
    ] as const) {
      const message = `resourceVersion: Invalid value: "${revision}": strconv.ParseUint: parsing "${revision}": ${why}`;
      // Upstream's cache and its storage do not agree on the code.
      for (const path of cached) expectStatus(await future(path, revision), 500, "", message);
      expectStatus(await future(events, revision), 400, "BadRequest", `invalid resource version: ${message}`);
    }
    expect((await future("/api/v1/namespaces/default", "0")).status).toBe(200);
    expect((await future("/api/v1/namespaces/default", "1")).status).toBe(200);
    expect((await future("/api/v1/namespaces/default", "")).status).toBe(200);
  });

  test("field selectors of kinds that have some", async () => {
    expectStatus(
      await server.call(`${pods}?fieldSelector=spec.x%3D1`),
      400,
      "BadRequest",
      "field label not supported: spec.x",
    );
  });

  test.each([
    ["dryRun=x", 'dryRun: Unsupported value: "x": supported values: "All"'],
    ["fieldValidation=x", 'fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"'],
    [`fieldManager=${"x".repeat(129)}`, "fieldManager: Too long: may not be more than 128 bytes"],
    ["fieldManager=a%0Ab", 'fieldManager: Invalid value: "a\\nb": invalid character U+000A (at position 1)'],
  ])("POST with %s", async (query, text) => {
    await unchanged(async () =>
      expectInvalid(await send("POST", `${configMaps}?${query}`, configMap("q")), 'CreateOptions.meta.k8s.io ""', text),
    );
  });
});

describe("deleting", () => {
  let uid: string;
  beforeAll(async () => {
    ({ uid } = (await create(configMaps, configMap("kept"))).metadata);
  });
  const path = `${configMaps}/kept`;
  const options = (text: string) =>
    `DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal ${text}`;

  test.each<[string | undefined, unknown, number, string, string | RegExp]>([
    [
      "propagationPolicy=x",
      undefined,
      422,
      "Invalid",
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "x": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    ["dryRun=x", undefined, 422, "Invalid", /dryRun: Unsupported value: "x"/],
    ["gracePeriodSeconds=x", undefined, 400, "BadRequest", 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      "orphanDependents=true&propagationPolicy=Orphan",
      undefined,
      422,
      "Invalid",
      /orphanDependents and deletionPropagation cannot be both set$/,
    ],
    [undefined, "{", 400, "BadRequest", /^the object provided is unrecognized \(must be of type DeleteOptions\)/],
    [undefined, "[]", 400, "BadRequest", /cannot unmarshal array into Go value/],
    [
      undefined,
      { kind: "Pod", apiVersion: "v1" },
      400,
      "BadRequest",
      "decoded object cannot be converted to DeleteOptions",
    ],
    [
      undefined,
      { dryRun: "All" },
      400,
      "BadRequest",
      options("string into Go struct field DeleteOptions.dryRun of type []string"),
    ],
    [
      undefined,
      { gracePeriodSeconds: "x" },
      400,
      "BadRequest",
      options("string into Go struct field DeleteOptions.gracePeriodSeconds of type int64"),
    ],
    [
      undefined,
      { preconditions: "x" },
      400,
      "BadRequest",
      options("string into Go struct field DeleteOptions.preconditions of type v1.Preconditions"),
    ],
    [
      undefined,
      { orphanDependents: "x" },
      400,
      "BadRequest",
      options("string into Go struct field DeleteOptions.orphanDependents of type bool"),
    ],
    [
      undefined,
      { preconditions: { resourceVersion: "1" } },
      409,
      "Conflict",
      /^Operation cannot be fulfilled on ConfigMap "kept": the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record \(\d+\). The object might have been modified$/,
    ],
    [
      undefined,
      { preconditions: { uid: "x" } },
      409,
      "Conflict",
      /^Operation cannot be fulfilled on ConfigMap "kept": the UID in the precondition \(x\) does not match the UID in record \(.*\). The object might have been deleted and then recreated$/,
    ],
  ])("with %j and %j", async (query, body, code, reason, message) => {
    const answer = await send("DELETE", query ? `${path}?${query}` : path, body);
    expectStatus(answer, code, reason, message);
    expect((await server.call(path)).json().metadata.uid).toBe(uid);
  });

  test("what may not go, and what is not there", async () => {
    expectStatus(
      await send("DELETE", "/api/v1/namespaces/default"),
      403,
      "Forbidden",
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
    expectStatus(await send("DELETE", `${configMaps}/gone`), 404, "NotFound", 'configmaps "gone" not found');
    const collection = await send("DELETE", `${configMaps}?labelSelector=%3D`);
    expectStatus(collection, 400, "BadRequest", /found '='/);
  });
});

describe("patches", () => {
  const map = `${configMaps}/patched`;
  const dep = `${deployments}/patched`;
  beforeAll(async () => {
    await create(configMaps, configMap("patched"));
    await create(deployments, deployment("patched"));
  });
  const rejected: [number, string, string] = [
    422,
    "Invalid",
    "the server rejected our request due to an error in our request",
  ];
  const bad = (message: string | RegExp): [number, string, string | RegExp] => [400, "BadRequest", message];
  const decoding = (what: string) => bad(`error decoding patch: json: cannot unmarshal ${what}`);
  const containers = (list: unknown) => ({ spec: { template: { spec: { containers: list } } } });
  const applied = (more: object) => ({ apiVersion: "v1", kind: "ConfigMap", ...more });
  const notYaml = "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";

  test.each<[string, string, unknown, [number, string, string | RegExp]]>([
    [types.jsonPatch, map, [{ op: "test", path: "/data/a", value: "x" }], rejected],
    [types.jsonPatch, map, [{ op: "replace", path: "/data/zz/deep", value: "x" }], rejected],
    [types.jsonPatch, map, [{ op: "remove", path: "/nope/x" }], rejected],
    [types.jsonPatch, map, [{ op: "bogus", path: "/data" }], rejected],
    [types.jsonPatch, map, [{ op: "add", path: "data", value: "1" }], rejected],
    [types.jsonPatch, map, {}, decoding("object into Go value of type []handlers.jsonPatchOp")],
    [
      types.jsonPatch,
      map,
      Array(10_001).fill({ op: "test", path: "/data/a", value: "b" }),
      [
        413,
        "RequestEntityTooLarge",
        "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
      ],
    ],
    [types.merge, map, "", bad("error decoding patch: unexpected end of JSON input")],
    [types.merge, map, [], decoding("array into Go value of type map[string]interface {}")],
    [types.merge, map, { data: "x" }, [422, "Invalid", /^ "" is invalid: patch: Invalid value: /]],
    [
      types.merge,
      map,
      { metadata: { name: "other" } },
      bad("the name of the object (other) does not match the name on the URL (patched)"),
    ],
    [types.merge, map, { kind: "Pod" }, bad(/unknown conversion$/)],
    [types.merge, map, { metadata: { resourceVersion: "1" } }, [409, "Conflict", /the object has been modified/]],
    [types.merge, map, null, bad("Invalid JSON Patch")],
    [types.strategic, map, "{", bad("unexpected end of JSON input")],
    [types.merge, `${configMaps}/absent`, "{", [404, "NotFound", 'configmaps "absent" not found']],
    [types.strategic, map, [], bad("json: cannot unmarshal array into Go value of type map[string]interface {}")],
    [
      types.strategic,
      map,
      { data: { a: 5 } },
      [422, "Invalid", ' "" is invalid: patch: Invalid value: "map[data:map[a:5]]": cannot convert int64 to string'],
    ],
    [
      types.strategic,
      map,
      { data: { $patch: "bogus" } },
      [500, "", "unknown patch type: bogus in map: map[$patch:bogus]"],
    ],
    [
      types.strategic,
      dep,
      containers([{ image: "x" }]),
      [500, "", "map: map[image:x] does not contain declared merge key: name"],
    ],
    [
      types.strategic,
      dep,
      { spec: { selector: { matchLabels: { app: "z" } } } },
      [422, "Invalid", /spec.selector: Invalid value: {"matchLabels":{"app":"z"}}: field is immutable/],
    ],
    [
      types.apply,
      `${map}?fieldManager=m`,
      "a: [",
      bad(/^error decoding YAML: error converting YAML to JSON: yaml: line 1: /),
    ],
    [types.apply, `${map}?fieldManager=m`, "5", bad(`${notYaml} number into Go value of type map[string]interface {}`)],
    [types.apply, `${map}?fieldManager=m`, "kind: ConfigMap", bad("invalid object type: /, Kind=ConfigMap")],
    [
      types.apply,
      map,
      applied({}),
      [
        422,
        "Invalid",
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      ],
    ],
    [
      types.apply,
      `${map}?fieldManager=m`,
      applied({ data: { a: "mine" } }),
      [409, "Conflict", 'Apply failed with 1 conflict: conflict with "unknown" using v1: .data.a'],
    ],
    [
      types.apply,
      `${map}?fieldManager=m`,
      applied({ foo: 5 }),
      [500, "", "failed to create typed patch object (/; /v1, Kind=ConfigMap): .foo: field not declared in schema"],
    ],
    [
      types.apply,
      `${map}?fieldManager=m`,
      applied({ metadata: { managedFields: [{}] } }),
      bad("metadata.managedFields must be nil"),
    ],
    [
      types.merge,
      `${map}?force=true`,
      {},
      [422, "Invalid", /force: Forbidden: may not be specified for non-apply patch$/],
    ],
    [types.merge, `${configMaps}/gone`, {}, [404, "NotFound", 'configmaps "gone" not found']],
  ])("%s %s %j", async (type, path, body, [code, reason, message]) => {
    await unchanged(async () => expectStatus(await send("PATCH", path, body, type), code, reason, message));
  });
});

describe("who asks", () => {
  test.each<TestProtocol>(["HTTP/1.1", "HTTP/2"])("nobody, by %s", async (protocol) => {
    for (const headers of [{}, { authorization: "Basic YTpi" }, { authorization: "Bearer x.y.z" }] as Record<
      string,
      string
    >[]) {
      expectStatus(await server.call(configMaps, { as: null, headers }, protocol), 401, "Unauthorized", "Unauthorized");
    }
  });

  test("a certificate of another cluster, and one that has expired", async () => {
    const other = await testServer();
    expectStatus(await server.call(configMaps, { as: other.pki.admin }), 401, "Unauthorized", "Unauthorized");
    // And the other way round: who knows another CA does not talk to this server at all.
    const tls = connectTls({ port: server.port, host: "127.0.0.1", servername: "localhost", ca: other.pki.ca });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => tls.once("error", resolve));
    expect(error.message).toMatch(/self-signed certificate in certificate chain|unable to verify|signature failure/);
    await other.close();
    // Certificates made two years ago by the same authority.
    const authority = { cert: server.pki.ca, key: readFileSync(join(server.dir, "ca.key"), "utf8") };
    const clock = { ...systemClock, now: () => systemClock.now() - 2 * 365 * 86_400_000 };
    const wanted = { commonName: "kubernetes-admin", organizations: ["system:masters"], use: "client" } as const;
    const expired = await makeLeaf(authority, wanted, { clock, random: systemRandom });
    for (const protocol of ["HTTP/1.1", "HTTP/2"] as const) {
      expectStatus(await server.call(configMaps, { as: expired }, protocol), 401, "Unauthorized", "Unauthorized");
    }
    const fresh = await makeLeaf(authority, wanted, { clock: systemClock, random: systemRandom });
    expect((await server.call(configMaps, { as: fresh })).status).toBe(200);
  });

  test("impersonation without the right to", async () => {
    const as = await server.pki.node("n1");
    const answer = await server.call(pods, { as, headers: { "impersonate-user": "joe" } });
    expectStatus(
      answer,
      403,
      "Forbidden",
      'users "joe" is forbidden: User "system:node:n1" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    const joe = await server.call(configMaps, { headers: { "impersonate-user": "joe" } });
    expectStatus(
      joe,
      403,
      "Forbidden",
      'configmaps is forbidden: User "joe" cannot list resource "configmaps" in API group "" in the namespace "default"',
    );
    const nobody = await server.call(configMaps, { headers: { "impersonate-group": "g" } });
    expectStatus(nobody, 500, "InternalError", /without impersonating a user$/);
  });
});

describe("clients that misbehave", () => {
  const session = () => {
    const made = connectHttp2(`https://127.0.0.1:${server.port}`, server.tls(undefined));
    made.on("error", () => {});
    return made;
  };

  test("bodies that never end are answered when their time is up", async () => {
    const head = `POST ${configMaps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
    const before = revision();
    const slow = raw(head, "never");
    const client = session();
    const stream = client.request({ ":method": "POST", ":path": configMaps, "content-type": types.json });
    stream.write("{");
    const status = new Promise((resolve) => stream.once("response", (headers) => resolve(headers[":status"])));
    stream.on("error", () => {});
    // Both requests are there when a later one is.
    await server.call("/version");
    await eventually(async () => {
      await server.clock.advance(61_000);
      expect(await Promise.race([status, Promise.resolve(0)])).toBe(504);
    });
    expect(await slow).toMatch(/^HTTP\/1.1 504 /);
    client.destroy();
    expect(revision()).toBe(before);
  });

  test("uploads that break off leave nothing", async () => {
    const before = revision();
    const text = JSON.stringify(configMap("half"));
    for (let i = 0; i < 20; i++) {
      const client = session();
      const stream = client.request({ ":method": "POST", ":path": configMaps, "content-type": types.json });
      stream.on("error", () => {});
      await new Promise<void>((resolve) => stream.write(text.slice(0, -1), () => resolve()));
      client.destroy();
    }
    expect((await server.call(`${configMaps}/half`)).status).toBe(404);
    expect(revision()).toBe(before);
  });

  test("three hundred watches, one of which is never read", async () => {
    const clients = [session(), session()];
    const opened = Array.from({ length: 300 }, (_, i) => {
      const stream = (clients[i % 2] as ReturnType<typeof session>).request({
        ":path": `${configMaps}?watch=1&fieldSelector=metadata.name%3Dwatched`,
      });
      stream.on("error", () => {});
      return stream;
    });
    const [unread, ...read] = opened;
    unread?.pause();
    const seen = read.map((stream) => {
      let events = 0;
      stream.on("data", (chunk: Buffer) => {
        for (const byte of chunk) if (byte === 10) events++;
      });
      return () => events;
    });
    await Promise.all(opened.map((stream) => new Promise((resolve) => stream.once("response", resolve))));
    await create(configMaps, configMap("watched"));
    // More than the connection's window: the one that does not read must not hold up its neighbours.
    const data = { a: "x".repeat(10_000) };
    for (let n = 0; n < 20; n++)
      expect(
        (await send("PATCH", `${configMaps}/watched`, { data: { ...data, n: String(n) } }, types.merge)).status,
      ).toBe(200);
    await eventually(() => expect(new Set(seen.map((count) => count()))).toEqual(new Set([21])));
    for (const client of clients) client.destroy();
  });
});
