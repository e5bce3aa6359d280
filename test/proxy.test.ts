/** `pods/proxy`, `services/proxy` and `nodes/proxy` to real containers, with the real kubectl. */
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import { getter, inPod } from "./tools/in-pod.ts";
import { oneAfterTheOther } from "./tools/sequence.ts";

/** Says what it heard; `/page` links, `/move` redirects. */
const program = `
require("node:http").createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => { body += chunk; });
  request.on("end", () => {
    if (request.url === "/page") return response.setHeader("content-type", "text/html").end('<a href="/next">next</a>');
    if (request.url === "/move") return response.writeHead(302, { location: "/next" }).end();
    if (request.url === "/next") return response.end("arrived");
    const { authorization } = request.headers;
    const said = { method: request.method, url: request.url, body, authorization, uri: request.headers["x-forwarded-uri"] };
    response.setHeader("content-type", "application/json").end(JSON.stringify(said));
  });
}).listen(8080);`;

const web = JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", labels: { app: "web" } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "main",
            image: "wherry/node",
            imagePullPolicy: "IfNotPresent",
            command: ["node", "-e", program],
            ports: [{ containerPort: 8080, name: "http" }],
          },
        ],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ],
});

const namespace = "/api/v1/namespaces/default";
let cluster: TestCluster;
const raw = (path: string) => cluster.ask("get", "--raw", path);
const failing = async (path: string) => {
  const { code, err } = await cluster.kubectl("1.34", ["get", "--raw", path]);
  expect(code).toBe(1);
  return err.trim();
};

describe("real containers", () => {
  oneAfterTheOther();
  beforeAll(async () => {
    cluster = await startTestCluster();
    await cluster.apply(web);
    await eventually(async () => expect(await raw(`${namespace}/services/web:80/proxy/`)).toContain("GET"));
  });
  afterAll(() => cluster?.stop());

  test("a Service and a pod answer", async () => {
    const path = `${namespace}/services/web:80/proxy/a/b?c=d`;
    expect(JSON.parse(await raw(path))).toEqual({ method: "GET", url: "/a/b?c=d", body: "", uri: path.split("?")[0] });
    for (const name of ["web", "web:8080", "http:web:8080", "web:http"]) {
      expect(JSON.parse(await raw(`${namespace}/pods/${name}/proxy/x/`)).url).toBe("/x/");
    }
  });

  test("writes arrive", async () => {
    const path = `${namespace}/services/web:80/proxy/in`;
    for (const [verb, method] of [
      ["create", "POST"],
      ["replace", "PUT"],
    ] as const) {
      const answer = await cluster.kubectl("1.34", [verb, "--raw", path, "-f", "-"], { input: "some text" });
      expect(JSON.parse(answer.out)).toMatchObject({ method, url: "/in", body: "some text" });
    }
    expect(JSON.parse(await cluster.ask("delete", "--raw", path))).toMatchObject({ method: "DELETE", url: "/in" });
  });

  test("links and redirects lead through the proxy", async () => {
    const prefix = `${namespace}/services/web:80/proxy`;
    expect(await raw(`${prefix}/page`)).toBe(`<a href="${prefix}/next">next</a>`);
    expect(await raw(`${prefix}/move`)).toBe("arrived");
  });

  test("what does not answer is told", async () => {
    const ip = (await cluster.object("pod", "web")).status.podIP;
    expect(await failing(`${namespace}/pods/web:81/proxy/`)).toBe(
      `Error from server (ServiceUnavailable): error trying to reach service: dial tcp ${ip}:81: connect: connection refused`,
    );
    expect(await failing(`${namespace}/services/web:81/proxy/`)).toBe(
      'Error from server (ServiceUnavailable): no service port 81 found for service "web"',
    );
  });

  test("a node's agent answers the kubelet's paths", async () => {
    expect(await raw("/api/v1/nodes/wherry/proxy/healthz")).toBe("ok");
    const { items } = JSON.parse(await raw("/api/v1/nodes/wherry:10250/proxy/pods"));
    expect(items.map((pod: { metadata: { name: string } }) => pod.metadata.name)).toEqual(["web"]);
    expect(await raw("/api/v1/nodes/wherry/proxy/containerLogs/default/web/main")).toBe("");
  });

  test("a node counts the connections to each endpoint, from pods and from the host", async () => {
    const counted = async (node = "wherry") => {
      const text = await raw(`/api/v1/nodes/${node}/proxy/metrics/proxy`);
      const [, count] =
        /^wherry_proxy_connections_total\{(namespace="default",service="web",.*)\} (\d+)$/m.exec(text)?.slice(1) ?? [];
      return [text, Number(count)] as const;
    };
    const [text, before] = await counted();
    const { podIP } = (await cluster.object("pod", "web")).status;
    const labels = `namespace="default",service="web",port="80",pod="web",endpoint="${podIP}:8080"`;
    expect(text).toContain("# TYPE wherry_proxy_connections_total counter\n");
    // What the API server's proxy sends goes straight to the pod.
    expect(text).toContain(`\nwherry_proxy_connections_total{${labels}} 0\n`);
    const three = `${getter} (async () => { for (const _ of [1, 2, 3]) await get("http://web/"); })();`;
    await inPod(cluster, three);
    expect((await counted())[1]).toBe(before + 3);
    await cluster.ask("patch", "service", "web", "-p", '{"spec":{"type":"NodePort"}}');
    const { nodePort } = (await cluster.object("service", "web")).spec.ports[0];
    const once = () =>
      new Promise<void>((resolve, reject) => {
        const asked = request({ host: "127.0.0.1", port: nodePort, path: "/next", agent: false }, (answer) =>
          answer.resume().once("end", resolve),
        );
        asked.once("error", reject).end();
      });
    await eventually(once);
    const [, after] = await counted();
    await once();
    expect((await counted())[1]).toBe(after + 1);
  });

  test("only who may", async () => {
    const asked = await cluster.kubectl("1.34", ["get", "--raw", "/api/v1/nodes/wherry/proxy/pods", "--as=someone"]);
    expect(asked.err.trim()).toBe(
      'Error from server (Forbidden): nodes "wherry" is forbidden: User "someone" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
    );
    const pod = await cluster.kubectl(
      "1.34",
      ["create", "--raw", `${namespace}/pods/web/proxy/`, "-f", "-", "--as=me"],
      { input: "" },
    );
    expect(pod.err).toContain(
      'User "me" cannot create resource "pods/proxy" in API group "" in the namespace "default"',
    );
  });
});

test("a simulated container answers nobody, and that is said", async () => {
  cluster = await startTestCluster({ runtime: "simulated" });
  try {
    await cluster.apply(web);
    const ip = await eventually(async () => {
      const { status } = await cluster.object("pod", "web");
      expect(status.phase).toBe("Running");
      return status.podIP;
    });
    await eventually(async () =>
      expect(await failing(`${namespace}/services/web:80/proxy/`)).toBe(
        `Error from server (ServiceUnavailable): error trying to reach service: dial tcp ${ip}:8080: nothing listens at port 8080: the containers of a simulated node do not run`,
      ),
    );
  } finally {
    await cluster.stop();
  }
});
