/** Pods on real containers: what they are given, how they are watched, and how they end. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import { getter, inPod } from "./tools/in-pod.ts";
import { type Registry, startRegistry } from "./tools/registry.ts";

let cluster: TestCluster;
let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry();
  cluster = await startTestCluster();
  await cluster.apply(
    [
      { kind: "ConfigMap", metadata: { name: "settings" }, data: { color: "blue", "file.txt": "from a ConfigMap\n" } },
      { kind: "Secret", metadata: { name: "hidden" }, stringData: { password: "s3cret" } },
    ]
      .map((object) => JSON.stringify({ apiVersion: "v1", ...object }))
      .join("\n---\n"),
  );
});
afterAll(async () => {
  await registry?.stop();
  await cluster?.stop();
});

const container = (name: string, program: string, more: object = {}) => ({
  name,
  image: "wherry/node",
  imagePullPolicy: "IfNotPresent",
  command: ["node", "-e", program],
  ...more,
});
const create = (name: string, spec: object, metadata: object = {}) =>
  cluster.apply(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, ...metadata },
      spec: { terminationGracePeriodSeconds: 0, ...spec },
    }),
  );

interface Status {
  phase: string;
  podIP?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  initContainerStatuses?: { name: string; state: { terminated?: { exitCode: number } } }[];
  containerStatuses?: {
    name: string;
    ready: boolean;
    started: boolean;
    restartCount: number;
    imageID: string;
    state: { waiting?: { reason: string; message?: string }; running?: object; terminated?: { exitCode: number } };
    lastState: { terminated?: { exitCode: number; reason: string } };
  }[];
}
const statusOf = async (name: string): Promise<Status> => (await cluster.object("pod", name)).status;
/** The first container's status, once `check` is content with it. */
const once = (name: string, check: (status: NonNullable<Status["containerStatuses"]>[0], pod: Status) => void) =>
  eventually(async () => {
    const pod = await statusOf(name);
    const status = pod.containerStatuses?.[0];
    if (!status) throw new Error(`${name} has no container status`);
    check(status, pod);
    return status;
  });
const isReady = (name: string) =>
  eventually(async () =>
    expect((await statusOf(name)).conditions).toContainEqual(
      expect.objectContaining({ type: "Ready", status: "True" }),
    ),
  );
/** Reason and message of the pod's events. */
const eventsOf = async (name: string): Promise<string[]> => {
  const { items } = await cluster.object("events", "--field-selector", `involvedObject.name=${name}`);
  return items.map(({ reason, message }: { reason: string; message: string }) => `${reason}: ${message}`);
};
/** They come after what they are about: an agent that has more to do writes them when it has time. */
const eventsCome = (name: string, ...expected: (string | RegExp)[]) =>
  eventually(async () => {
    const events = await eventsOf(name);
    for (const one of expected)
      expect(events).toContainEqual(typeof one === "string" ? one : expect.stringMatching(one));
  });
const finished = (name: string) => eventually(async () => expect((await statusOf(name)).phase).toBe("Succeeded"));

