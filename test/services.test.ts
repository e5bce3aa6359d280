/** Services of every type, from pods on two nodes and from the host; and that nothing of the cluster's network is the host's. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import { getFromPod, getter, inPod } from "./tools/in-pod.ts";

let cluster: TestCluster;
/** IPs of the pods `web`, by node. */
let podIPs: Record<string, string>;

const deployment = (name: string, version: number, replicas: number) =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { name } },
      template: {
        metadata: { labels: { name, app: "web" } },
        spec: {
          containers: [
            {
              name: "app",
              image: `axel9309/kub-first-app:${version}`,
              ports: [{ name: "http", containerPort: 8080 }],
              readinessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  });

const service = (name: string, spec: object) =>
  JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name }, spec });

const selector = { name: "web" };
const http = { name: "http", port: 80, targetPort: "http" };

beforeAll(async () => {
  cluster = await startTestCluster({ nodes: 2 });
  await cluster.buildFirstApp(3, 4);
  await cluster.ask("create", "namespace", "other");
  await cluster.apply(
    [
      deployment("web", 3, 2),
      deployment("next", 4, 1),
      service("web", { selector, ports: [http] }),
      service("headless", { selector, clusterIP: "None", ports: [http] }),
      service("sticky", { selector, sessionAffinity: "ClientIP", ports: [http] }),
      service("by-node", { type: "NodePort", selector, ports: [http, { name: "again", port: 81, targetPort: 8080 }] }),
      service("balanced", { type: "LoadBalancer", selector, ports: [{ ...http, port: 8080 }] }),
      service("elsewhere", { type: "ExternalName", externalName: "web.default.svc.cluster.local" }),
      service("nobody", { selector: { name: "nobody" }, ports: [http] }),
      service("moving", { selector, ports: [http] }),
    ].join("\n---\n"),
  );
  for (const name of ["web", "next"]) await cluster.ask("rollout", "status", `deployment/${name}`);
  const { items } = await cluster.object("pods", "-l", "name=web");
  podIPs = Object.fromEntries(
    items.map((pod: { spec: { nodeName: string }; status: { podIP: string } }) => [
      pod.spec.nodeName,
      pod.status.podIP,
    ]),
  );
});
afterAll(() => cluster?.stop());

const nodes = ["wherry", "wherry-2"];

test("replicas spread over the nodes", () => {
  expect(Object.keys(podIPs).sort()).toEqual(nodes);
});

describe.each(nodes)("from a pod on node %s", (node) => {
  test("every name of a Service, and every type", async () => {
    const other = podIPs[nodes.find((n) => n !== node) as string];
    const { nodePort } = (await cluster.object("service", "by-node")).spec.ports[0];
    const nodeIPs = (await cluster.object("nodes")).items.map(
      (n: { status: { addresses: { address: string }[] } }) => n.status.addresses[0]?.address,
    );
    const answers = await getFromPod(
      cluster,
      {
        short: "http://web",
        namespaced: "http://web.default",
        service: "http://web.default.svc",
        full: "http://web.default.svc.cluster.local",
        absolute: "http://web.default.svc.cluster.local.",
        byIP: `http://${(await cluster.object("service", "web")).spec.clusterIP}`,
        headless: "http://headless:8080",
        nodePortService: "http://by-node:81",
        firstNodePort: `http://${nodeIPs[0]}:${nodePort}`,
        secondNodePort: `http://${nodeIPs[1]}:${nodePort}`,
        balanced: "http://balanced:8080",
        external: "http://elsewhere",
        podOnTheOtherNode: `http://${other}:8080`,
        nobody: "http://nobody",
        absent: "http://absent",
      },
      { node },
    );
    const { nobody, absent, ...served } = answers;
    for (const [name, answer] of Object.entries(served)) expect(answer, name).toMatch(/^first-app version 3 on web-/);
    expect(nobody).toBe("ECONNREFUSED");
    expect(absent).toBe("ENOTFOUND");
  });

  test("endpoints of both nodes answer, and affinity keeps to one", async () => {
    const program = `${getter}
      (async () => {
        const all = { spread: new Set(), sticky: new Set() };
        for (let i = 0; i < 40; i++) {
          all.spread.add(await get("http://web"));
          all.sticky.add(await get("http://sticky"));
        }
        console.log(JSON.stringify([[...all.spread], [...all.sticky]]));
      })();`;
    const [spread, sticky] = JSON.parse(await inPod(cluster, program, { node }));
    expect(spread).toHaveLength(2);
    expect(sticky).toHaveLength(1);
  });

  test("the names' addresses", async () => {
    const program = `
      const dns = require("node:dns").promises;
      (async () => {
        const { readFileSync } = require("node:fs");
        console.log(JSON.stringify({
          headless: (await dns.resolve4("headless.default.svc.cluster.local")).sort(),
          web: await dns.resolve4("web.default.svc.cluster.local"),
          external: await dns.resolveCname("elsewhere.default.svc.cluster.local"),
          ports: (await dns.resolveSrv("_http._tcp.web.default.svc.cluster.local")).map(({ name, port }) => ({ name, port })),
          absent: await dns.resolve4("absent.default.svc.cluster.local").catch((error) => error.code),
          resolver: readFileSync("/etc/resolv.conf", "utf8"),
        }));
      })();`;
    const { clusterIP } = (await cluster.object("service", "web")).spec;
    expect(JSON.parse(await inPod(cluster, program, { node }))).toEqual({
      headless: Object.values(podIPs).sort(),
      web: [clusterIP],
      external: ["web.default.svc.cluster.local"],
      ports: [{ name: "web.default.svc.cluster.local", port: 80 }],
      absent: "ENOTFOUND",
      resolver:
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
    });
  });

  test("the API server", async () => {
    const program = `
      const { readFileSync } = require("node:fs");
      const dir = "/var/run/secrets/kubernetes.io/serviceaccount/";
      const ca = readFileSync(dir + "ca.crt");
      const headers = { authorization: "Bearer " + readFileSync(dir + "token", "utf8") };
      const get = (url) => new Promise((resolve, reject) => {
        require("node:https").get(url, { ca, headers, agent: false }, (response) => {
          let text = "";
          response.on("data", (chunk) => { text += chunk; });
          response.on("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
        }).on("error", reject);
      });
      (async () => {
        const byName = await get("https://kubernetes.default.svc/version");
        const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
        const byEnvironment = await get("https://" + host + ":" + port + "/version");
        const forbidden = await get("https://kubernetes.default/api/v1/namespaces/default/secrets");
        console.log(JSON.stringify({
          versions: [byName, byEnvironment].map(({ status, body }) => [status, body.gitVersion.slice(0, 6)]),
          forbidden: [forbidden.status, forbidden.body.message],
        }));
      })();`;
    expect(JSON.parse(await inPod(cluster, program, { node }))).toEqual({
      versions: [
        [200, "v1.34."],
        [200, "v1.34."],
      ],
      forbidden: [
        403,
        'secrets is forbidden: User "system:serviceaccount:default:default" cannot list resource "secrets" in API group "" in the namespace "default"',
      ],
    });
  });
});

