/** Objects that are not valid, and fields that must stay as they are. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Change,
  configMap,
  configMaps,
  create,
  deployment,
  deployments,
  expectInvalid,
  pod,
  pods,
  put,
  replicaSets,
  secret,
  secrets,
  send,
  service,
  services,
  unchanged,
  type Wrong,
} from "./wire.ts";

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