describe("what a container is given", () => {
  test("environment", async () => {
    const ref = (path: string) => ({ fieldRef: { fieldPath: path } });
    const env = [
      { name: "LITERAL", value: "as it is" },
      { name: "EXPANDED", value: "$(LITERAL), $$(LITERAL), $(NOT_THERE)" },
      { name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } },
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "hidden", key: "password" } } },
      { name: "MAYBE", valueFrom: { configMapKeyRef: { name: "nowhere", key: "k", optional: true } } },
      { name: "POD_NAMESPACE", valueFrom: ref("metadata.namespace") },
      { name: "LABEL", valueFrom: ref("metadata.labels['tier']") },
      { name: "POD_IP", valueFrom: ref("status.podIP") },
      { name: "NODE", valueFrom: ref("spec.nodeName") },
      { name: "LIMIT", valueFrom: { resourceFieldRef: { resource: "requests.cpu", divisor: "1m" } } },
    ];
    await create(
      "given",
      {
        restartPolicy: "Never",
        containers: [
          container("main", "console.log(JSON.stringify({ ...process.env, host: require('os').hostname() }))", {
            env,
            envFrom: [{ secretRef: { name: "hidden" }, prefix: "FROM_" }],
            resources: { requests: { cpu: "20m" } },
          }),
        ],
      },
      { labels: { tier: "front" } },
    );
    await finished("given");
    const given = JSON.parse(await cluster.ask("logs", "given"));
    expect(given).toMatchObject({
      LITERAL: "as it is",
      EXPANDED: "as it is, $(LITERAL), $(NOT_THERE)",
      COLOR: "blue",
      PASSWORD: "s3cret",
      FROM_password: "s3cret",
      POD_NAMESPACE: "default",
      LABEL: "front",
      POD_IP: (await statusOf("given")).podIP,
      NODE: "wherry",
      LIMIT: "20",
      KUBERNETES_SERVICE_HOST: "10.96.0.1",
      host: "given",
      HOSTNAME: "given",
    });
    expect(given.MAYBE).toBeUndefined();
  });

  test("a missing ConfigMap holds it up, and says so", async () => {
    const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "late", key: "a" } } }];
    await create("held", {
      restartPolicy: "Never",
      containers: [container("main", "console.log(process.env.A)", { env })],
    });
    await once("held", ({ state }) =>
      expect(state.waiting).toMatchObject({
        reason: "CreateContainerConfigError",
        message: 'configmap "late" not found',
      }),
    );
    await eventsCome("held", 'Failed: Error: configmap "late" not found');
    await cluster.ask("delete", "pod", "held");
  });

  test("volumes: shared by containers, filled from a ConfigMap and a Secret; init containers come first", async () => {
    const volumeMounts = [
      { name: "shared", mountPath: "/shared" },
      { name: "settings", mountPath: "/etc/settings" },
      { name: "hidden", mountPath: "/etc/hidden", readOnly: true },
      { name: "pod", mountPath: "/etc/pod" },
    ];
    const write = (text: string) => `fs.appendFileSync("/shared/log", ${JSON.stringify(text)})`;
    const reader = `
      const wait = () => {
        const text = fs.readFileSync("/shared/log", "utf8");
        if (!text.includes("writer")) return setTimeout(wait, 20);
        const attempt = (work) => { try { work(); return "done"; } catch (error) { return error.code; } };
        console.log(JSON.stringify({
          log: text,
          settings: fs.readdirSync("/etc/settings").filter((name) => !name.startsWith("..")).sort(),
          text: fs.readFileSync("/etc/settings/file.txt", "utf8"),
          hidden: fs.readFileSync("/etc/hidden/secret.txt", "utf8"),
          mode: (fs.statSync("/etc/hidden/secret.txt").mode & 0o777).toString(8),
          labels: fs.readFileSync("/etc/pod/labels", "utf8"),
          changes: [attempt(() => fs.writeFileSync("/etc/settings/new", "")), attempt(() => fs.writeFileSync("/etc/hidden/new", ""))],
        }));
      };
      wait();`;
    await create(
      "volumes",
      {
        restartPolicy: "Never",
        volumes: [
          { name: "shared", emptyDir: {} },
          { name: "settings", configMap: { name: "settings" } },
          {
            name: "hidden",
            secret: { secretName: "hidden", defaultMode: 0o400, items: [{ key: "password", path: "secret.txt" }] },
          },
          { name: "pod", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
        ],
        initContainers: [
          container("first", write("first "), { volumeMounts }),
          container("second", write("second "), { volumeMounts }),
        ],
        containers: [
          container("reader", reader, { volumeMounts }),
          container("writer", write("writer"), { volumeMounts }),
        ],
      },
      { labels: { app: "volumes" } },
    );
    await finished("volumes");
    expect(JSON.parse(await cluster.ask("logs", "volumes", "-c", "reader"))).toEqual({
      log: "first second writer",
      settings: ["color", "file.txt"],
      text: "from a ConfigMap\n",
      hidden: "s3cret",
      mode: "400",
      labels: 'app="volumes"',
      changes: ["EROFS", "EROFS"],
    });
    const { initContainerStatuses } = await statusOf("volumes");
    expect(initContainerStatuses?.map(({ name, state }) => [name, state.terminated?.exitCode])).toEqual([
      ["first", 0],
      ["second", 0],
    ]);
  });

  test("an init container that fails keeps the others from starting", async () => {
    await create("stuck", {
      initContainers: [container("init", "process.exit(7)")],
      containers: [container("main", "console.log('never')")],
    });
    await eventually(async () => {
      const table = await cluster.ask("get", "pod", "stuck");
      expect(table).toMatch(/^stuck +0\/1 +Init:CrashLoopBackOff /m);
    });
    expect((await statusOf("stuck")).containerStatuses?.[0]?.state.waiting?.reason).toBe("PodInitializing");
    await cluster.ask("delete", "pod", "stuck");
  });
});

