import { describe, expect, test } from "vitest";
import type { Service, ServiceSpec } from "../generated/types.ts";
import { lines } from "../test-lines.ts";
import { serviceKind } from "./service.ts";

const context = { now: 0, user: "test" };
const port = { port: 80 };

/** A Service as it is validated on creation. */
function created(spec: ServiceSpec): Service {
  const service: Service = { metadata: { name: "s", namespace: "d" }, spec: structuredClone(spec) };
  serviceKind.applyDefaults(service);
  serviceKind.prepareCreate(service, context);
  return service;
}
const errorsOf = (spec: ServiceSpec) => lines(serviceKind.validate(created(spec)));

/** An update of a Service that had its IP and node ports allocated. */
function update(before: ServiceSpec, after: ServiceSpec) {
  const previous = created(before);
  const next: Service = { metadata: {}, spec: structuredClone(after) };
  serviceKind.applyDefaults(next);
  serviceKind.prepareUpdate(next, previous, context);
  return {
    spec: next.spec as ServiceSpec,
    status: next.status,
    errors: lines([...serviceKind.validate(next), ...serviceKind.validateUpdate(next, previous)]),
  };
}

describe("creation", () => {
  test("a plain Service", () => {
    expect(created({ ports: [port], selector: { app: "a" } })).toEqual({
      metadata: { name: "s", namespace: "d" },
      spec: {
        internalTrafficPolicy: "Cluster",
        ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
        selector: { app: "a" },
        sessionAffinity: "None",
        type: "ClusterIP",
      },
      status: { loadBalancer: {} },
    });
    expect(errorsOf({ ports: [port] })).toEqual([]);
  });

  test("what each type gets", () => {
    expect(created({ type: "NodePort", ports: [port] }).spec).toMatchObject({ externalTrafficPolicy: "Cluster" });
    expect(created({ type: "LoadBalancer", ports: [port] }).spec).toMatchObject({
      allocateLoadBalancerNodePorts: true,
      externalTrafficPolicy: "Cluster",
    });
    const external = created({ type: "ExternalName", externalName: "example.com" }).spec;
    expect(external).not.toHaveProperty("ipFamilies");
    expect(external).not.toHaveProperty("internalTrafficPolicy");
    expect(created({ sessionAffinity: "ClientIP", ports: [port] }).spec?.sessionAffinityConfig).toEqual({
      clientIP: { timeoutSeconds: 10_800 },
    });
  });

  test.each<[string, ServiceSpec, string[]]>([
    ["no ports", {}, ["spec.ports: Required value"]],
    ["headless without ports", { clusterIP: "None", clusterIPs: ["None"] }, []],
    [
      "ports without names",
      { ports: [port, { port: 81 }] },
      ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
    ],
    [
      "a node port on ClusterIP",
      { ports: [{ port: 80, nodePort: 30080 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      "the same port twice",
      {
        ports: [
          { ...port, name: "a" },
          { ...port, name: "b" },
        ],
      },
      [
        'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      ],
    ],
    [
      "an unknown type",
      { type: "Magic", ports: [port] },
      [
        'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    ["an ExternalName of nothing", { type: "ExternalName" }, ["spec.externalName: Required value"]],
    [
      "headless NodePort",
      { type: "NodePort", clusterIP: "None", clusterIPs: ["None"], ports: [port] },
      [`spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`],
    ],
    [
      "a cluster IP that is none",
      { clusterIP: "1.2.3", clusterIPs: ["1.2.3"], ports: [port] },
      ['spec.clusterIPs[0]: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    [
      "an external IP on loopback",
      { externalIPs: ["127.0.0.1"], ports: [port] },
      ['spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    ],
    [
      "affinity for too long",
      { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } }, ports: [port] },
      [
        "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400",
      ],
    ],
    [
      "a port with a bad target",
      { ports: [{ port: 80, targetPort: "web_port" }] },
      [
        'spec.ports[0].targetPort: Invalid value: "web_port": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      ],
    ],
    [
      "a load-balancer class without a load balancer",
      { loadBalancerClass: "example.com/x", ports: [port] },
      ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"],
    ],
  ])("%s", (_, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });
});

describe("update", () => {
  const clusterIP = "10.96.0.10";
  const balanced: ServiceSpec = {
    type: "LoadBalancer",
    clusterIP,
    clusterIPs: [clusterIP],
    ports: [{ port: 80, nodePort: 30080 }],
  };

  test("to ClusterIP drops node ports and what load balancers have", () => {
    const { spec, status, errors } = update(balanced, { ...created(balanced).spec, type: "ClusterIP" });
    expect(spec).toMatchObject({ clusterIP, type: "ClusterIP" });
    expect(spec.ports?.[0]).not.toHaveProperty("nodePort");
    expect(spec).not.toHaveProperty("allocateLoadBalancerNodePorts");
    expect(spec).not.toHaveProperty("externalTrafficPolicy");
    expect(status).toEqual({ loadBalancer: {} });
    expect(errors).toEqual([]);
  });

  test("to ExternalName drops addresses", () => {
    const { spec, errors } = update(balanced, {
      ...created(balanced).spec,
      type: "ExternalName",
      externalName: "example.com",
    });
    expect(spec).not.toHaveProperty("clusterIP");
    expect(spec).not.toHaveProperty("clusterIPs");
    expect(spec).not.toHaveProperty("ipFamilies");
    expect(errors).toEqual([]);
  });

  test("a node port that the writer changed as well is his to answer for", () => {
    const { errors } = update(balanced, {
      ...created(balanced).spec,
      type: "ClusterIP",
      ports: [{ port: 80, nodePort: 30081 }],
    });
    expect(errors).toEqual(["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]);
  });

  test("the cluster IP is for life", () => {
    const { errors } = update(balanced, {
      ...created(balanced).spec,
      clusterIP: "10.96.0.11",
      clusterIPs: ["10.96.0.11"],
    });
    expect(errors).toEqual(['spec.clusterIPs[0]: Invalid value: ["10.96.0.11"]: may not change once set']);
  });
});

describe("table", () => {
  const cells = (spec: ServiceSpec, status: Service["status"] = {}) => {
    const service: Service = { metadata: { name: "s" }, spec, status };
    return Object.fromEntries(serviceKind.columns.map((column) => [column.name, column.cell(service, 0)]));
  };
  test.each<[ServiceSpec, Service["status"], string]>([
    [{ type: "ClusterIP" }, {}, "<none>"],
    [{ type: "ClusterIP", externalIPs: ["1.1.1.1", "2.2.2.2"] }, {}, "1.1.1.1,2.2.2.2"],
    [{ type: "LoadBalancer" }, {}, "<pending>"],
    [{ type: "LoadBalancer" }, { loadBalancer: { ingress: [{ ip: "127.1.0.2" }] } }, "127.1.0.2"],
    [
      { type: "LoadBalancer", externalIPs: ["1.1.1.1"] },
      { loadBalancer: { ingress: [{ hostname: "h" }] } },
      "h,1.1.1.1",
    ],
    [{ type: "ExternalName", externalName: "example.com" }, {}, "example.com"],
  ])("%j with %j has EXTERNAL-IP %s", (spec, status, expected) => {
    expect(cells(spec, status)["External-IP"]).toBe(expected);
  });
  test("ports and selector", () => {
    const spec: ServiceSpec = {
      clusterIPs: ["10.96.0.10"],
      selector: { b: "2", a: "1" },
      ports: [
        { port: 80, protocol: "TCP", nodePort: 30080 },
        { port: 53, protocol: "UDP" },
      ],
    };
    expect(cells(spec)).toMatchObject({
      "Cluster-IP": "10.96.0.10",
      "Port(s)": "80:30080/TCP,53/UDP",
      Selector: "a=1,b=2",
    });
    expect(cells({})).toMatchObject({ "Cluster-IP": "<none>", "Port(s)": "<none>", Selector: "<none>" });
  });
});

test("load-balancer status is for load balancers", () => {
  const status = { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } };
  const check = (type: string) => {
    const service: Service = {
      metadata: { name: "s" },
      spec: { type, ports: [port] },
      status: structuredClone(status),
    };
    serviceKind.applyDefaults(service);
    return lines(serviceKind.status?.validateUpdate(service, service) ?? []);
  };
  expect(check("LoadBalancer")).toEqual([]);
  expect(check("ClusterIP")).toEqual([
    "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
  ]);
});
