import { describe, expect, test } from "vitest";
import { decodeTyped, unknownFieldText } from "./decode.ts";

const deployment = "io.k8s.api.apps.v1.Deployment";
const pod = "io.k8s.api.core.v1.Pod";
const decode = (type: string, value: unknown) => decodeTyped(type, value).object as unknown;
const unknownFields = (type: string, value: unknown) => decodeTyped(type, value).unknownFields;

describe("unknown fields", () => {
  test("are named by path, through lists and maps", () => {
    const value = {
      kind: "Deployment",
      specc: 1,
      spec: { replicas: 2, foo: {}, template: { spec: { containers: [{ name: "a" }, { name: "b", imag: "x" }] } } },
    };
    expect(unknownFields(deployment, value)).toEqual(["specc", "spec.foo", "spec.template.spec.containers[1].imag"]);
    expect(decode(deployment, value)).toEqual({
      kind: "Deployment",
      spec: { replicas: 2, template: { spec: { containers: [{ name: "a" }, { name: "b" }] } } },
    });
  });

  test("are case-sensitive, and none in free-form values", () => {
    expect(unknownFields(deployment, { Kind: "Deployment" }).map(unknownFieldText)).toEqual(['unknown field "Kind"']);
    expect(unknownFields("io.k8s.api.apps.v1.ControllerRevision", { data: { anything: [1] } })).toEqual([]);
  });

  test("are at most 100", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, 1]));
    expect(unknownFields(pod, many)).toHaveLength(100);
  });

  test("a key __proto__ is unknown, and harmless in a map", () => {
    expect(unknownFields(pod, JSON.parse('{"__proto__": {"spec": {}}}'))).toEqual(["__proto__"]);
    const labels = decode(pod, JSON.parse('{"metadata": {"labels": {"__proto__": "x", "a": "b"}}}'));
    expect(JSON.stringify(labels)).toBe('{"metadata":{"labels":{"__proto__":"x","a":"b"}}}');
  });
});

