import { describe, expect, test } from "vitest";
import type { Affinity, Node, Pod, PodSpec } from "../api/generated/types.ts";
import { ClusterState } from "./cluster-state.ts";
import { demandOf } from "./resources.ts";
import { schedule } from "./schedule.ts";

const namespaceLabels: Record<string, Record<string, string>> = { default: { team: "a" }, other: { team: "b" } };

const node = (
  name: string,
  extra: { labels?: Record<string, string>; spec?: Node["spec"]; cpu?: string; pods?: string } = {},
): Node => ({
  metadata: { name, labels: { "kubernetes.io/hostname": name, ...extra.labels } },
  ...(extra.spec ? { spec: extra.spec } : {}),
  status: { allocatable: { cpu: extra.cpu ?? "4", memory: "8Gi", pods: extra.pods ?? "110" } },
});

let count = 0;
interface PodFacts extends Partial<PodSpec> {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
  cpu?: string;
  memory?: string;
  owner?: string;
  nominatedNodeName?: string;
  deleting?: boolean;
}
function pod(facts: PodFacts = {}): Pod {
  const {
    name = `p${++count}`,
    namespace = "default",
    labels = {},
    cpu,
    memory,
    owner,
    nominatedNodeName,
    deleting,
    ...spec
  } = facts;
  const requests = { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) };
  return {
    metadata: {
      name,
      namespace,
      uid: name,
      labels,
      ...(deleting ? { deletionTimestamp: "2025-01-01T00:00:00Z" } : {}),
      ...(owner
        ? {
            ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: owner, controller: true }],
          }
        : {}),
    },
    spec: { containers: [{ name: "c", resources: { requests } }], ...spec },
    ...(nominatedNodeName ? { status: { nominatedNodeName } } : {}),
  };
}

function cluster(nodes: readonly Node[], placed: Readonly<Record<string, readonly Pod[]>> = {}): ClusterState {
  const state = new ClusterState((namespace) => namespaceLabels[namespace]);
  for (const each of nodes) state.setNode(each);
  for (const [name, pods] of Object.entries(placed)) for (const each of pods) state.place(each, name);
  return state;
}

const decide = (wanted: Pod, state: ClusterState) => schedule(wanted, state, () => 0);
const messageOf = (wanted: Pod, state: ClusterState) => {
  const decision = decide(wanted, state);
  return decision.node === undefined ? decision.message : `on ${decision.node}`;
};
const noVictims = (nodes: number) =>
  `no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${nodes} No preemption victims found for incoming pod.`;
