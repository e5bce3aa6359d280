/** A pod's life on a real node: real containers, watched by the real kubectl. */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectl } from "./tools/clients.ts";

const run = promisify(execFile);
const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const cluster = "pods";
const home = mkdtempSync(join(tmpdir(), "wp-"));
const env = { ...process.env, WHERRY_HOME: home, KUBECONFIG: join(home, "kubeconfig") };

const wherry = (...args: string[]) => run(process.execPath, [cli, ...args, "--name", cluster], { env });
const k = async (...args: string[]): Promise<string> => (await run(kubectl(), args, { env })).stdout;
const get = (name: string, path: string) => k("get", "pod", name, "-o", `jsonpath={${path}}`);
const waitFor = (name: string, condition: string) => k("wait", `pod/${name}`, `--for=${condition}`, "--timeout=25s");
const apply = (...objects: object[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(kubectl(), ["apply", "-f", "-"], { env, stdio: ["pipe", "ignore", "inherit"] });
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`kubectl apply: ${code}`))));
    child.stdin.end(JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  });

const container = (name: string, command: string[], more: object = {}) => ({
  name,
  image: "wherry/node",
  imagePullPolicy: "IfNotPresent",
  command,
  ...more,
});
const pod = (name: string, spec: object) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: name } },
  spec: { terminationGracePeriodSeconds: 5, ...spec },
});
/** A Node.js program that goes on until SIGTERM and says so. */
const lasting = (name: string, first = "") =>
  `${first};process.on("SIGTERM",()=>{console.log("${name} ends");process.exit(0)});setInterval(()=>{},1e4)`;

beforeAll(async () => {
  await wherry("up", "--runtime", "linux", "--port", "0");
});
afterAll(async () => {
  await wherry("down");
  rmSync(home, { recursive: true, force: true });
});

test("variables, files, init containers and sidecars", async () => {
  const program = `
    const fs = require("fs");
    const read = (path) => fs.readFileSync(path, "utf8").trim();
    console.log([process.env.GREETING, process.env.NODE, process.env.KUBERNETES_SERVICE_HOST].join(" "));
    console.log(read("/shared/init"), read("/cfg/app.conf"), read("/down/labels"), read("/secret/password"));
    console.log(read("/token/token").split(".").length, read("/token/ca.crt").split("\\n")[0]);
    ${lasting("main")}`;
  await apply(
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings" },
      data: { color: "blue", "app.conf": "key=value" },
    },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "creds" }, stringData: { password: "open sesame" } },
    pod("rich", {
      initContainers: [
        container("side", ["node", "-e", lasting("side")], { restartPolicy: "Always" }),
        container("init", ["sh", "-c", "echo made > /shared/init"], {
          volumeMounts: [{ name: "shared", mountPath: "/shared" }],
        }),
      ],
      containers: [
        container("main", ["node", "-e", program], {
          env: [
            { name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } },
            { name: "GREETING", value: "hello $(COLOR)" },
            { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
          ],
          volumeMounts: [
            { name: "shared", mountPath: "/shared" },
            { name: "cfg", mountPath: "/cfg/app.conf", subPath: "app.conf" },
            { name: "down", mountPath: "/down" },
            { name: "secret", mountPath: "/secret" },
            { name: "token", mountPath: "/token" },
          ],
        }),
      ],
      volumes: [
        { name: "shared", emptyDir: {} },
        { name: "cfg", configMap: { name: "settings" } },
        { name: "down", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
        { name: "secret", secret: { secretName: "creds" } },
        {
          name: "token",
          projected: {
            sources: [{ serviceAccountToken: { path: "token" } }, { configMap: { name: "kube-root-ca.crt" } }],
          },
        },
      ],
    }),
  );
  await waitFor("rich", "condition=Ready");
  const logs = spawn(kubectl(), ["logs", "-f", "rich", "--all-containers"], { env });
  let said = "";
  const closed = new Promise<void>((resolve) => logs.once("close", () => resolve()));
  await new Promise<void>((resolve) =>
    logs.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("BEGIN CERTIFICATE")) resolve();
    }),
  );
  expect(said).toContain(`hello blue ${cluster} 10.96.0.1\n`);
  expect(said).toContain('made key=value app="rich" open sesame\n');
  expect(said).toContain("3 -----BEGIN CERTIFICATE-----\n");
  await k("delete", "pod", "rich");
  await closed;
  // Sidecars outlive what they serve.
  expect(said.indexOf("main ends")).toBeGreaterThan(0);
  expect(said.indexOf("side ends")).toBeGreaterThan(said.indexOf("main ends"));
});