describe("wrong types are refused in Go's words", () => {
  const cases: [string, unknown, string][] = [
    [deployment, [], "json: cannot unmarshal array into Go value of type v1.Deployment"],
    [
      deployment,
      { spec: "x" },
      "json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec",
    ],
    [
      deployment,
      { spec: { replicas: "3" } },
      "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      deployment,
      { spec: { replicas: 1.5 } },
      "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      deployment,
      { spec: { replicas: 3e9 } },
      "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      deployment,
      { spec: { template: { spec: { containers: [{ env: [{ name: "A", value: 1 }] }] } } } },
      "json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
    ],
    [
      pod,
      { spec: { containers: {} } },
      "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
    ],
    [
      pod,
      { spec: { containers: [{ imagePullPolicy: true }] } },
      "json: cannot unmarshal bool into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy",
    ],
    [
      pod,
      { metadata: { labels: { a: 1 } } },
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
    ],
    [
      pod,
      { metadata: { labels: [] } },
      "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
    ],
    [
      pod,
      { spec: { hostNetwork: "yes" } },
      "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool",
    ],
    [
      pod,
      { spec: { containers: [{ resources: { limits: { cpu: "1x" } } }] } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      pod,
      { metadata: { creationTimestamp: "soon" } },
      'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"',
    ],
    [
      pod,
      { metadata: { creationTimestamp: "2024-02-30T00:00:00Z" } },
      'parsing time "2024-02-30T00:00:00Z": day out of range',
    ],
    [pod, { metadata: { creationTimestamp: 5 } }, "json: cannot unmarshal number into Go value of type string"],
    ["io.k8s.api.core.v1.Secret", { data: { a: "%%%" } }, "illegal base64 data at input byte 0"],
    ["io.k8s.api.core.v1.Secret", { data: { a: "abcde" } }, "illegal base64 data at input byte 4"],
    [
      deployment,
      { spec: { strategy: { rollingUpdate: { maxSurge: true } } } },
      "json: cannot unmarshal bool into Go value of type int32",
    ],
  ];
  test.each(cases)("%s %j", (type, value, message) => {
    expect(() => decode(type, value)).toThrow(expect.objectContaining({ name: "DecodeError", message }));
  });
});

describe("errors also come in the words of upstream's converter", () => {
  test.each([
    [deployment, { spec: "x" }, "cannot restore struct from: string"],
    [deployment, { spec: { replicas: "many" } }, "unrecognized type: int32"],
    [deployment, { spec: { replicas: 1.5 } }, "cannot convert float64 to int32"],
    [deployment, { spec: { paused: 1 } }, "unrecognized type: bool"],
    [pod, { spec: { containers: "x" } }, "cannot restore slice from string"],
    [pod, { spec: { containers: [{ image: 1 }] } }, "cannot convert int64 to string"],
    [pod, { spec: { containers: [{ image: true }] } }, "unrecognized type: string"],
    [pod, { metadata: { labels: ["a"] } }, "cannot restore map from slice"],
    ["io.k8s.api.core.v1.Secret", { data: { a: "%%%" } }, "illegal base64 data at input byte 0"],
  ])("%s %j", (type, value, conversion) => {
    expect(() => decode(type, value)).toThrow(expect.objectContaining({ conversion }));
  });
});

describe("values become what upstream would store", () => {
  test("null and empty optional values are left out; required ones and pointers to zero stay", () => {
    const value = {
      metadata: { name: "", labels: {}, annotations: null, creationTimestamp: null },
      spec: { replicas: 0, paused: false, minReadySeconds: 0, selector: {}, template: { spec: { containers: [] } } },
      status: {},
    };
    expect(decode(deployment, value)).toEqual({
      metadata: {},
      spec: { replicas: 0, selector: {}, template: { spec: { containers: [] } } },
      status: {},
    });
    expect(decode(pod, { spec: { volumes: [{ name: "a", emptyDir: {} }] } })).toEqual({
      spec: { volumes: [{ name: "a", emptyDir: {} }] },
    });
  });

  test("null inside a list or a map is the zero value", () => {
    const value = { metadata: { labels: { a: null }, finalizers: [null] }, spec: { containers: [null] } };
    expect(decode(pod, value)).toEqual({
      metadata: { labels: { a: "" }, finalizers: [""] },
      spec: { containers: [{}] },
    });
  });

  test("quantities, times and base64 become canonical", () => {
    const value = {
      metadata: { creationTimestamp: "2024-02-29T12:00:00.75+02:00" },
      spec: { containers: [{ name: "a", resources: { limits: { cpu: 0.5, memory: "1024Mi" } } }] },
    };
    expect(decode(pod, value)).toEqual({
      metadata: { creationTimestamp: "2024-02-29T10:00:00Z" },
      spec: { containers: [{ name: "a", resources: { limits: { cpu: "500m", memory: "1Gi" } } }] },
    });
    expect(decode("io.k8s.api.core.v1.Secret", { data: { a: "aGVs\nbG8=" } })).toEqual({ data: { a: "aGVsbG8=" } });
    const lease = { spec: { renewTime: "2024-01-01T00:00:00.123456Z" } };
    expect(decode("io.k8s.api.coordination.v1.Lease", lease)).toEqual(lease);
  });

  test("values of free form are copied as they are", () => {
    const data = Object.freeze({ a: [null, { b: 1 }] });
    const object = decode("io.k8s.api.apps.v1.ControllerRevision", { data }) as { data: object };
    expect(object).toEqual({ data });
    expect(object.data).not.toBe(data);
  });

  test("the input is not touched", () => {
    const value = Object.freeze({ spec: Object.freeze({ replicas: null, foo: 1 }) });
    expect(decode(deployment, value)).toEqual({ spec: {} });
  });
});
