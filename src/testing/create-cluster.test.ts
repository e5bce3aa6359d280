import { afterEach, expect, test } from "vitest";
import { type Cluster, createCluster } from "./index.ts";

const open: Cluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});
/** Closes it after the test. */
const kept = (cluster: Cluster): Cluster => {
  open.push(cluster);
  return cluster;
};

const web = (image: string, replicas = 3) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: ${image}
`;

test("a manifest rolls out, stalls at its deadline and recovers, in no time", async () => {
  const cluster = kept(
    await createCluster({
      nodes: 2,
      images: [{ pattern: "*:missing", pullError: "manifest unknown" }],
    }),
  );
  await cluster.apply(web("app:1"));
  const deployment = () => cluster.get("deployment", "web");
  await cluster.clock.runUntil(async () => (await deployment()).status?.availableReplicas === 3);
  await cluster.apply(web("app:missing"));
  const progressing = async () =>
    (await deployment()).status?.conditions?.find(({ type }) => type === "Progressing")?.reason;
  await cluster.clock.runUntil(async () => (await progressing()) === "ProgressDeadlineExceeded");
  expect((await deployment()).status?.availableReplicas).toBe(3);
  await cluster.apply(web("app:1"));
  await cluster.clock.runUntil(async () => (await progressing()) === "NewReplicaSetAvailable");
  const nodes = await cluster.list("nodes");
  expect(nodes.map(({ metadata }) => metadata?.name)).toEqual(["node-1", "node-2"]);
});

test("a cluster starts with what upstream's has, at the time and with the nodes that were asked for", async () => {
  const cluster = kept(
    await createCluster({
      start: "2026-03-01T12:00:00Z",
      nodes: [
        { labels: { zone: "a" }, capacity: { cpu: "2" } },
        { name: "gpu", taints: [{ key: "gpu", effect: "NoSchedule" }] },
      ],
    }),
  );
  expect(new Date(cluster.clock.now()).toISOString()).toBe("2026-03-01T12:00:00.000Z");
  const names = (list: readonly { metadata?: { name?: string } }[]) => list.map(({ metadata }) => metadata?.name);
  const system = ["default", "kube-node-lease", "kube-public", "kube-system"];
  expect(names(await cluster.list("namespaces"))).toEqual(system);
  expect(names(await cluster.list("serviceaccounts"))).toEqual(["default"]);
  expect(names(await cluster.list("service", { namespace: "" }))).toEqual(["kubernetes", "kube-dns"]);
  const first = await cluster.get("node", "node-1");
  expect(first.metadata?.labels).toMatchObject({ zone: "a", "kubernetes.io/hostname": "node-1" });
  expect(first.status?.capacity).toMatchObject({ cpu: "2", pods: "4k" });
  expect((await cluster.get("node", "gpu")).spec?.taints).toEqual([{ key: "gpu", effect: "NoSchedule" }]);
});

test("apply takes text with several documents, a file, objects; and takes away what is left out", async () => {
  const cluster = kept(await createCluster());
  const text = `${web("app:1")}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata: { a: "1", b: on }\n---\n`;
  await expect(cluster.apply(text)).rejects.toThrow(/manifest, document 2 \(ConfigMap "c"\): .*data/);
  const applied = await cluster.apply(text.replace("on }", '"2" }'));
  expect(applied.map(({ kind }) => kind)).toEqual(["Deployment", "ConfigMap"]);
  await cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: "3" } });
  expect((await cluster.get("configmap", "c")).data).toEqual({ a: "3" });
  const map = (name: string) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}}`;
  const json = (name: string) => JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
  expect(await cluster.apply(`${map("d")}\n---\n${map("e")}`)).toHaveLength(2);
  expect(await cluster.apply(`${json("f")}\n${json("g")}\n`)).toHaveLength(2);
  await expect(cluster.apply(`${json("f")}\n${json("g")}\n---\n${map("h")}`)).rejects.toThrow(
    "manifest, document 3: line 3: invalid character '-' in numeric literal",
  );
  const file = new URL("../../examples/first-app/deployment.yaml", import.meta.url);
  expect((await cluster.apply(file)).length).toBeGreaterThan(0);
  // What came out of the cluster can go back in.
  const current = await cluster.get("deployment", "web");
  await cluster.apply({ ...current, spec: { ...current.spec, replicas: 5 } });
  expect((await cluster.get("deployment", "web")).spec?.replicas).toBe(5);
  await cluster.delete("deployment", "web");
  await cluster.clock.settle();
  await expect(cluster.get("deployment", "web")).rejects.toThrow('deployments.apps "web" not found');
});