test("short names are those of the pod's own namespace", async () => {
  const urls = { short: "http://web", namespaced: "http://web.default" };
  const answers = await getFromPod(cluster, urls, { namespace: "other" });
  expect(answers.short).toBe("ENOTFOUND");
  expect(answers.namespaced).toMatch(/^first-app version 3/);
});

test("from the host", async () => {
  const balanced = await eventually(async () => {
    const { status } = await cluster.object("service", "balanced");
    expect(status.loadBalancer.ingress[0].ip).toMatch(/^127\./);
    return status.loadBalancer.ingress[0].ip as string;
  });
  const byNode = (await cluster.object("service", "by-node")).spec.ports;
  const urls = [
    `http://${balanced}:8080`,
    ...byNode.map(({ nodePort }: { nodePort: number }) => `http://127.0.0.1:${nodePort}`),
  ];
  for (const url of urls) {
    const pods = new Set<string>();
    await eventually(async () => {
      pods.add(await (await fetch(url)).text());
      expect([...pods].filter((text) => text.startsWith("first-app version 3 on web-"))).toHaveLength(2);
    });
  }
  const table = await cluster.ask("get", "service", "balanced");
  expect(table.split("\n")[1]).toMatch(
    new RegExp(`^balanced +LoadBalancer +10\\.[0-9.]+ +${balanced} +8080:\\d+/TCP `),
  );
});

test("a Service follows its selector, its type and its end", async () => {
  const patch = (spec: object) => cluster.ask("patch", "service", "moving", "-p", JSON.stringify({ spec }));
  await patch({ selector: { name: "next" }, type: "NodePort" });
  const { nodePort } = (await cluster.object("service", "moving")).spec.ports[0];
  const url = `http://127.0.0.1:${nodePort}`;
  await eventually(async () => expect(await (await fetch(url)).text()).toMatch(/^first-app version 4 on next-/));
  await eventually(async () => {
    const { moving } = await getFromPod(cluster, { moving: "http://moving" });
    expect(moving).toMatch(/^first-app version 4 on next-/);
  });
  await cluster.ask("scale", "deployment/next", "--replicas=0");
  await eventually(async () => {
    const { moving } = await getFromPod(cluster, { moving: "http://moving" });
    expect(moving).toBe("ECONNREFUSED");
  });
  await cluster.ask("delete", "service", "moving");
  await eventually(() => expect(fetch(url)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } }));
  await eventually(async () => {
    const { moving } = await getFromPod(cluster, { moving: "http://moving" });
    expect(moving).toBe("ENOTFOUND");
  });
});

describe("the cluster's network is its own", () => {
  const ranges = /\b(10\.244|10\.96|100\.64)\./;

  test("the host has none of its addresses or routes", () => {
    for (const args of [
      ["-4", "addr"],
      ["route", "show", "table", "all"],
    ])
      expect(execFileSync("ip", args, { encoding: "utf8" })).not.toMatch(ranges);
  });

  test("no way leads out of a node", async () => {
    const { pid } = JSON.parse(readFileSync(join(cluster.dir, "wherry/nodes/wherry/machine.json"), "utf8"));
    const inNode = (...args: string[]) =>
      execFileSync("nsenter", ["--target", String(pid), "--user", "--net", "--preserve-credentials", "ip", ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    expect(inNode("route", "show", "table", "all")).not.toMatch(/^default/m);
    for (const outside of ["192.0.2.1", "198.51.100.1", "203.0.113.1"])
      expect(() => inNode("route", "get", outside)).toThrow(/unreachable/i);
    // And so a pod's attempt ends at its node, at once.
    const { outside } = await getFromPod(cluster, { outside: "http://192.0.2.1" });
    expect(["ENETUNREACH", "EHOSTUNREACH"]).toContain(outside);
  });
});
