/** Parameters of requests, deletions and patches that cannot be. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  configMap,
  configMaps,
  create,
  deployment,
  deployments,
  expectInvalid,
  expectStatus,
  namespaced,
  pods,
  send,
  server,
  types,
  unchanged,
} from "./wire.ts";

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