test("what goes wrong is said in the kubelet's words", async () => {
  await apply(
    pod("crash", { containers: [container("main", ["sh", "-c", "echo boom; exit 3"])] }),
    pod("nocommand", { containers: [container("main", ["nope"])] }),
    pod("noimage", { containers: [{ name: "main", image: "localhost:1/none:1" }] }),
    pod("sick", {
      terminationGracePeriodSeconds: 1,
      containers: [
        container("main", ["node", "-e", lasting("main")], {
          livenessProbe: { tcpSocket: { port: 99 }, periodSeconds: 1, failureThreshold: 1 },
        }),
      ],
    }),
    pod("done", {
      restartPolicy: "Never",
      containers: [container("main", ["sh", "-c", "echo all is well > /dev/termination-log"])],
    }),
  );
  const waiting = ".status.containerStatuses[0].state.waiting.reason";
  await Promise.all([
    waitFor("crash", `jsonpath={${waiting}}=CrashLoopBackOff`),
    waitFor("nocommand", `jsonpath={${waiting}}=CrashLoopBackOff`),
    waitFor("noimage", `jsonpath={${waiting}}=ImagePullBackOff`),
    waitFor("sick", "jsonpath={.status.containerStatuses[0].restartCount}=1"),
    waitFor("done", "jsonpath={.status.phase}=Succeeded"),
  ]);
  const last = ".status.containerStatuses[0].lastState.terminated";
  expect(await get("crash", `${last}.exitCode`)).toBe("3");
  expect(await k("logs", "crash", "--previous")).toBe("boom\n");
  expect(await get("nocommand", `${last}.message`)).toContain('"nope"');
  expect(await get("done", ".status.containerStatuses[0].state.terminated.message")).toBe("all is well\n");
  const events = (name: string) =>
    k("get", "events", "--field-selector", `involvedObject.name=${name}`, "-o", "jsonpath={.items[*].message}");
  expect(await events("sick")).toContain("Container main failed liveness probe, will be restarted");
  expect(await events("noimage")).toContain('Back-off pulling image "localhost:1/none:1"');
  expect(await events("crash")).toContain("Back-off restarting failed container main in pod crash_default(");
  await k("delete", "pod", "crash", "nocommand", "noimage", "sick", "done");
  expect(await k("get", "pods", "-o", "name")).toBe("");
});

/** The process of this cluster's agent: a Node.js whose arguments tell it where the cluster lives. */
function agentProcess(): number {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [program, script, config] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (program?.endsWith("node") && script?.includes("agent-process") && config?.includes(home)) return Number(pid);
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error("no agent runs");
}

const containerOf = (name: string) => get(name, ".status.containerStatuses[0].containerID");
const restartsOf = (name: string) => get(name, ".status.containerStatuses[0].restartCount");

test("an agent that is killed finds its containers again; a power cut starts them anew", async () => {
  const server = `require("http").createServer((q,s)=>s.end("hi")).listen(80)`;
  await apply(
    pod("web", {
      containers: [
        container("main", ["node", "-e", lasting("main", server)], {
          readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 },
        }),
      ],
    }),
  );
  await waitFor("web", "condition=Ready");
  const before = await containerOf("web");

  process.kill(agentProcess(), "SIGKILL");
  // Only an agent can serve logs and connections: once they work again, it is back.
  await untilWorks(() => k("get", "--raw", "/api/v1/namespaces/default/pods/web:80/proxy/"), "hi");
  expect(await containerOf("web")).toBe(before);
  expect(await restartsOf("web")).toBe("0");

  const read = (...path: string[]) => JSON.parse(readFileSync(join(home, cluster, ...path), "utf8"));
  process.kill(read("cluster.json").process.pid, "SIGKILL");
  process.kill(read("nodes", cluster, "machine.json").pid, "SIGKILL");
  await wherry("up");
  await waitFor("web", "jsonpath={.status.containerStatuses[0].restartCount}=1");
  await waitFor("web", "condition=Ready");
  expect(await containerOf("web")).not.toBe(before);
  expect(await k("get", "--raw", "/api/v1/namespaces/default/pods/web:80/proxy/")).toBe("hi");
});

async function untilWorks(attempt: () => Promise<string>, wanted: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const answer = await attempt().catch((error: Error) => error.message);
    if (answer === wanted) return;
    if (tries === 100) throw new Error(`still: ${answer}`);
    await run("sleep", ["0.1"]);
  }
}