const notHelpful = (nodes: number) =>
  `no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;

describe("a pod that fits nowhere says why", () => {
  test.each<[string, string, Pod, ClusterState]>([
    ["no nodes", "no nodes available to schedule pods", pod(), cluster([])],
    [
      "a full node",
      `0/1 nodes are available: 1 Insufficient cpu. ${noVictims(1)}`,
      pod({ cpu: "2" }),
      cluster([node("a")], { a: [pod({ cpu: "3" })] }),
    ],
    [
      "a pod larger than any node",
      `0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. ${notHelpful(1)}`,
      pod({ cpu: "5", memory: "9Gi" }),
      cluster([node("a")]),
    ],
    [
      "too many pods",
      `0/1 nodes are available: 1 Too many pods. ${noVictims(1)}`,
      pod(),
      cluster([node("a", { pods: "1" })], { a: [pod()] }),
    ],
    [
      "taints and selectors",
      "0/3 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}, " +
        `2 node(s) didn't match Pod's node affinity/selector. ${notHelpful(3)}`,
      pod({ nodeSelector: { disk: "ssd" } }),
      cluster([
        node("a", { spec: { taints: [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }] } }),
        node("b"),
        node("c"),
      ]),
    ],
    [
      "a cordoned node",
      `0/1 nodes are available: 1 node(s) were unschedulable. ${notHelpful(1)}`,
      pod(),
      cluster([node("a", { spec: { unschedulable: true } })]),
    ],
    [
      "a taint without a value",
      `0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }. ${notHelpful(1)}`,
      pod(),
      cluster([node("a", { spec: { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] } })]),
    ],
    [
      "a taken host port",
      `0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. ${noVictims(1)}`,
      pod({ containers: [{ name: "c", ports: [{ containerPort: 80, hostPort: 80 }] }] }),
      cluster([node("a")], {
        a: [pod({ containers: [{ name: "c", ports: [{ containerPort: 1, hostPort: 80, hostIP: "10.0.0.1" }] }] })],
      }),
    ],
    [
      "a claim that does not exist",
      `0/1 nodes are available: persistentvolumeclaim "data" not found. not found`,
      pod({ volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] }),
      cluster([node("a")]),
    ],
    [
      "two causes on different nodes",
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. " +
        "no new claims to deallocate, preemption: 0/2 nodes are " +
        "available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
      pod({ cpu: "2" }),
      cluster([node("a"), node("b", { spec: { unschedulable: true } })], { a: [pod({ cpu: "3" })] }),
    ],
  ])("%s", (_, message, wanted, state) => {
    expect(messageOf(wanted, state)).toBe(message);
  });
});

describe("taints, selectors, affinity", () => {
  const tainted = node("a", { spec: { taints: [{ key: "k", value: "v", effect: "NoExecute" }] } });
  test.each([
    [{ key: "k", operator: "Equal", value: "v" }, true],
    [{ key: "k", operator: "Equal", value: "w" }, false],
    [{ key: "k", operator: "Exists" }, true],
    [{ operator: "Exists" }, true],
    [{ key: "k", operator: "Exists", effect: "NoSchedule" }, false],
    [{ key: "other", operator: "Exists" }, false],
  ])("toleration %o: %s", (toleration, fits) => {
    expect(decide(pod({ tolerations: [toleration] }), cluster([tainted])).node).toBe(fits ? "a" : undefined);
  });

  const requiring = (key: string, operator: string, values?: string[]): Affinity => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator, ...(values ? { values } : {}) }] }],
      },
    },
  });
  test.each<[string, string, string[] | undefined, boolean]>([
    ["zone", "In", ["x", "y"], true],
    ["zone", "In", ["y"], false],
    ["zone", "NotIn", ["y"], true],
    ["zone", "Exists", undefined, true],
    ["rack", "Exists", undefined, false],
    ["rack", "DoesNotExist", undefined, true],
    ["size", "Gt", ["9"], true],
    ["size", "Gt", ["10"], false],
    ["size", "Lt", ["11"], true],
    ["zone", "Gt", ["1"], false],
  ])("%s %s %o: %s", (key, operator, values, fits) => {
    const state = cluster([node("a", { labels: { zone: "x", size: "10" } })]);
    expect(decide(pod({ affinity: requiring(key, operator, values) }), state).node).toBe(fits ? "a" : undefined);
  });

  test("preferences choose among nodes", () => {
    const state = cluster([node("a"), node("b", { labels: { disk: "ssd" } }), node("c")]);
    const preference = { matchExpressions: [{ key: "disk", operator: "Exists" }] };
    const affinity = {
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] },
    };
    expect(decide(pod({ affinity }), state).node).toBe("b");
    const soft = node("a", { spec: { taints: [{ key: "k", effect: "PreferNoSchedule" }] } });
    expect(decide(pod(), cluster([soft, node("b")])).node).toBe("b");
  });
});

describe("spreading", () => {
  test("replicas of one owner go to different nodes", () => {
    const state = cluster([node("a"), node("b"), node("c")]);
    const where = Array.from({ length: 6 }, () => {
      const replica = pod({ owner: "rs" });
      const { node: chosen = "" } = decide(replica, state);
      state.place(replica, chosen);
      return chosen;
    });
    expect(where.slice(0, 3).sort()).toEqual(["a", "b", "c"]);
    expect(where.slice(3).sort()).toEqual(["a", "b", "c"]);
  });

  const spread = (maxSkew: number, extra = {}) => [
    {
      maxSkew,
      topologyKey: "zone",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "web" } },
      ...extra,
    },
  ];
  const zones = [node("a", { labels: { zone: "x" } }), node("b", { labels: { zone: "y" }, cpu: "1" })];
  const web = (facts: PodFacts = {}) => pod({ labels: { app: "web" }, ...facts });

  test("a required spread keeps domains within the skew", () => {
    const state = cluster(zones, { a: [web()] });
    expect(decide(web({ topologySpreadConstraints: spread(1) }), state).node).toBe("b");
    const large = web({ topologySpreadConstraints: spread(1), cpu: "2" });
    expect(messageOf(large, state)).toMatch(
      /^0\/2 nodes are available: 1 Insufficient cpu, 1 node\(s\) didn't match pod topology spread constraints\. /,
    );
    expect(decide(web({ topologySpreadConstraints: spread(2), cpu: "2" }), state).node).toBe("a");
  });

  test("a node without the label, too few domains, and terminating pods", () => {
    expect(messageOf(web({ topologySpreadConstraints: spread(1) }), cluster([node("a")]))).toBe(
      "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label). " +
        notHelpful(1),
    );
    const few = web({ topologySpreadConstraints: spread(1, { minDomains: 3 }) });
    expect(decide(few, cluster(zones, { a: [web()], b: [web()] })).node).toBeUndefined();
    const state = cluster(zones, { a: [web({ deleting: true })], b: [web()] });
    expect(decide(web({ topologySpreadConstraints: spread(1) }), state).node).toBe("a");
  });
});

describe("pods near and apart", () => {
  const term = (labels: Record<string, string>, extra = {}) => ({
    labelSelector: { matchLabels: labels },
    topologyKey: "kubernetes.io/hostname",
    ...extra,
  });
  const near = (...terms: ReturnType<typeof term>[]) => ({
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
  });
  const apart = (...terms: ReturnType<typeof term>[]) => ({
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
  });
  const nodes = [node("a"), node("b")];

  test("required affinity joins its company, and the first of a group starts it", () => {
    const db = pod({ labels: { app: "db" } });
    expect(decide(pod({ affinity: near(term({ app: "db" })) }), cluster(nodes, { b: [db] })).node).toBe("b");
    expect(messageOf(pod({ affinity: near(term({ app: "db" })) }), cluster(nodes))).toBe(
      `0/2 nodes are available: 2 node(s) didn't match pod affinity rules. ${notHelpful(2)}`,
    );
    const self = pod({ labels: { app: "db" }, affinity: near(term({ app: "db" })) });
    expect(decide(self, cluster(nodes)).node).toBe("a");
  });

  test("required anti-affinity holds from both sides", () => {
    const web = () => pod({ labels: { app: "web" }, affinity: apart(term({ app: "web" })) });
    const state = cluster(nodes, { a: [web()] });
    expect(decide(web(), state).node).toBe("b");
    state.place(web(), "b");
    expect(messageOf(web(), state)).toBe(
      `0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. ${noVictims(2)}`,
    );
    expect(messageOf(pod({ labels: { app: "web" } }), state)).toBe(
      `0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules. ${noVictims(2)}`,
    );
  });

  test("namespaces bound what a term sees", () => {
    const stranger = pod({ namespace: "other", labels: { app: "web" } });
    const state = () => cluster([node("a")], { a: [stranger] });
    const fits = (extra: object) => decide(pod({ affinity: apart(term({ app: "web" }, extra)) }), state()).node === "a";
    expect(fits({})).toBe(true);
    expect(fits({ namespaces: ["other"] })).toBe(false);
    expect(fits({ namespaceSelector: { matchLabels: { team: "b" } } })).toBe(false);
    expect(fits({ namespaceSelector: { matchLabels: { team: "a" } } })).toBe(true);
  });

  test("preferences weigh", () => {
    const state = cluster(nodes, { b: [pod({ labels: { app: "db" } })] });
    const weighted = { weight: 100, podAffinityTerm: term({ app: "db" }) };
    const prefers = (kind: "podAffinity" | "podAntiAffinity") =>
      decide(pod({ affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [weighted] } } }), state)
        .node;
    expect(prefers("podAffinity")).toBe("b");
    expect(prefers("podAntiAffinity")).toBe("a");
  });
});

