/** Real Helm installs, upgrades, rolls back and uninstalls a chart through a real API server over an in-memory store. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubeconfigFor } from "../src/server/pki/kubeconfig.ts";
import { testServer } from "../src/testing/server-fixture.ts";
import { helm, helmVersions, kubectl } from "./tools/clients.ts";

const run = promisify(execFile);

const template = `
apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ .Release.Name }}" }
data: { text: "{{ .Values.text }}" }
---
apiVersion: v1
kind: Service
metadata: { name: "{{ .Release.Name }}" }
spec: { ports: [{ port: 80 }], selector: { app: "{{ .Release.Name }}" } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ .Release.Name }}" }
spec:
  replicas: 0
  selector: { matchLabels: { app: "{{ .Release.Name }}" } }
  template:
    metadata: { labels: { app: "{{ .Release.Name }}" } }
    spec: { containers: [{ name: a, image: "b:{{ .Values.text }}" }] }
`;

let server: Awaited<ReturnType<typeof testServer>>;
let chart: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  server = await testServer();
  const { ca, admin } = server.pki;
  const config = kubeconfigFor({ name: "test", server: `https://127.0.0.1:${server.port}`, ca, credentials: admin });
  env = { PATH: "/usr/bin", HOME: server.dir, KUBECONFIG: join(server.dir, "kubeconfig") };
  writeFileSync(join(server.dir, "kubeconfig"), JSON.stringify(config));
  chart = join(server.dir, "chart");
  mkdirSync(join(chart, "templates"), { recursive: true });
  writeFileSync(join(chart, "Chart.yaml"), "apiVersion: v2\nname: small\nversion: 1.0.0\n");
  writeFileSync(join(chart, "values.yaml"), "text: one\n");
  writeFileSync(join(chart, "templates/all.yaml"), template);
});
afterAll(() => server.close());

describe.each(helmVersions)("Helm %s", (version) => {
  const release = `r${version}`;
  const call = async (...args: string[]) => (await run(helm(version), args, { env })).stdout;
  const values = async () => {
    const path = "{.items[*].data.text} {.items[*].spec.template.spec.containers[0].image}";
    const args = ["get", `configmap/${release}`, `deployment/${release}`, "-o", `jsonpath=${path}`];
    return (await run(kubectl(), args, { env })).stdout;
  };

  test("installs, upgrades, rolls back and uninstalls", async () => {
    expect(await call("install", release, chart)).toContain("STATUS: deployed\nREVISION: 1\n");
    expect(await values()).toBe("one b:one");
    expect(await call("upgrade", release, chart, "--set", "text=two")).toContain("has been upgraded");
    expect(await values()).toBe("two b:two");
    expect(await call("rollback", release, "1")).toContain("Rollback was a success!");
    expect(await values()).toBe("one b:one");
    const history = JSON.parse(await call("history", release, "-o", "json")) as { status: string }[];
    expect(history.map(({ status }) => status)).toEqual(["superseded", "superseded", "deployed"]);
    expect(await call("uninstall", release)).toBe(`release "${release}" uninstalled\n`);
    await expect(values()).rejects.toThrow("not found");
  });
});