test.each([
  ["a: [", /^manifest: line 1: /],
  ["just text", /^manifest: expected an object with apiVersion, kind and metadata, not "just text"/],
  ["kind: Pod", /^manifest: apiVersion: Required value/],
  ["apiVersion: v1\nkind: Pod\n", /^manifest \(Pod\): metadata.name: Required value/],
  [{ apiVersion: "v1", kind: "Gadget", metadata: { name: "g" } }, /no matches for kind "Gadget" in version "v1"/],
  [
    [{ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { contaners: [] } }],
    /^manifest\[0\].*spec.contaners/,
  ],
  [
    { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [] } },
    /spec.containers: Required value/,
  ],
])("apply refuses %j and says where", async (manifest, message) => {
  const cluster = kept(await createCluster());
  await expect(cluster.apply(manifest)).rejects.toThrow(message);
});

test.each([
  [{ images: { app: { readyafter: "1s" } } }, 'images["app"].readyafter: unknown; there are: pattern, pullError'],
  [{ images: { app: { readyAfter: "soon" } } }, 'images["app"].readyAfter: "soon" is not a duration like 500ms or 2s'],
  [{ images: [{ pattern: "*", notReady: [{ after: 1 }] }] }, "images[0].notReady[0].for: undefined is not a duration"],
  [{ nodes: -1 }, "nodes: -1 is not a number of nodes"],
  [{ nodes: [{ name: "a" }, { name: "a" }] }, 'nodes[1].name: "a" is the name of another node'],
  [{ start: "tomorrow" }, 'start: "tomorrow" is not a time'],
  [{ seeds: 3 }, 'createCluster: option "seeds" is unknown; there are: nodes, runtime, '],
  [{ clock: "fast" }, 'clock: "fast" is neither "virtual" nor "real"'],
  [{ runtime: "docker" }, 'runtime: "docker" is neither "simulated" nor "linux"'],
  [{ runtime: "linux", clock: "virtual" }, 'clock: real containers need a "real" clock'],
  [{ runtime: "linux", images: {} }, "images: real containers behave as they do"],
  [{ runtime: "linux", nodes: [{}] }, 'nodes: with runtime "linux" it is how many'],
  [{ imageArchives: ["app.tar"] }, "imageArchives: simulated nodes have only names of images"],
])("createCluster refuses %j in one line", async (options, message) => {
  await expect(createCluster(options as Parameters<typeof createCluster>[0])).rejects.toThrow(message);
});

test("a condition that does not come true tells what the cluster was like", async () => {
  const cluster = kept(await createCluster({ images: { "*": { pullError: "manifest unknown" } } }));
  await cluster.apply(web("app:1", 1));
  const waiting = cluster.clock.runUntil(() => cluster.get("deployment", "wbe"), { timeout: "90s" });
  await expect(waiting).rejects.toThrow(
    /^the condition did not hold within 1m30s of the cluster's time; 1m30s passed \(it last failed with: deployments.apps "wbe" not found\)\nThe cluster at 2025-01-01T00:01:30.000Z:\n {2}workloads:\n {4}deployment default\/web: 1 updated and 0 available of 1, ReplicaSetUpdated\n {2}pods that are not Ready:\n {4}default\/web-\S+ Pending on node-1: web: ImagePullBackOff \(.*manifest unknown.*\)\n {2}last warnings:\n/,
  );
  await expect(cluster.clock.runUntil(() => Promise.reject(new Error("mine")))).rejects.toThrow(/^mine$/);
  await expect(cluster.clock.advance("a while")).rejects.toThrow('clock.advance: "a while" is neither milliseconds');
});

