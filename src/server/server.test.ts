import { createPublicKey, verify } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { podKind } from "../api/core/pod.ts";
import { pod } from "../testing/registry-fixture.ts";
import { type TestProtocol, type TestRequest, testServer } from "../testing/server-fixture.ts";

let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const pods = "/api/v1/namespaces/default/pods";
const configMaps = "/api/v1/namespaces/default/configmaps";
const post = (body: unknown, headers: Record<string, string> = {}): TestRequest => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body,
});
const tableAccept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

describe.each<TestProtocol>(["HTTP/1.1", "HTTP/2"])("over %s", (protocol) => {
  const call = (path: string, request?: TestRequest) => server.call(path, request, protocol);
  const name = protocol === "HTTP/2" ? "two" : "one";

  test("creates, reads, lists, updates, patches and deletes", async () => {
    const created = await call(configMaps, post({ metadata: { name }, data: { a: "1" } }));
    expect(created.status).toBe(201);
    expect(created.headers["audit-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.headers["cache-control"]).toBe("no-cache, private");

    const got = await call(`${configMaps}/${name}`);
    expect(got.json()).toEqual(created.json());
    expect(got.text.endsWith("}\n")).toBe(true);

    const changed = { ...got.json(), data: { a: "2" } };
    const updated = await call(`${configMaps}/${name}`, { ...post(changed), method: "PUT" });
    expect(updated.json().data).toEqual({ a: "2" });
    expect((await call(`${configMaps}/${name}`, { ...post(changed), method: "PUT" })).json()).toMatchObject({
      code: 409,
      reason: "Conflict",
    });

    const patched = await call(`${configMaps}/${name}`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: { data: { b: "3" } },
    });
    expect(patched.json().data).toEqual({ a: "2", b: "3" });

    const list = (await call(`${configMaps}?fieldSelector=metadata.name%3D${name}`)).json();
    expect(list).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1" });
    expect(list.items[0].data).toEqual({ a: "2", b: "3" });

    expect((await call(`${configMaps}/${name}`, { method: "DELETE" })).json()).toMatchObject({
      kind: "Status",
      status: "Success",
      details: { name, kind: "configmaps" },
    });
    expect((await call(`${configMaps}/${name}`)).json()).toMatchObject({
      message: `configmaps "${name}" not found`,
      code: 404,
    });
  });

  test("a body over 3 MiB is refused", async () => {
    const answer = await call(
      configMaps,
      post({ metadata: { name: "big" }, data: { a: "x".repeat(3 * 1024 * 1024) } }),
    );
    expect(answer.status).toBe(413);
    expect(answer.json().message).toBe("Request entity too large: limit is 3145728");
  });

  test("HEAD answers without a body", async () => {
    const answer = await call("/healthz", { method: "HEAD" });
    expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
    const refused = await call("/api/v1/namespaces/default", { method: "HEAD" });
    expect([refused.status, refused.bytes.length]).toEqual([405, 0]);
  });
});

test("the Unix socket speaks the same", async () => {
  const answer = await server.callSocket("/api/v1/namespaces/default");
  expect(answer.json().metadata.name).toBe("default");
});

describe("who asks", () => {
  test("without credentials only health and version are answered", async () => {
    for (const path of ["/livez", "/readyz", "/healthz", "/version"]) {
      expect((await server.call(path, { as: null })).status).toBe(200);
    }
    for (const path of [pods, "/api", "/openapi/v2", "/"]) {
      const answer = await server.call(path, { as: null });
      expect(answer.json()).toMatchObject({ kind: "Status", message: "Unauthorized", code: 401 });
    }
  });

  test("a token that nobody knows is refused", async () => {
    const headers = { authorization: "Bearer nonsense" };
    expect((await server.call(pods, { as: null, headers })).status).toBe(401);
  });

  test("a certificate that serves is not one that asks", async () => {
    expect((await server.call(pods, { as: server.pki.server })).status).toBe(401);
  });

  test("a component may do what it needs", async () => {
    const scheduler = await server.pki.component("system:kube-scheduler");
    expect((await server.call("/api/v1/pods", { as: scheduler })).status).toBe(200);
    const refused = await server.call("/api/v1/secrets", { as: scheduler });
    expect(refused.headers["x-content-type-options"]).toBe("nosniff");
    expect(refused.json()).toMatchObject({
      code: 403,
      message:
        'secrets is forbidden: User "system:kube-scheduler" cannot list resource "secrets" in API group "" at the cluster scope',
    });
  });

  test("impersonation is for those who may", async () => {
    const headers = { "impersonate-user": "jane", "impersonate-group": "dev" };
    const review = (as?: TestRequest["as"]) =>
      server.call("/apis/authentication.k8s.io/v1/selfsubjectreviews", { ...post({}, headers), as });
    expect((await review()).json().metadata).toEqual({ creationTimestamp: expect.stringMatching(/Z$/) });
    expect((await review()).json().status.userInfo).toEqual({
      username: "jane",
      groups: ["dev", "system:authenticated"],
    });
    const scheduler = await server.pki.component("system:kube-scheduler");
    expect((await review(scheduler)).json().message).toBe(
      'users "jane" is forbidden: User "system:kube-scheduler" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });

  test("access reviews answer what the authorizer would", async () => {
    const ask = async (spec: object) =>
      (await server.call("/apis/authorization.k8s.io/v1/subjectaccessreviews", post({ spec }))).json();
    const resourceAttributes = { verb: "list", resource: "pods" };
    expect((await ask({ user: "system:kube-scheduler", resourceAttributes })).status.allowed).toBe(true);
    expect((await ask({ user: "jane", resourceAttributes })).status.allowed).toBe(false);
    expect((await ask({ user: "jane" })).reason).toBe("Invalid");
  });
});

describe("what is sent", () => {
  test("malformed JSON is told in Go's words", async () => {
    const answer = await server.call(configMaps, post("{bad"));
    expect(answer.json()).toMatchObject({
      code: 400,
      reason: "BadRequest",
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: " +
        "invalid character 'b' looking for beginning of object key string ({bad)",
    });
  });

  test("an unknown media type is 415, for patches too", async () => {
    const answer = await server.call(configMaps, post("<a/>", { "content-type": "application/xml" }));
    expect(answer.json()).toMatchObject({ code: 415, reason: "UnsupportedMediaType" });
    const patch = await server.call(`${configMaps}/x`, { ...post({}), method: "PATCH" });
    expect(patch.json()).toMatchObject({ code: 415, message: "415: Unsupported Media Type", details: {} });
  });

  test("YAML", async () => {
    const yaml = "metadata:\n  name: from-yaml\ndata:\n  on: 'yes'\n";
    const answer = await server.call(`${configMaps}?dryRun=All`, post(yaml, { "content-type": "application/yaml" }));
    expect(answer.json()).toMatchObject({ metadata: { name: "from-yaml" } });
  });

  test("duplicate fields: refused when strict, warned of otherwise", async () => {
    const body = '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}';
    const strict = await server.call(`${configMaps}?fieldValidation=Strict&dryRun=All`, post(body));
    expect(strict.json().message).toContain('strict decoding error: duplicate field "data.a"');
    const warned = await server.call(`${configMaps}?dryRun=All`, post(body));
    expect(warned.status).toBe(201);
    expect(warned.headers.warning).toBe('299 - "duplicate field \\"data.a\\""');
  });

  test("unknown and duplicate fields are said in the order of the body", async () => {
    const body = '{"metadata":{"name":"x"},"foo":1,"data":{"a":"1","a":"2"},"bar":2}';
    const strict = await server.call(`${configMaps}?fieldValidation=Strict&dryRun=All`, post(body));
    expect(strict.json().message).toMatch(
      /: strict decoding error: unknown field "foo", duplicate field "data.a", unknown field "bar"$/,
    );
  });

  test("options are checked", async () => {
    expect((await server.call(`${configMaps}?dryRun=Some`, post({}))).json().message).toBe(
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "Some": supported values: "All"',
    );
    const bad = { ...post({ propagationPolicy: "Sideways" }), method: "DELETE" };
    expect((await server.call(`${configMaps}/x`, bad)).json().reason).toBe("Invalid");
  });

  test("another kind is refused", async () => {
    const answer = await server.call(configMaps, post({ apiVersion: "v1", kind: "Secret", metadata: { name: "x" } }));
    expect(answer.json()).toMatchObject({ code: 400 });
    expect(answer.json().message).toContain('Secret in version "v1" cannot be handled as a ConfigMap');
  });
});

describe("what is answered", () => {
  beforeAll(async () => {
    for (let i = 0; i < 120; i++) {
      const { spec } = pod("x");
      const labels = { filler: "x".repeat(60), more: "y".repeat(60) };
      const annotations = { text: "z".repeat(1000) };
      const object = { metadata: { name: `p${i}`, labels, annotations }, spec };
      await server.registry.create(podKind, "default", object, {}, server.ctx);
    }
  });

  test("tables, with what was asked to be in them", async () => {
    const table = (await server.call(`${pods}?limit=2`, { headers: { accept: tableAccept } })).json();
    expect(table).toMatchObject({ kind: "Table", apiVersion: "meta.k8s.io/v1" });
    expect(table.metadata).toMatchObject({ remainingItemCount: 118 });
    expect(table.columnDefinitions[0]).toMatchObject({ name: "Name", type: "string", format: "name" });
    expect(table.rows[0].object).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "p0" } });
    const none = await server.call(`${pods}/p1?includeObject=None`, { headers: { accept: tableAccept } });
    expect(none.json().rows).toHaveLength(1);
    expect(none.json().rows[0].object).toBeNull();
    const bad = await server.call(`${pods}?includeObject=Some`, { headers: { accept: tableAccept } });
    expect(bad.status).toBe(400);
  });

  test("events of either group as one table", async () => {
    const body = {
      metadata: { name: "seen" },
      involvedObject: { namespace: "default", kind: "Pod", name: "p0" },
      count: 3,
    };
    await server.call("/api/v1/namespaces/default/events", { method: "POST", body });
    for (const root of ["/api/v1", "/apis/events.k8s.io/v1"]) {
      const path = `${root}/namespaces/default/events/seen`;
      const { rows } = (await server.call(`${path}?includeObject=Object`, { headers: { accept: tableAccept } })).json();
      expect(rows[0].cells.slice(3, 4)).toEqual(["pod/p0"]);
      expect(rows[0].object).toMatchObject({ eventTime: null, metadata: { name: "seen" } });
    }
  });

  test("partial objects", async () => {
    const accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    const list = (await server.call(`${pods}?limit=1`, { headers: { accept } })).json();
    expect(list.kind).toBe("PartialObjectMetadataList");
    expect(list.items[0]).toMatchObject({ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" });
    expect(list.items[0].spec).toBeUndefined();
    const none = await server.call(`${pods}?labelSelector=no=thing`, { headers: { accept } });
    expect(none.json().items).toBeNull();
    expect((await server.call(`${pods}/p1`, { headers: { accept } })).status).toBe(406);
  });

  test("YAML, pretty JSON, gzip, or 406", async () => {
    const yaml = await server.call(`${pods}/p1`, { headers: { accept: "application/yaml" } });
    expect(yaml.headers["content-type"]).toBe("application/yaml");
    expect(yaml.text).toMatch(/^apiVersion: v1\nkind: Pod\n/);
    expect((await server.call(`${pods}/p1?pretty=1`)).text).toMatch(/^\{\n {2}"kind"/);
    const zipped = await server.call(pods, { headers: { "accept-encoding": "gzip" } });
    expect(zipped.headers["content-encoding"]).toBe("gzip");
    expect(JSON.parse(gunzipSync(zipped.bytes).toString()).items).toHaveLength(120);
    const small = await server.call(`${pods}/p1`, { headers: { "accept-encoding": "gzip" } });
    expect(small.headers["content-encoding"]).toBeUndefined();
    const protobuf = await server.call(pods, { headers: { accept: "application/vnd.kubernetes.protobuf" } });
    expect(protobuf.json()).toMatchObject({ code: 406, reason: "NotAcceptable" });
  });

  test("what cannot be accepted is told as upstream's router, or the server behind it, tells it", async () => {
    const refused = async (path: string, accept: string) => {
      const answer = await server.call(path, { headers: { accept } });
      return [answer.status, answer.json().message];
    };
    const router = (types: string) => [406, `406: Not Acceptable\n\nAvailable representations: ${types}`];
    const behind = [406, "only the following media types are accepted: application/json, application/yaml"];
    const both = router("application/json, application/yaml");
    for (const path of [configMaps, `${configMaps}/none`, "/api", "/api/v1", "/apis/apps/v1"])
      expect([path, ...(await refused(path, "text/html"))]).toEqual([path, ...both]);
    for (const path of ["/apis", "/apis/apps"])
      expect([path, ...(await refused(path, "text/html"))]).toEqual([path, ...behind]);
    expect(await refused(configMaps, "application/json;as=Table;v=v9;g=meta.k8s.io")).toEqual(behind);
    expect(await refused("/version", "application/yaml")).toEqual(router("application/json"));
    expect((await server.call("/version", { headers: { accept: "application/json, */*" } })).status).toBe(200);
  });

  test("paths and methods that are not there", async () => {
    expect((await server.call("/nowhere")).text).toBe("404 page not found\n");
    expect((await server.call("/api/v1/nothings")).status).toBe(404);
    expect((await server.call("/api/v1/namespaces/default/nodes")).status).toBe(404);
    expect((await server.call("/api/v1/pods/p1")).status).toBe(404);
    expect((await server.call("/api/v1/namespaces/default/configmaps/x/status")).status).toBe(404);
    const put = await server.call(configMaps, { ...post({}), method: "PUT" });
    expect(put.json()).toMatchObject({ code: 405, reason: "MethodNotAllowed" });
  });

  test("scale reads and writes a Scale", async () => {
    const template = { metadata: { labels: { a: "b" } }, spec: pod("x").spec };
    const deployments = "/apis/apps/v1/namespaces/default/deployments";
    const spec = { selector: { matchLabels: { a: "b" } }, template };
    await server.call(deployments, post({ metadata: { name: "web" }, spec }));
    const scale = (await server.call(`${deployments}/web/scale`)).json();
    expect(scale).toMatchObject({ kind: "Scale", apiVersion: "autoscaling/v1", spec: { replicas: 1 } });
    const put = await server.call(`${deployments}/web/scale`, {
      ...post({ ...scale, spec: { replicas: 3 } }),
      method: "PUT",
    });
    expect(put.json().spec.replicas).toBe(3);
    expect((await server.call(`${deployments}/web`)).json().spec.replicas).toBe(3);
  });

  test("an event under its other name, patched there", async () => {
    const events = "/api/v1/namespaces/default/events";
    const involvedObject = { kind: "Pod", name: "p1", namespace: "default" };
    await server.call(
      events,
      post({ metadata: { name: "e" }, involvedObject, message: "m", reason: "R", type: "Normal" }),
    );
    const other = "/apis/events.k8s.io/v1/namespaces/default/events/e";
    expect((await server.call(other)).json()).toMatchObject({ apiVersion: "events.k8s.io/v1", note: "m" });
    const selected = await server.call(
      "/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=regarding.name%3Dp1,regarding.kind!%3DNode",
    );
    expect(selected.json()).toMatchObject({ kind: "EventList", items: [{ note: "m" }] });
    const patched = await server.call(other, {
      method: "PATCH",
      headers: { "content-type": "application/strategic-merge-patch+json" },
      body: { metadata: { labels: { seen: "yes" } } },
    });
    expect(patched.json()).toMatchObject({ apiVersion: "events.k8s.io/v1", metadata: { labels: { seen: "yes" } } });
    expect((await server.call(`${events}/e`)).json()).toMatchObject({
      message: "m",
      metadata: { labels: { seen: "yes" } },
    });
  });
});

describe("discovery", () => {
  test("aggregated, as kubectl asks for it", async () => {
    const accept =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
    const answer = await server.call("/apis", { headers: { accept } });
    expect(answer.headers["content-type"]).toBe("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    const apps = answer.json().items.find((i: { metadata: { name: string } }) => i.metadata.name === "apps");
    expect(apps.metadata).toEqual({ name: "apps" });
    const core = (await server.call("/api", { headers: { accept } })).json().items[0];
    const binding = core.versions[0].resources
      .find((r: { resource: string }) => r.resource === "pods")
      .subresources.find((s: { subresource: string }) => s.subresource === "binding");
    expect([core.metadata, binding.responseKind]).toEqual([{}, { group: "", version: "", kind: "Binding" }]);
    const deployments = apps.versions[0].resources.find((r: { resource: string }) => r.resource === "deployments");
    expect(deployments).toMatchObject({ scope: "Namespaced", shortNames: ["deploy"], singularResource: "deployment" });
    expect(deployments.subresources.map((s: { subresource: string }) => s.subresource)).toEqual(["scale", "status"]);
    const etag = answer.headers.etag as string;
    expect((await server.call("/apis", { headers: { accept, "if-none-match": etag } })).status).toBe(304);
  });

  test("the legacy lists", async () => {
    expect((await server.call("/api")).json()).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    expect((await server.call("/apis/apps")).json()).toMatchObject({ kind: "APIGroup", name: "apps" });
    const { resources } = (await server.call("/api/v1")).json();
    const pod = resources.find((r: { name: string }) => r.name === "pods");
    expect(pod.storageVersionHash).toBe("xPOwRZ+Yhw8=");
    expect(resources.map((r: { name: string }) => r.name)).toContain("pods/log");
  });

  test("an event's hash is that of the version it is stored in", async () => {
    for (const path of ["/api/v1", "/apis/events.k8s.io/v1"]) {
      const { resources } = (await server.call(path)).json();
      const events = resources.find((r: { name: string }) => r.name === "events");
      expect(events.storageVersionHash).toBe("r2yiGXH7wu8=");
    }
  });

  test("health, one check at a time and all of them", async () => {
    expect((await server.call("/livez?verbose")).text).toBe("[+]ping ok\nlivez check passed\n");
    expect((await server.call("/readyz/ping")).text).toBe("ok");
    expect((await server.call("/readyz/nothing")).status).toBe(404);
    expect((await server.call("/readyz/ping/more")).status).toBe(404);
    expect((await server.call("/readyz/ping?verbose&exclude=ping")).text).toBe("ok");
    expect((await server.call("/livez?exclude=ping")).text).toBe("ok");
    expect((await server.call("/livez?verbose&exclude=ping&exclude=x&exclude=a&exclude=")).text).toBe(
      '[+]ping excluded: ok\nwarn: some health checks cannot be excluded: no matches for "","a","x"\nlivez check passed\n',
    );
  });

  test("what verifies tokens of service accounts", async () => {
    const accept = { headers: { accept: "application/jwk-set+json" } };
    const keys = await server.call("/openid/v1/jwks", accept);
    expect([keys.headers["content-type"], keys.headers["cache-control"]]).toEqual([
      "application/jwk-set+json",
      "public, max-age=3600",
    ]);
    const [key, ...more] = keys.json().keys;
    expect(Object.keys(key)).toEqual(["use", "kty", "kid", "crv", "alg", "x", "y"]);
    expect([key.use, key.kty, key.crv, key.alg, more]).toEqual(["sig", "EC", "P-256", "ES256", []]);
    const configuration = (await server.call("/.well-known/openid-configuration")).json();
    expect(configuration).toEqual({
      issuer: "https://kubernetes.default.svc.cluster.local",
      jwks_uri: expect.stringMatching(/^https:\/\/(127\.0\.0\.1|localhost):\d+\/openid\/v1\/jwks$/),
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
    });

    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    await server.call("/api/v1/namespaces/default/serviceaccounts", post({ metadata: { name: "verified" } }));
    const issued = await server.call("/api/v1/namespaces/default/serviceaccounts/verified/token", post(body));
    const token: string = issued.json().status.token;
    const [head = "", payload = "", signature = ""] = token.split(".");
    expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({ alg: "ES256", kid: key.kid });
    expect(JSON.parse(Buffer.from(payload, "base64url").toString()).iss).toBe(configuration.issuer);
    const verifies = verify(
      "sha256",
      Buffer.from(`${head}.${payload}`),
      { key: createPublicKey({ key, format: "jwk" }), dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    );
    expect(verifies).toBe(true);

    const bearer = { authorization: `Bearer ${token}`, ...accept.headers };
    expect((await server.call("/openid/v1/jwks", { as: null, headers: bearer })).status).toBe(200);
    expect((await server.call("/openid/v1/jwks", { as: null, ...accept })).status).toBe(401);
    const refused = await server.call("/openid/v1/jwks", { headers: { accept: "application/json" } });
    expect(refused.json()).toMatchObject({
      code: 406,
      message: "406: Not Acceptable\n\nAvailable representations: application/jwk-set+json",
    });
    expect((await server.call("/openid/v1/jwks", { method: "HEAD" })).status).toBe(405);
    expect((await server.call("/openid/v1/other")).status).toBe(404);
  });

  test("OpenAPI in the forms that kubectl asks for", async () => {
    const index = (await server.call("/openapi/v3")).json();
    const url = index.paths["apis/apps/v1"].serverRelativeURL;
    expect((await server.call(url)).json().paths).toHaveProperty(
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
    );
    const accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    const v2 = await server.call("/openapi/v2", { headers: { accept } });
    expect(v2.headers["content-type"]).toBe("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    expect((await server.call("/openapi/v2")).json().swagger).toBe("2.0");
  });
});

test("deprecated resources say so", async () => {
  const answer = await server.call("/api/v1/namespaces/default/endpoints");
  expect(answer.headers.warning).toBe(
    '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
  );
});

describe("servers of their own", () => {
  test("a request that takes too long is told so, and its work is aborted", async () => {
    let signal: AbortSignal | undefined;
    const stuck = await testServer({
      registry: {
        ...server.registry,
        list: (_kind, _namespace, _options, ctx) => {
          signal = ctx.signal;
          return new Promise(() => {});
        },
      },
    });
    const answer = stuck.call(`${pods}?timeout=5s`);
    while (!signal) await new Promise(setImmediate);
    await stuck.clock.advance(6000);
    expect((await answer).json()).toMatchObject({ code: 504, reason: "Timeout" });
    expect(signal.aborted).toBe(true);
    expect((await stuck.call(`${pods}?timeout=soon`)).status).toBe(400);
    await stuck.close();
  });

  test("tokens, when somebody knows them", async () => {
    const authenticator = {
      authenticate: async (token: string) =>
        token === "good" ? { name: "robot", groups: ["system:masters"] } : undefined,
    };
    const own = await testServer({ authenticator });
    const headers = { authorization: "Bearer good" };
    expect((await own.call("/api/v1/pods", { as: null, headers })).status).toBe(200);
    const review = await own.call("/apis/authentication.k8s.io/v1/tokenreviews", post({ spec: { token: "good" } }));
    expect(review.json().status).toMatchObject({ authenticated: true, user: { username: "robot" } });
    await own.close();
  });

  test("closing ends watches and frees the port", async () => {
    const own = await testServer();
    const watch = own.call("/api/v1/pods?watch=1").catch(() => undefined);
    expect((await own.call("/readyz")).text).toBe("ok");
    await own.close();
    await watch;
    await expect(own.call("/readyz")).rejects.toThrow();
  });

  test("a defect is an internal error, not a lost request", async () => {
    const broken = await testServer({
      registry: { ...server.registry, list: () => Promise.reject(new TypeError("boom")) },
    });
    expect((await broken.call(pods)).json()).toMatchObject({
      code: 500,
      reason: "InternalError",
      message: "Internal error occurred: boom",
    });
    await broken.close();
  });

  test("a list of very many comes in chunks, whole", async () => {
    const own = await testServer();
    const { items } = await own.registry.list(podKind, "default", {}, own.ctx);
    expect(items).toHaveLength(0);
    const one = await own.registry.create(podKind, "default", pod("one"), {}, own.ctx);
    const many = await testServer({
      registry: {
        ...own.registry,
        list: async () => ({ items: Array.from({ length: 20_000 }, () => one), revision: 7 }) as never,
      },
    });
    const list = (await many.call(pods)).json();
    expect([list.items.length, list.metadata.resourceVersion]).toEqual([20_000, "7"]);
    const zipped = await many.call(pods, { headers: { "accept-encoding": "gzip" } }, "HTTP/1.1");
    expect(JSON.parse(gunzipSync(zipped.bytes).toString()).items).toHaveLength(20_000);
    await many.close();
    await own.close();
  });
});