describe("how a container is watched", () => {
  const server = (answer: string) =>
    `let n = 0; require("http").createServer((q, r) => { n++; ${answer} }).listen(8080, () => console.log("started"))`;
  const http = { httpGet: { path: "/", port: 8080 }, periodSeconds: 1, initialDelaySeconds: 1, failureThreshold: 2 };

  test("liveness: a container that does not answer well is restarted", async () => {
    const program = server("r.statusCode = n > 1 ? 500 : 200; r.end();");
    // It is asked whether it lives once it has answered: on a busy machine a program needs a while to listen.
    const startupProbe = { ...http, initialDelaySeconds: 0, failureThreshold: 1000 };
    await create("sick", { containers: [container("main", program, { startupProbe, livenessProbe: http })] });
    const status = await once("sick", ({ restartCount }) => expect(restartCount).toBeGreaterThan(0));
    expect(status.lastState.terminated?.exitCode).toBeGreaterThan(0);
    expect(await cluster.ask("logs", "sick", "--previous")).toBe("started\n");
    await eventsCome(
      "sick",
      "Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 500",
      "Killing: Container main failed liveness probe, will be restarted",
    );
    await cluster.ask("delete", "pod", "sick");
  });

  test("startup and readiness: not Ready until both say so", async () => {
    const exec = (file: string) => ({ exec: { command: ["sh", "-c", `test -e /tmp/${file}`] }, periodSeconds: 1 });
    const program = `
      const touch = (name) => fs.writeFileSync("/tmp/" + name, "");
      require("http").createServer((q, r) => { touch(q.url.slice(1)); r.end("touched"); }).listen(8080);`;
    await create("slow", {
      containers: [
        container("main", program, {
          startupProbe: { ...exec("started"), failureThreshold: 1000 },
          readinessProbe: { ...exec("ready"), failureThreshold: 1 },
        }),
      ],
    });
    const touch = async (name: string) => {
      const { podIP } = await statusOf("slow");
      const program = `${getter} get("http://${podIP}:8080/${name}").then((text) => process.exit(text === "touched" ? 0 : 1));`;
      await inPod(cluster, program);
    };
    await eventually(async () => {
      const { conditions, containerStatuses } = await statusOf("slow");
      expect(containerStatuses?.[0]).toMatchObject({ started: false, ready: false, state: { running: {} } });
      expect(conditions).toContainEqual(
        expect.objectContaining({
          type: "Ready",
          status: "False",
          reason: "ContainersNotReady",
          message: "containers with unready status: [main]",
        }),
      );
    });
    await eventsCome("slow", "Unhealthy: Startup probe failed: ");
    await touch("started");
    await once("slow", (status) => expect(status).toMatchObject({ started: true, ready: false }));
    await eventsCome("slow", "Unhealthy: Readiness probe failed: ");
    await touch("ready");
    await isReady("slow");
    expect((await statusOf("slow")).containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 0 });
    await cluster.ask("delete", "pod", "slow");
  });

  test("a container that crashes backs off", async () => {
    await create("crashing", { containers: [container("main", "console.error('why'); process.exit(3)")] });
    const { uid } = (await cluster.object("pod", "crashing")).metadata;
    const status = await once("crashing", ({ state, restartCount }) => {
      expect(restartCount).toBeGreaterThan(0);
      expect(state.waiting).toEqual({
        reason: "CrashLoopBackOff",
        message: expect.stringMatching(
          new RegExp(`^back-off (10|20)s restarting failed container=main pod=crashing_default\\(${uid}\\)$`),
        ),
      });
    });
    expect(status.lastState.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
    expect(await cluster.ask("logs", "crashing")).toBe("why\n");
    expect(await cluster.ask("get", "pod", "crashing")).toMatch(/^crashing +0\/1 +CrashLoopBackOff +1 /m);
    await eventsCome("crashing", `BackOff: Back-off restarting failed container main in pod crashing_default(${uid})`);
    await cluster.ask("delete", "pod", "crashing");
  });

  test("restartPolicy Never and a failure: the pod has failed", async () => {
    await create("failed", { restartPolicy: "Never", containers: [container("main", "process.exit(3)")] });
    await eventually(async () => expect((await statusOf("failed")).phase).toBe("Failed"));
    expect(await cluster.ask("get", "pod", "failed")).toMatch(/^failed +0\/1 +Error +0 /m);
    await cluster.ask("delete", "pod", "failed");
  });
});

