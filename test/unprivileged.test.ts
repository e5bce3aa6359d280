/** The essentials as an ordinary user, who needs no root for any of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCluster, succeeded, type TestCluster, type TestHome, testHome } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import { getFromPod, inPod } from "./tools/in-pod.ts";
import { type OrdinaryUser, ordinaryUser } from "./tools/ordinary-user.ts";

let ordinary: OrdinaryUser;
let home: TestHome;
let cluster: TestCluster;

beforeAll(async () => {
  ordinary = ordinaryUser();
  home = testHome(ordinary.user, ordinary.program);
  cluster = await startTestCluster({ home });
  await cluster.buildFirstApp(3, 4);
});
afterAll(async () => {
  await cluster?.stop();
  home?.remove();
  ordinary?.remove();
});

const ready = {
  readinessProbe: { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 1 },
};
const deployment = (version: number) =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "app", image: `axel9309/kub-first-app:${version}`, ...ready }] },
      },
    },
  });
const service = (name: string, spec: object) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: "web" }, ...spec },
  });

test("nothing of it runs as root", () => {
  const { pid } = JSON.parse(readFileSync(join(home.dir, "wherry/cluster.json"), "utf8")).process;
  const machine = JSON.parse(readFileSync(join(home.dir, "wherry/nodes/wherry/machine.json"), "utf8"));
  for (const process of [pid, machine.pid]) {
    const uids = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${process}/status`, "utf8"))?.[1];
    expect(uids?.split("\t")).not.toContain("0");
  }
});

test("a Deployment rolls out, behind a Service of each type", async () => {
  await cluster.apply(
    [
      deployment(3),
      service("web", { ports: [{ port: 80, targetPort: 8080 }] }),
      service("balanced", { type: "LoadBalancer", ports: [{ name: "high", port: 8080 }] }),
    ].join("\n---\n"),
  );
  await cluster.ask("rollout", "status", "deployment/web");
  const { ip, nodePort } = await eventually(async () => {
    const { spec, status } = await cluster.object("service", "balanced");
    return { ip: status.loadBalancer.ingress[0].ip as string, nodePort: spec.ports[0].nodePort as number };
  });
  for (const url of [`http://${ip}:8080`, `http://127.0.0.1:${nodePort}`])
    await eventually(async () => expect(await (await fetch(url)).text()).toMatch(/^first-app version 3 on web-/));
  expect((await getFromPod(cluster, { web: "http://web" })).web).toMatch(/^first-app version 3 on web-/);

  await cluster.apply(deployment(4));
  expect(await cluster.ask("rollout", "status", "deployment/web")).toContain("successfully rolled out");
  await eventually(async () =>
    expect(await (await fetch(`http://${ip}:8080`)).text()).toMatch(/^first-app version 4 on web-/),
  );
});

test("a load balancer's port that needs privileges is moved, and says so", async () => {
  const first = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  await cluster.apply(service("low", { type: "LoadBalancer", ports: [{ name: "low", port: 80, targetPort: 8080 }] }));
  const { ingress, nodePort } = await eventually(async () => {
    const { spec, status } = await cluster.object("service", "low");
    return { ingress: status.loadBalancer.ingress[0], nodePort: spec.ports[0].nodePort as number };
  });
  const port = first > 80 ? nodePort : 80;
  await eventually(async () =>
    expect(await (await fetch(`http://${ingress.ip}:${port}`)).text()).toMatch(/^first-app version \d on web-/),
  );
  const messages = async () => {
    const { items } = await cluster.object("events", "--field-selector", "involvedObject.name=low");
    return items.map(({ reason, message }: { reason: string; message: string }) => `${reason}: ${message}`);
  };
  if (first <= 80) {
    expect(ingress.ports).toBeUndefined();
    expect(await messages()).toEqual([]);
    return;
  }
  expect(ingress.ports).toEqual([{ port: 80, protocol: "TCP", error: `wherry.dev/ServedOnPort${nodePort}` }]);
  await eventually(async () =>
    expect(await messages()).toEqual([
      `PrivilegedPort: port 80 needs privileges that wherry does not have here; listening on ${ingress.ip}:${nodePort} instead`,
    ]),
  );
});

test("a container runs as the user that its image names, and as root of its own", async () => {
  const { items } = await cluster.object("pods", "-l", "app=web");
  // A pod of the version before may still be ending.
  const { metadata } = items.find(
    (pod: { metadata: { deletionTimestamp?: string } }) => !pod.metadata.deletionTimestamp,
  );
  const log = await cluster.ask("logs", metadata.name);
  expect(log).toMatch(/^first-app version 4 listens on port 8080/);
  const whoAmI = "console.log(process.getuid(), process.getgid())";
  expect(await inPod(cluster, whoAmI, { container: { image: "axel9309/kub-first-app:4" } })).toMatch(/^1000 /);
  expect(await inPod(cluster, whoAmI)).toBe("0 0\n");
  const nobody = { securityContext: { runAsUser: 65_534, runAsGroup: 65_534 } };
  expect(await inPod(cluster, whoAmI, { container: nobody })).toBe("65534 65534\n");
});

test("doctor names what this machine does not allow", async () => {
  const { code, out } = await home.wherry(["doctor"]);
  expect(code).toBe(0);
  expect(out).not.toBe("");
});

test("down and up again keep what is to be kept", async () => {
  succeeded(await home.wherry(["down", "--keep-data"]), "wherry down");
  succeeded(await home.wherry(["up"]), "wherry up");
  // What is known of the pods is from before until their agent has looked.
  await eventually(async () =>
    expect((await getFromPod(cluster, { web: "http://web" })).web).toMatch(/^first-app version 4 on web-/),
  );
  await cluster.ask("rollout", "status", "deployment/web");
});