test("images: flapping readiness, a registry that recovers, a container that crashes twice and then lasts", async () => {
  const cluster = kept(
    await createCluster({
      images: {
        "flaps:*": { readyAfter: "5s", notReady: [{ after: "1m", for: "30s" }] },
        "flaky:*": { pullError: "503 Service Unavailable", failedPulls: 2 },
        "crashes:*": { crashAfter: "1s", exitCode: 3, crashes: 2 },
      },
    }),
  );
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      containers: [
        {
          name: "main",
          image: `${name}:1`,
          readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1, failureThreshold: 1 },
        },
      ],
    },
  });
  await cluster.apply([pod("flaps"), pod("flaky"), pod("crashes")]);
  const ready = async (name: string) =>
    (await cluster.get("pod", name)).status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
  const start = cluster.clock.now();
  await cluster.clock.runUntil(() => ready("flaps"));
  expect(cluster.clock.now() - start).toBeGreaterThanOrEqual(5000);
  await cluster.clock.runUntil(async () => !(await ready("flaps")));
  expect(cluster.clock.now() - start).toBeGreaterThanOrEqual(60_000);
  await cluster.clock.runUntil(() => ready("flaps"));
  expect(cluster.clock.now() - start).toBeGreaterThanOrEqual(90_000);
  await cluster.clock.runUntil(() => ready("flaky"));
  const { containerStatuses = [] } = (await cluster.get("pod", "crashes")).status ?? {};
  expect(containerStatuses[0]).toMatchObject({ restartCount: 2, ready: true });
  expect(containerStatuses[0]?.lastState?.terminated?.exitCode).toBe(3);
});

test("undo goes back a revision, for every kind that rolls out", async () => {
  const cluster = kept(await createCluster());
  const set = (kind: string, image: string) => ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "web" },
    spec: {
      ...(kind === "StatefulSet" ? { serviceName: "web" } : {}),
      selector: { matchLabels: { app: kind } },
      template: { metadata: { labels: { app: kind } }, spec: { containers: [{ name: "web", image }] } },
    },
  });
  for (const [kind, resource] of [
    ["Deployment", "deployment"],
    ["StatefulSet", "statefulset"],
    ["DaemonSet", "daemonset"],
  ] as const) {
    const image = async () => (await cluster.get(resource, "web")).spec?.template.spec?.containers[0]?.image;
    await cluster.apply(set(kind, "app:1"));
    await cluster.clock.runUntil(() => cluster.rolledOut(resource, "web"));
    await expect(cluster.undo(resource, "web")).rejects.toThrow(`${resource} "web" has no earlier revision`);
    await cluster.apply(set(kind, "app:2"));
    await cluster.clock.runUntil(() => cluster.rolledOut(resource, "web"));
    await cluster.undo(resource, "web");
    expect(await image()).toBe("app:1");
    await cluster.clock.runUntil(() => cluster.rolledOut(resource, "web"));
    await cluster.undo(resource, "web", { toRevision: 2 });
    expect(await image()).toBe("app:2");
  }
});

test("in real time it goes on by itself", async () => {
  const cluster = kept(await createCluster({ clock: "real", images: { "*": { startDelay: 20 } } }));
  await cluster.apply(web("app:1", 2));
  await cluster.clock.runUntil(() => cluster.rolledOut("deployment", "web"));
  await expect(cluster.fork()).rejects.toThrow("only those in virtual time fork");
});