describe("how a pod ends", () => {
  test("preStop comes before SIGTERM, SIGKILL after the grace period", async () => {
    await create("collector", {
      containers: [
        container("main", `require("http").createServer((q, r) => { console.log(q.url); r.end(); }).listen(8080)`),
      ],
    });
    await isReady("collector");
    const { podIP } = await statusOf("collector");
    // One after the other: of requests on their way together the second may arrive first.
    const stubborn = `
      let reported = Promise.resolve();
      const send = (what) =>
        new Promise((done) =>
          require("http").get("http://${podIP}:8080/" + what, (r) => r.resume().once("end", done)).on("error", done));
      const report = (what) => { reported = reported.then(() => send(what)); };
      process.on("SIGUSR2", () => report("prestop"));
      process.on("SIGTERM", () => report("sigterm"));
      setInterval(() => {}, 1000);
      report("started");`;
    await create("ending", {
      terminationGracePeriodSeconds: 2,
      containers: [
        container("main", stubborn, {
          // The grace period is running: on a busy machine a program of its own might not be up in time.
          lifecycle: { preStop: { exec: { command: ["sh", "-c", "kill -USR2 1"] } } },
        }),
      ],
    });
    const seen = async () => (await cluster.ask("logs", "collector")).trimEnd().split("\n");
    await eventually(async () => expect(await seen()).toEqual(["/started"]));
    await cluster.ask("delete", "pod", "ending");
    expect(await seen()).toEqual(["/started", "/prestop", "/sigterm"]);
    expect((await cluster.kubectl("1.34", ["get", "pod", "ending"])).err).toBe(
      'Error from server (NotFound): pods "ending" not found\n',
    );
    await eventsCome("ending", "Killing: Stopping container main");
  });

  test("a pod that asks to end ends before its grace period", async () => {
    await create("polite", {
      terminationGracePeriodSeconds: 100_000,
      containers: [
        container(
          "main",
          "process.on('SIGTERM', () => process.exit(0)); console.log('up'); setInterval(() => {}, 1000)",
        ),
      ],
    });
    await eventually(async () => expect(await cluster.ask("logs", "polite")).toBe("up\n"));
    await cluster.ask("delete", "pod", "polite");
  });
});

