import { describe, expect, test } from "vitest";
import { leaseKind } from "../coordination/lease.ts";
import { endpointSliceKind } from "../discovery/endpointslice.ts";
import type {
  ConfigMap,
  CoreEvent,
  EndpointSlice,
  Endpoints,
  EventsEvent,
  Namespace,
  Node,
  Secret,
} from "../generated/types.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { lines } from "../test-lines.ts";
import { configMapKind } from "./configmap.ts";
import { endpointsKind } from "./endpoints.ts";
import { eventKind } from "./event.ts";
import { namespaceFinalizeRules, namespaceKind } from "./namespace.ts";
import { nodeKind } from "./node.ts";
import { secretKind } from "./secret.ts";
import { serviceAccountKind } from "./serviceaccount.ts";

const context = { now: 0, user: "test" };
const now = Date.parse("2024-01-01T01:00:00Z");

function created<T extends KubeObject>(kind: Kind<T>, object: T): T {
  kind.applyDefaults(object);
  kind.prepareCreate(object, context);
  return object;
}
const cells = <T extends KubeObject>(kind: Kind<T>, object: T) =>
  Object.fromEntries(kind.columns.map((column) => [column.name, column.cell(object, now)]));

describe("Namespace", () => {
  const plain = () => created<Namespace>(namespaceKind, { metadata: { name: "team" } });

  test("is active, is named by a label and waits for its content", () => {
    expect(plain()).toEqual({
      metadata: { name: "team", labels: { "kubernetes.io/metadata.name": "team" } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
    expect(namespaceKind.validateName("a.b")).toEqual(["must not contain dots"]);
  });

  test("an update changes neither finalizers nor status", () => {
    const next: Namespace = { metadata: { name: "team" }, spec: { finalizers: [] }, status: { phase: "Terminating" } };
    namespaceKind.prepareUpdate(next, plain(), context);
    expect(next).toMatchObject({ spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } });
  });

  test("finalize changes nothing but finalizers", () => {
    const next: Namespace = { metadata: {}, spec: { finalizers: [] }, status: { phase: "Gone" } };
    namespaceFinalizeRules.prepareUpdate(next, plain());
    expect(next).toEqual({ ...plain(), spec: { finalizers: [] } });
    expect(lines(namespaceFinalizeRules.validateUpdate({ spec: { finalizers: ["mine"] } }))).toEqual([
      'spec.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });

  test.each<[string, boolean, string[]]>([
    ["Active", false, []],
    ["Terminating", true, []],
    [
      "Terminating",
      false,
      ["status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"],
    ],
    [
      "Active",
      true,
      ["status.Phase: Invalid value: \"Active\": may only be 'Terminating' if `deletionTimestamp` is not empty"],
    ],
  ])("status %s while deleting: %s", (phase, deleting, expected) => {
    const next = { ...plain(), status: { phase } };
    if (deleting) next.metadata = { ...next.metadata, deletionTimestamp: "2024-01-01T00:00:00Z" };
    expect(lines(namespaceKind.status?.validateUpdate(next, plain()) ?? [])).toEqual(expected);
  });
});

describe("ConfigMap", () => {
  test.each<[ConfigMap, string[]]>([
    [{ data: { a: "x", "b.c_d-e": "" }, binaryData: { f: "AAAA" } }, []],
    [
      { data: { "a/b": "" } },
      [
        "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    [
      { data: { a: "" }, binaryData: { a: "" } },
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [{ data: { a: "x".repeat(1048577) } }, [": Too long: may not be more than 1048576 bytes"]],
  ])("case %#", (object, expected) => {
    expect(lines(configMapKind.validate(object))).toEqual(expected);
  });

  test("an immutable one keeps its data and stays immutable", () => {
    const previous = { immutable: true, data: { a: "1" } };
    expect(lines(configMapKind.validateUpdate({ immutable: true, data: { a: "1" } }, previous))).toEqual([]);
    expect(lines(configMapKind.validateUpdate({ data: { a: "2" } }, previous))).toEqual([
      "immutable: Forbidden: field is immutable when `immutable` is set",
      "data: Forbidden: field is immutable when `immutable` is set",
    ]);
  });

  test("counts both kinds of data", () => {
    expect(cells(configMapKind, { data: { a: "" }, binaryData: { b: "" } }).Data).toBe(2);
  });
});

describe("Secret", () => {
  test("stringData is merged into data", () => {
    expect(created<Secret>(secretKind, { data: { a: "MQ==", b: "Mg==" }, stringData: { b: "3" } })).toEqual({
      type: "Opaque",
      data: { a: "MQ==", b: "Mw==" },
    });
  });

  test.each<[Secret, string[]]>([
    [{ type: "kubernetes.io/tls", data: { "tls.crt": "" } }, ["data[tls.key]: Required value"]],
    [{ type: "kubernetes.io/basic-auth" }, ["data[username]: Required value", "data[password]: Required value"]],
    [
      { type: "kubernetes.io/service-account-token" },
      ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
    ],
    [{ type: "example.com/any" }, []],
    [{ type: "constructor" }, []],
  ])("%j", (secret, expected) => {
    expect(lines(secretKind.validate(secret))).toEqual(expected);
  });

  test("its type is for life", () => {
    expect(lines(secretKind.validateUpdate({ type: "b" }, { type: "a" }))).toEqual([
      'type: Invalid value: "b": field is immutable',
    ]);
  });
});

describe("Node", () => {
  const node = (more: Partial<Node>): Node => ({ metadata: { name: "n" }, ...more });

  test.each<[Partial<Node>, string]>([
    [{}, "Unknown"],
    [{ status: { conditions: [{ type: "Ready", status: "True" }] } }, "Ready"],
    [{ status: { conditions: [{ type: "Ready", status: "Unknown" }] } }, "NotReady"],
    [
      { spec: { unschedulable: true }, status: { conditions: [{ type: "Ready", status: "True" }] } },
      "Ready,SchedulingDisabled",
    ],
  ])("%j is %s", (more, expected) => {
    expect(cells(nodeKind, node(more)).Status).toBe(expected);
  });

  test("roles, addresses and versions", () => {
    const labels = { "node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "", other: "x" };
    const nodeInfo = { kubeletVersion: "v1.34.0", kernelVersion: "6.1", architecture: "arm64" };
    const object = node({
      metadata: { name: "n", labels },
      status: { addresses: [{ type: "InternalIP", address: "10.0.0.1" }], nodeInfo: nodeInfo as never },
    });
    expect(cells(nodeKind, object)).toMatchObject({
      Roles: "control-plane,worker",
      Version: "v1.34.0",
      "Internal-IP": "10.0.0.1",
      "External-IP": "<none>",
      "OS-Image": "<unknown>",
      "Kernel-Version": "6.1 (arm64)",
    });
    expect(cells(nodeKind, node({})).Roles).toBe("<none>");
  });

  test.each<[NonNullable<Node["spec"]>, NonNullable<Node["spec"]>]>([
    [{ podCIDR: "10.1.0.0/24" }, { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] }],
    [{ podCIDRs: ["10.1.0.0/24"] }, { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] }],
    [
      { podCIDR: "10.2.0.0/24", podCIDRs: ["10.1.0.0/24", "fd00::/64"] },
      { podCIDR: "10.2.0.0/24", podCIDRs: ["10.2.0.0/24"] },
    ],
    [
      { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24", "fd00::/64"] },
      { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24", "fd00::/64"] },
    ],
    [{}, {}],
  ])("the range of its pods %o is one and the first of several", (spec, expected) => {
    const next = created<Node>(nodeKind, node({ spec: { ...spec } }));
    expect(next.spec).toEqual(expected);
    if (!spec.podCIDR) return;
    const other = created<Node>(nodeKind, node({ spec: { ...expected, podCIDR: "10.9.0.0/24" } }));
    expect(nodeKind.validateUpdate(other, next)).toEqual([
      expect.objectContaining({ field: "spec.podCIDRs", reason: "FieldValueForbidden" }),
    ]);
  });

  test("what is allocatable is the capacity unless said", () => {
    expect(created<Node>(nodeKind, node({ status: { capacity: { memory: "1024Mi" } } })).status).toEqual({
      capacity: { memory: "1Gi" },
      allocatable: { memory: "1Gi" },
    });
  });

  test("taints and pod ranges", () => {
    const taint = { key: "a", effect: "NoSchedule" };
    expect(lines(nodeKind.validate(node({ spec: { taints: [taint, taint, { key: "b", effect: "Never" }] } })))).toEqual(
      [
        'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
        'metadata.taints[2].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    );
    const [before, after] = [
      node({ spec: { podCIDRs: ["10.0.0.0/24"] } }),
      node({ spec: { podCIDRs: ["10.0.1.0/24"] } }),
    ];
    expect(lines(nodeKind.validateUpdate(after, before))).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ]);
  });
});

test("a node's status has whole numbers of what is its own", () => {
  const node = { metadata: { name: "n" }, status: { capacity: { "example.com/gpu": "500m" } } };
  expect(lines(nodeKind.status?.validateUpdate(node, node) ?? [])).toEqual([
    'status.capacity.example.com/gpu: Invalid value: "500m": must be an integer',
  ]);
});

describe("Event", () => {
  const event: CoreEvent = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e", namespace: "d" },
    involvedObject: { kind: "Pod", name: "p", namespace: "d" },
    reason: "Started",
    message: " Started container ",
    source: { component: "kubelet", host: "n" },
    firstTimestamp: "2024-01-01T00:50:00Z",
    lastTimestamp: "2024-01-01T00:59:00Z",
    count: 3,
    type: "Normal",
  };
  const [eventsV1] = eventKind.alternates ?? [];

  test("as a table", () => {
    expect(cells(eventKind, event)).toEqual({
      "Last Seen": "60s",
      Type: "Normal",
      Reason: "Started",
      Object: "pod/p",
      Subobject: "",
      Source: "kubelet, n",
      Message: "Started container",
      "First Seen": "10m",
      Count: 3,
      Name: "e",
    });
  });

  test("a single event of the new form", () => {
    const single: CoreEvent = {
      metadata: {},
      involvedObject: {},
      eventTime: "2024-01-01T00:59:30.000000Z",
      reportingComponent: "example.com/c",
      reportingInstance: "c-1",
    };
    expect(cells(eventKind, single)).toMatchObject({
      "Last Seen": "30s",
      "First Seen": "30s",
      Count: 1,
      Source: "example.com/c, c-1",
    });
  });

  test("is the same event under events.k8s.io", () => {
    const other = eventsV1?.fromStorage(event) as EventsEvent;
    expect(other).toEqual({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: event.metadata,
      regarding: event.involvedObject,
      reason: "Started",
      note: " Started container ",
      deprecatedSource: event.source,
      deprecatedFirstTimestamp: event.firstTimestamp,
      deprecatedLastTimestamp: event.lastTimestamp,
      deprecatedCount: 3,
      type: "Normal",
    });
    expect(eventsV1?.toStorage(other)).toEqual(event);
  });

  test("its object must be in its namespace", () => {
    expect(lines(eventKind.validate(event))).toEqual([]);
    const elsewhere = { ...event, involvedObject: { ...event.involvedObject, namespace: "x" } };
    expect(lines(eventKind.validate(elsewhere))).toEqual([
      'involvedObject.namespace: Invalid value: "x": does not match event.namespace',
    ]);
  });

  test("the new form must say who reports what", () => {
    expect(lines(eventKind.validate({ ...event, eventTime: "2024-01-01T00:00:00.000000Z", reason: "" }))).toEqual([
      "reportingComponent: Required value",
      'reportingComponent: Invalid value: "": name part must be non-empty',
      expect.stringContaining('reportingComponent: Invalid value: "": name part must consist of'),
      "reportingInstance: Required value",
      "action: Required value",
      "reason: Required value",
    ]);
  });
});

describe("Endpoints", () => {
  const addresses = ["10.0.0.1", "10.0.0.2"].map((ip) => ({ ip }));
  test("shows three and how many more", () => {
    const object: Endpoints = { subsets: [{ addresses, ports: [{ port: 80 }, { name: "b", port: 81 }] }] };
    expect(cells(endpointsKind, object).Endpoints).toBe("10.0.0.1:80,10.0.0.2:80,10.0.0.1:81 + 1 more...");
    expect(cells(endpointsKind, {}).Endpoints).toBe("<none>");
    expect(cells(endpointsKind, { subsets: [{ addresses }] }).Endpoints).toBe("10.0.0.1,10.0.0.2");
  });
  test("validation", () => {
    const object: Endpoints = { subsets: [{}, { addresses: [{ ip: "127.0.0.1" }], ports: [{ port: 0 }] }] };
    endpointsKind.applyDefaults(object);
    expect(lines(endpointsKind.validate(object))).toEqual([
      "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`",
      'subsets[1].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      "subsets[1].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
    ]);
  });
});

describe("EndpointSlice", () => {
  test("conditions are shown also when there are none", () => {
    const { endpoints } = slice({ endpoints: [{ addresses: ["10.0.0.1"] }] });
    expect(endpoints).toEqual([{ addresses: ["10.0.0.1"], conditions: {} }]);
  });

  const slice = (more: Partial<EndpointSlice> = {}): EndpointSlice =>
    created<EndpointSlice>(endpointSliceKind, {
      metadata: { name: "s" },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"] }],
      ports: [{ port: 80 }],
      ...more,
    });

  test("as a table", () => {
    const four = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"].map((address) => ({ addresses: [address] }));
    expect(cells(endpointSliceKind, slice({ endpoints: four }))).toMatchObject({
      AddressType: "IPv4",
      Ports: "80",
      Endpoints: "10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...",
    });
    expect(cells(endpointSliceKind, slice({ endpoints: [], ports: [] }))).toMatchObject({
      Ports: "<unset>",
      Endpoints: "<unset>",
    });
  });

  test("its generation follows endpoints, ports and labels", () => {
    const generationAfter = (change: (s: EndpointSlice) => void) => {
      const next = slice();
      change(next);
      endpointSliceKind.prepareUpdate(next, slice(), context);
      return next.metadata?.generation;
    };
    expect(generationAfter(() => {})).toBe(1);
    expect(generationAfter((s) => Object.assign(s.metadata ?? {}, { annotations: { a: "b" } }))).toBe(1);
    expect(generationAfter((s) => Object.assign(s.metadata ?? {}, { labels: { a: "b" } }))).toBe(2);
    expect(generationAfter((s) => Object.assign(s, { endpoints: [] }))).toBe(2);
  });

  test.each<[Partial<EndpointSlice>, string[]]>([
    [{}, []],
    [{ addressType: "IPX" }, ['addressType: Unsupported value: "IPX": supported values: "FQDN", "IPv4", "IPv6"']],
    [{ endpoints: [{ addresses: [] }] }, ["endpoints[0].addresses: Required value: must contain at least 1 address"]],
    [
      { endpoints: [{ addresses: ["fd00::1"] }] },
      ['endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address'],
    ],
    [{ ports: [{ port: 1 }, { port: 2 }] }, ['ports[1].name: Duplicate value: ""']],
  ])("%j", (more, expected) => {
    expect(lines(endpointSliceKind.validate(slice(more)))).toEqual(expected);
  });

  test("its address type is for life", () => {
    expect(lines(endpointSliceKind.validateUpdate(slice({ addressType: "IPv6" }), slice()))).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
  });
});

test("a Lease lasts more than no time", () => {
  expect(lines(leaseKind.validate({ spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } }))).toEqual([
    "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
    "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
  ]);
  expect(cells(leaseKind, { spec: { holderIdentity: "me" } }).Holder).toBe("me");
});

test("a ServiceAccount shows its age and how many secrets it has", () => {
  const metadata = { name: "default", creationTimestamp: "2024-01-01T00:00:00Z" };
  expect(cells(serviceAccountKind, { metadata, secrets: [{ name: "a" }] })).toEqual({
    Name: "default",
    Secrets: 1,
    Age: "60m",
  });
  expect(cells(serviceAccountKind, { metadata }).Secrets).toBe(0);
});