describe("preemption", () => {
  const low = (name: string, cpu: string, priority = 1) => pod({ name, cpu, priority });

  test("takes the least important pods that make enough room", () => {
    const state = cluster([node("a")], { a: [low("small", "1", 5), low("cheap", "2", 1), low("dear", "1", 9)] });
    const decision = decide(pod({ cpu: "2", priority: 10 }), state);
    expect(decision).toMatchObject({
      message: "0/1 nodes are available: 1 Insufficient cpu.",
      preemption: { node: "a" },
    });
    expect(decision.node === undefined && decision.preemption?.victims.map((p) => p.metadata?.name)).toEqual(["cheap"]);
  });

  test("chooses the node that loses least, and never by policy Never", () => {
    const state = cluster([node("a"), node("b")], { a: [low("x", "3", 5)], b: [low("y", "3", 2)] });
    const decision = decide(pod({ cpu: "4", priority: 10 }), state);
    expect(decision.node === undefined && decision.preemption?.node).toBe("b");
    expect(messageOf(pod({ cpu: "4", priority: 10, preemptionPolicy: "Never" }), state)).toBe(
      "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
    );
  });

  test("waits for victims that are on their way", () => {
    const state = cluster([node("a")], { a: [pod({ cpu: "3", priority: 1, deleting: true })] });
    expect(messageOf(pod({ cpu: "4", priority: 10, nominatedNodeName: "a" }), state)).toBe(
      "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to a terminating pod on the nominated node.",
    );
  });
});

test("what a pod asks for: containers and sidecars, or its largest init container, and its overhead", () => {
  const container = (cpu: string, restartPolicy?: string) => ({
    name: cpu,
    resources: { requests: { cpu } },
    ...(restartPolicy ? { restartPolicy } : {}),
  });
  const cpuOf = (spec: Partial<PodSpec>) => demandOf(pod(spec)).requests.get("cpu");
  expect(cpuOf({ containers: [container("100m"), container("0.2")] })).toBe(300);
  expect(cpuOf({ containers: [container("100m")], initContainers: [container("1"), container("500m")] })).toBe(1000);
  expect(
    cpuOf({ containers: [container("100m")], initContainers: [container("200m", "Always"), container("1")] }),
  ).toBe(1200);
  expect(cpuOf({ containers: [container("100m")], overhead: { cpu: "50m" } })).toBe(150);
  expect(cpuOf({ containers: [container("100m")], resources: { requests: { cpu: "2" } } })).toBe(2000);
});

test("a node's account follows its pods", () => {
  const state = cluster([node("a")]);
  const first = pod({
    cpu: "3",
    containers: [{ name: "c", resources: { requests: { cpu: "3" } }, ports: [{ containerPort: 1, hostPort: 9 }] }],
  });
  state.place(first, "a");
  state.setNode(node("a"));
  expect(decide(pod({ cpu: "2" }), state).node).toBeUndefined();
  state.remove(first.metadata?.uid ?? "");
  expect(decide(pod({ cpu: "4" }), state).node).toBe("a");
  expect(state.nodes[0]?.hostPorts).toEqual([]);
});