describe("logs", () => {
  test("of all, of some, of one container, as they come", async () => {
    const program = "for (let i = 1; i <= 100; i++) console.log('line ' + i); console.error('an error')";
    await create("talking", {
      restartPolicy: "Never",
      containers: [container("one", program), container("two", "console.log('two')")],
    });
    await finished("talking");
    const all = await cluster.ask("logs", "talking", "-c", "one");
    expect(all.split("\n").filter((line) => line.startsWith("line"))).toHaveLength(100);
    expect(all).toContain("an error\n");
    expect(await cluster.ask("logs", "talking", "-c", "two", "-f")).toBe("two\n");
    expect((await cluster.ask("logs", "talking", "-c", "one", "--tail=2")).trimEnd().split("\n")).toHaveLength(2);
    expect(await cluster.ask("logs", "talking", "-c", "two", "--timestamps")).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z two\n$/,
    );
    expect(await cluster.ask("logs", "talking", "-c", "one", "--limit-bytes=6")).toBe("line 1");
    const merged = await cluster.ask("logs", "talking", "--all-containers", "--prefix", "--tail=1");
    expect(merged).toContain("[pod/talking/two] two\n");
    expect((await cluster.kubectl("1.34", ["logs", "talking", "-c", "three"])).err).toBe(
      "error: container three is not valid for pod talking\n",
    );
  });
});

describe("images", () => {
  test("from a registry", async () => {
    const digest = await registry.push("some/shell", "1", ["sh", "-c", "echo from the registry, $FROM_IMAGE"]);
    const image = `${registry.address}/some/shell:1`;
    await create("pulled", { restartPolicy: "Never", containers: [{ name: "main", image }] });
    await finished("pulled");
    expect(await cluster.ask("logs", "pulled")).toBe("from the registry, yes\n");
    expect((await statusOf("pulled")).containerStatuses?.[0]?.imageID).toBe(`${registry.address}/some/shell@${digest}`);
    await eventsCome(
      "pulled",
      `Pulling: Pulling image "${image}"`,
      /^Pulled: Successfully pulled image "[^"]+" in \S+ \(\S+ including waiting\)\. Image size: \d+ bytes\.$/,
    );
    // Now it is there.
    await create("again", { restartPolicy: "Never", containers: [{ name: "main", image }] });
    await finished("again");
    await eventsCome("again", `Pulled: Container image "${image}" already present on machine`);
    expect(await cluster.wherry(["image", "ls"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("some/shell"),
    });
  });

  test("that the registry does not have", async () => {
    const image = `${registry.address}/some/shell:absent`;
    await create("missing", { containers: [{ name: "main", image }] });
    const why = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
    await once("missing", ({ state }) => {
      expect(state.waiting).toEqual({
        reason: "ImagePullBackOff",
        message: `Back-off pulling image "${image}": ErrImagePull: rpc error: code = NotFound desc = ${why}`,
      });
    });
    await eventsCome(
      "missing",
      `Pulling: Pulling image "${image}"`,
      `Failed: Failed to pull image "${image}": rpc error: code = NotFound desc = ${why}`,
      "Failed: Error: ErrImagePull",
      `BackOff: Back-off pulling image "${image}"`,
      "Failed: Error: ImagePullBackOff",
    );
    expect(await cluster.ask("get", "pod", "missing")).toMatch(/^missing +0\/1 +(ErrImagePull|ImagePullBackOff) +0 /m);
    await cluster.ask("delete", "pod", "missing");
  });

  test.each([
    [
      "InvalidImageName",
      { image: "NotValid" },
      'Failed to apply default image tag "NotValid": couldn\'t parse image name "NotValid": invalid reference format: repository name (library/NotValid) must be lowercase',
    ],
    [
      "ErrImageNeverPull",
      { image: "not/there:1", imagePullPolicy: "Never" },
      'Container image "not/there:1" is not present with pull policy of Never',
    ],
  ])("%s", async (reason, more, message) => {
    const name = reason.toLowerCase();
    await create(name, { containers: [{ name: "main", ...more }] });
    await once(name, ({ state }) => expect(state.waiting).toEqual({ reason, message }));
    await cluster.ask("delete", "pod", name);
  });
});

test("every pod's leftovers go with it", async () => {
  await cluster.ask("delete", "pods", "--all");
  expect((await cluster.object("pods")).items).toEqual([]);
});
