import { describe, expect, test } from "vitest";
import {
  configMap,
  configMaps,
  create,
  expectInvalid,
  expectStatus,
  raw,
  secret,
  secrets,
  send,
  server,
  types,
  unchanged,
} from "./wire.ts";

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
    [types.yaml, "a: [", unrecognized("yaml: line 1: did not find expected node content", "613a205b")],
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
