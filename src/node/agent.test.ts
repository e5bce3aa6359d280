import { expect, test } from "vitest";
import type { Pod } from "../api/generated/types.ts";
import type { Client } from "../client/client.ts";
import { createInformerFactory } from "../client/informer.ts";
import { configMaps, leases, nodes, pods } from "../client/kinds.ts";
import { testAgent } from "../testing/agent-fixture.ts";
import { createAgent } from "./agent.ts";

const condition = (pod: Pod, type: string) => pod.status?.conditions?.find((c) => c.type === type);
const main = (pod: Pod) => pod.status?.containerStatuses?.[0];
const isReady = (pod: Pod) => condition(pod, "Ready")?.status === "True";

test("the node registers, is Ready, and renews its lease", async () => {
  const { client, clock, agent } = await testAgent();
  const node = await client.get(nodes, { name: "node" });
  expect(node.metadata?.labels?.["kubernetes.io/hostname"]).toBe("node");
  expect(node.status?.conditions?.map((c) => [c.type, c.status, c.reason])).toEqual([
    ["MemoryPressure", "False", "KubeletHasSufficientMemory"],
    ["DiskPressure", "False", "KubeletHasNoDiskPressure"],
    ["PIDPressure", "False", "KubeletHasSufficientPID"],
    ["Ready", "True", "KubeletReady"],
  ]);
  const lease = () => client.get(leases, { namespace: "kube-node-lease", name: "node" });
  const first = (await lease()).spec?.renewTime;
  await clock.advance(10_000);
  const second = (await lease()).spec?.renewTime;
  expect(second).not.toBe(first);
  expect((await lease()).metadata?.ownerReferences?.[0]?.uid).toBe(node.metadata?.uid);
  await agent.stop();
});

test("a pod becomes Running and Ready with one status write", async () => {
  const { statusWrites, clock, run, get, events, agent } = await testAgent();
  await run("web");
  await clock.settle();
  const pod = await get("web");
  expect(pod.status).toMatchObject({
    phase: "Running",
    hostIP: "10.0.0.1",
    podIP: "10.244.0.2",
    podIPs: [{ ip: "10.244.0.2" }],
    startTime: "2025-01-01T00:00:00Z",
    qosClass: "BestEffort",
  });
  expect(pod.status?.conditions?.map((c) => [c.type, c.status])).toEqual([
    ["PodReadyToStartContainers", "True"],
    ["Initialized", "True"],
    ["Ready", "True"],
    ["ContainersReady", "True"],
    ["PodScheduled", "True"],
  ]);
  expect(main(pod)).toMatchObject({ name: "main", ready: true, started: true, restartCount: 0, image: "app:1" });
  expect(main(pod)?.containerID).toMatch(/^wherry:\/\//);
  expect(statusWrites()).toBe(1);
  expect(await events("web")).toEqual([
    'Pulling: Pulling image "app:1"',
    'Pulled: Successfully pulled image "app:1" in 0s (0s including waiting). Image size: 0 bytes.',
    "Created: Created container: main",
    "Started: Started container main",
  ]);
  await agent.stop();
});

test("a pod that takes its time shows ContainerCreating", async () => {
  const { clock, run, get, agent } = await testAgent({ images: [{ pattern: "*", startDelay: 5000 }] });
  await run("slow");
  await clock.advance(200);
  expect((await get("slow")).status?.phase).toBe("Pending");
  expect(main(await get("slow"))?.state?.waiting?.reason).toBe("ContainerCreating");
  await clock.advance(5000);
  expect((await get("slow")).status?.phase).toBe("Running");
  await agent.stop();
});

test("an image that is not there: ErrImagePull, then ImagePullBackOff, then again", async () => {
  const images = [{ pattern: "app:nope", pullError: "manifest unknown" }];
  const { clock, run, get, events, agent } = await testAgent({ images });
  await run("bad", { containers: [{ name: "main", image: "app:nope" }] });
  await clock.settle();
  expect(main(await get("bad"))?.state?.waiting).toEqual({ reason: "ErrImagePull", message: "manifest unknown" });
  await clock.advance(1500);
  expect(main(await get("bad"))?.state?.waiting).toEqual({
    reason: "ImagePullBackOff",
    message: 'Back-off pulling image "app:nope": ErrImagePull: manifest unknown',
  });
  expect(await events("bad")).toEqual([
    'Pulling: Pulling image "app:nope"',
    'Failed: Failed to pull image "app:nope": manifest unknown',
    "Failed: Error: ErrImagePull",
    'BackOff: Back-off pulling image "app:nope"',
    "Failed: Error: ImagePullBackOff",
  ]);
  expect((await get("bad")).status?.phase).toBe("Pending");
  // Pulls at 0 s, 10 s, 30 s, 70 s: the pull at 10 s fails again.
  await clock.advance(8600);
  expect(main(await get("bad"))?.state?.waiting?.reason).toBe("ErrImagePull");
  await agent.stop();
});

test("imagePullPolicy Never and names that are none", async () => {
  const { clock, run, get, agent } = await testAgent();
  await run("never", { containers: [{ name: "main", image: "app:1", imagePullPolicy: "Never" }] });
  await run("invalid", { containers: [{ name: "main", image: "APP:1" }] });
  await clock.settle();
  expect(main(await get("never"))?.state?.waiting).toEqual({
    reason: "ErrImageNeverPull",
    message: 'Container image "app:1" is not present with pull policy of Never',
  });
  expect(main(await get("invalid"))?.state?.waiting?.reason).toBe("InvalidImageName");
  await agent.stop();
});

test("a crashing container is restarted at once, then after 10 s, 20 s, …", async () => {
  const images = [{ pattern: "crash:1", crashAfter: 1000, exitCode: 3 }];
  const { clock, run, get, events, agent } = await testAgent({ images });
  const created = await run("crash", { containers: [{ name: "main", image: "crash:1" }] });
  const at = async (ms: number) => {
    await clock.advance(ms);
    return main(await get("crash"));
  };
  expect((await at(500))?.restartCount).toBe(0);
  expect((await at(600))?.restartCount).toBe(1); // the first restart is free
  const waiting = await at(1000); // it crashed again at 2 s
  expect(waiting?.state?.waiting).toEqual({
    reason: "CrashLoopBackOff",
    message: `back-off 10s restarting failed container=main pod=crash_default(${created.metadata?.uid})`,
  });
  expect(waiting?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
  expect(waiting?.ready).toBe(false);
  expect((await get("crash")).status?.phase).toBe("Running");
  expect((await at(9_800))?.restartCount).toBe(1);
  expect((await at(300))?.restartCount).toBe(2); // 12 s
  expect((await at(1000))?.state?.waiting?.message).toContain("back-off 20s");
  expect((await at(19_500))?.restartCount).toBe(2);
  expect((await at(600))?.restartCount).toBe(3);
  expect(await events("crash")).toContainEqual(
    `BackOff: Back-off restarting failed container main in pod crash_default(${created.metadata?.uid})`,
  );
  await agent.stop();
});

test("restartPolicy decides how a pod ends", async () => {
  const images = [
    { pattern: "ok:1", crashAfter: 1000, exitCode: 0 },
    { pattern: "fail:1", crashAfter: 1000, exitCode: 1 },
  ];
  const { clock, run, get, runtime, agent } = await testAgent({ images });
  const start = (name: string, image: string, restartPolicy: string) =>
    run(name, { restartPolicy, containers: [{ name: "main", image }] });
  await start("done", "ok:1", "OnFailure");
  await start("failed", "fail:1", "Never");
  await start("again", "fail:1", "OnFailure");
  await clock.advance(1500);
  const done = await get("done");
  expect(done.status?.phase).toBe("Succeeded");
  expect(condition(done, "Ready")).toMatchObject({ status: "False", reason: "PodCompleted" });
  expect(condition(done, "Initialized")).toMatchObject({ status: "True", reason: "PodCompleted" });
  expect(main(done)?.state?.terminated).toMatchObject({ exitCode: 0, reason: "Completed" });
  expect((await get("failed")).status?.phase).toBe("Failed");
  expect(main(await get("again"))?.restartCount).toBe(1);
  // Ended pods keep their containers, for their logs, but not their sandbox.
  const uid = done.metadata?.uid ?? "";
  expect((await runtime.sandboxes(uid)).map((s) => s.state)).toEqual(["notready"]);
  expect(await runtime.containers(uid)).toHaveLength(1);
  await agent.stop();
});

test("init containers run one after another, sidecars stay", async () => {
  const images = [{ pattern: "init:1", crashAfter: 1000, exitCode: 0 }];
  const { clock, run, get, agent } = await testAgent({ images });
  await run("web", {
    initContainers: [
      { name: "first", image: "init:1" },
      { name: "side", image: "app:1", restartPolicy: "Always" },
      { name: "second", image: "init:1" },
    ],
  });
  const states = async () => {
    const { status } = await get("web");
    return Object.fromEntries(
      [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map((s) => [
        s.name,
        s.state?.waiting?.reason ?? s.state?.terminated?.reason ?? "running",
      ]),
    );
  };
  await clock.advance(500);
  expect(await states()).toEqual({
    first: "running",
    side: "PodInitializing",
    second: "PodInitializing",
    main: "PodInitializing",
  });
  expect(condition(await get("web"), "Initialized")).toMatchObject({
    status: "False",
    reason: "ContainersNotInitialized",
    message: "containers with incomplete status: [first side second]",
  });
  await clock.advance(1000);
  expect(await states()).toMatchObject({ first: "Completed", side: "running", second: "running" });
  expect((await get("web")).status?.phase).toBe("Pending");
  await clock.advance(1000);
  expect(await states()).toEqual({ first: "Completed", side: "running", second: "Completed", main: "running" });
  expect(isReady(await get("web"))).toBe(true);
  await agent.stop();
});

test("probes: startup gates, readiness follows, liveness restarts", async () => {
  const images = [
    { pattern: "slow:1", readyAfter: 25_000 },
    { pattern: "dead:1", readyAfter: "never" as const },
  ];
  const { clock, run, get, events, agent } = await testAgent({ images });
  const httpGet = { port: 80, path: "/" };
  const probe = { httpGet, periodSeconds: 10, failureThreshold: 3 };
  await run("slow", { containers: [{ name: "main", image: "slow:1", readinessProbe: probe }] });
  await run("gated", {
    containers: [
      { name: "main", image: "slow:1", startupProbe: { ...probe, failureThreshold: 10 }, readinessProbe: probe },
    ],
  });
  await run("dead", { containers: [{ name: "main", image: "dead:1", livenessProbe: probe }] });
  await clock.advance(20_500);
  expect(isReady(await get("slow"))).toBe(false);
  expect(condition(await get("slow"), "ContainersReady")).toMatchObject({
    reason: "ContainersNotReady",
    message: "containers with unready status: [main]",
  });
  expect(main(await get("gated"))?.started).toBe(false);
  expect(main(await get("dead"))?.restartCount).toBe(1);
  expect(await events("dead")).toContainEqual("Killing: Container main failed liveness probe, will be restarted");
  expect(await events("slow")).toContainEqual(
    "Unhealthy: Readiness probe failed: the simulated container does not answer yet",
  );
  await clock.advance(20_000);
  expect(isReady(await get("slow"))).toBe(true);
  expect(isReady(await get("gated"))).toBe(true);
  await agent.stop();
});

test("a container that is ready soon after its start need not wait out a period", async () => {
  const { clock, run, get, agent } = await testAgent({ images: [{ pattern: "*", readyAfter: 300 }] });
  const readinessProbe = { tcpSocket: { port: 80 }, periodSeconds: 10 };
  await run("web", { containers: [{ name: "main", image: "app:1", readinessProbe }] });
  await clock.advance(800);
  expect(isReady(await get("web"))).toBe(true);
  await agent.stop();
});

test("a deleted pod leaves the proxies, gets its grace period, and its object goes last", async () => {
  const order: string[] = [];
  const images = [{ pattern: "*", stopDelay: 3000 }];
  const hooks = {
    awaitProxyWithdrawal: async () => {
      order.push(`withdrawn ${(await runtime.containers()).map((c) => c.state)}`);
    },
  };
  const { clock, run, remove, exists, events, runtime, agent } = await testAgent({ images, agent: { hooks } });
  await run("web", {
    containers: [{ name: "main", image: "app:1", lifecycle: { preStop: { sleep: { seconds: 2 } } } }],
  });
  await clock.settle();
  await remove("web");
  await clock.advance(5150);
  expect(order).toEqual(["withdrawn running"]);
  expect(await exists("web")).toBe(true);
  expect(await events("web")).toContainEqual("Killing: Stopping container main");
  await clock.advance(200);
  expect(await exists("web")).toBe(false);
  expect(await runtime.sandboxes()).toEqual([]);
  await agent.stop();
});

test("a proxy that does not answer holds a pod up for 2 s only; one that cannot stop is killed", async () => {
  const images = [{ pattern: "*", stopDelay: 100_000 }];
  const hooks = { awaitProxyWithdrawal: () => new Promise<void>(() => {}) };
  const { clock, run, remove, exists, agent } = await testAgent({ images, agent: { hooks } });
  await run("web", { terminationGracePeriodSeconds: 5 });
  await clock.settle();
  await remove("web");
  await clock.advance(7150);
  expect(await exists("web")).toBe(true);
  await clock.advance(200);
  expect(await exists("web")).toBe(false);
  await agent.stop();
});

test("a pod whose object is gone is ended", async () => {
  const { clock, run, remove, runtime, exists, agent } = await testAgent();
  await run("web");
  await clock.settle();
  await remove("web", 0);
  await clock.advance(3000);
  expect(await exists("web")).toBe(false);
  expect(await runtime.sandboxes()).toEqual([]);
  await agent.stop();
});

test("a deletion that the agent reads after a conflict, before its event comes, ends the pod", async () => {
  const { agent: first, options, client, clock, run, remove, exists } = await testAgent();
  await first.stop();
  let open = () => {};
  let gate = Promise.resolve();
  let conflicted = false;
  const interfering: Client = {
    ...client,
    async watch(kind, query) {
      const watch = await client.watch(kind, query);
      const later = async function* () {
        for await (const event of watch) {
          if (kind.plural === "pods") await gate;
          yield event;
        }
      };
      return { close: () => watch.close(), [Symbol.asyncIterator]: later };
    },
    async update(kind, object, query) {
      if (kind.plural === "pods" && query?.subresource === "status") {
        if (!conflicted) {
          gate = new Promise((resolve) => {
            open = resolve;
          });
          await remove("web");
          conflicted = true;
        } else {
          open();
          for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
        }
      }
      return client.update(kind, object, query);
    },
  };
  const agent = await createAgent({ ...options, client: interfering });
  await agent.start();
  await run("web");
  await clock.advance(3000);
  expect(conflicted).toBe(true);
  expect(await exists("web")).toBe(false);
  await agent.stop();
});

test("an agent that shares caches with others in its process asks for its own pods only: more it may not see", async () => {
  const { agent: first, options, client, clock } = await testAgent();
  await first.stop();
  const asked: unknown[] = [];
  const listening: Client = {
    ...client,
    list(kind, query) {
      if (kind.plural === "pods") asked.push(query?.fieldSelector);
      return client.list(kind, query);
    },
  };
  const { random, logger } = options;
  const informers = createInformerFactory({ client: listening, clock, random, logger });
  const agent = await createAgent({ ...options, client: listening, informers });
  await agent.start();
  expect(asked).toEqual(["spec.nodeName=node"]);
  await agent.stop();
  await informers.stop();
});

test("a new agent takes running pods over and removes leftovers", async () => {
  const { clock, run, remove, get, runtime, options, agent } = await testAgent();
  await run("stays");
  await run("goes");
  await clock.settle();
  const before = await get("stays");
  await agent.stop();
  await remove("goes", 0);
  await clock.advance(60_000);
  const next = await createAgent(options);
  await next.start();
  await clock.settle();
  const after = await get("stays");
  expect(main(after)?.containerID).toBe(main(before)?.containerID);
  expect(after.status).toEqual(before.status);
  expect((await runtime.sandboxes()).map((s) => s.config.name)).toEqual(["stays"]);
  await next.stop();
});

test("a sandbox that dies is made again", async () => {
  const { clock, run, get, runtime, events, agent } = await testAgent();
  const pod = await run("web");
  await clock.settle();
  runtime.killSandbox(pod.metadata?.uid ?? "");
  await clock.settle();
  const after = await get("web");
  expect(after.status?.phase).toBe("Running");
  expect(main(after)?.restartCount).toBe(1);
  expect(await events("web")).toContainEqual("SandboxChanged: Pod sandbox changed, it will be killed and re-created.");
  await agent.stop();
});

test("variables from a ConfigMap that is not there, and then is", async () => {
  const { client, clock, run, get, events, agent, runtime } = await testAgent();
  const configMapKeyRef = { name: "settings", key: "color" };
  await run("web", {
    containers: [
      {
        name: "main",
        image: "app:1",
        env: [
          { name: "COLOR", valueFrom: { configMapKeyRef } },
          { name: "TEXT", value: "it is $(COLOR), $(NOPE) $$(X)" },
          { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        ],
      },
    ],
  });
  await clock.settle();
  expect(main(await get("web"))?.state?.waiting).toEqual({
    reason: "CreateContainerConfigError",
    message: 'configmap "settings" not found',
  });
  expect(await events("web")).toContainEqual('Failed: Error: configmap "settings" not found');
  await client.create(configMaps, { metadata: { name: "settings", namespace: "default" }, data: { color: "blue" } });
  await clock.advance(10_000);
  expect((await get("web")).status?.phase).toBe("Running");
  const env = (await runtime.containers())[0]?.config.env;
  expect(env).toContainEqual({ name: "TEXT", value: "it is blue, $(NOPE) $(X)" });
  expect(env).toContainEqual({ name: "POD", value: "web" });
  await agent.stop();
});

test("a volume that cannot be had keeps the pod in ContainerCreating", async () => {
  const { clock, run, get, events, agent } = await testAgent();
  await run("web", {
    volumes: [
      { name: "disk", nfs: { server: "s", path: "/" } },
      { name: "cfg", configMap: { name: "nope" } },
    ],
  });
  await clock.advance(300);
  expect(main(await get("web"))?.state?.waiting?.reason).toBe("ContainerCreating");
  expect(await events("web")).toEqual([
    'FailedMount: MountVolume.SetUp failed for volume "disk" : volumes of type "nfs" are not supported on this node',
    'FailedMount: MountVolume.SetUp failed for volume "cfg" : configmap "nope" not found',
  ]);
  await agent.stop();
});

test("activeDeadlineSeconds ends a pod", async () => {
  const { clock, run, get, agent, runtime } = await testAgent();
  await run("web", { activeDeadlineSeconds: 5 });
  await clock.advance(4000);
  expect((await get("web")).status?.phase).toBe("Running");
  await clock.advance(1500);
  const pod = await get("web");
  expect(pod.status).toMatchObject({
    phase: "Failed",
    reason: "DeadlineExceeded",
    message: "Pod was active on the node longer than the specified deadline",
  });
  expect((await runtime.containers()).map((c) => c.state)).toEqual(["exited"]);
  await agent.stop();
});

test("what a container last said explains its end when it left no message", async () => {
  const images = [{ pattern: "*", output: ["starting", "no disk"], crashAfter: 1000 }];
  const { clock, run, get, agent } = await testAgent({ images });
  await run("web", {
    restartPolicy: "Never",
    containers: [{ name: "main", image: "app:1", terminationMessagePolicy: "FallbackToLogsOnError" }],
  });
  await clock.advance(1100);
  expect(main(await get("web"))?.state?.terminated?.message).toBe("starting\nno disk\n");
  await agent.stop();
});

test("a pod that is told to hurry leaves its preStop hook and its grace period behind", async () => {
  const images = [{ pattern: "*", stopDelay: 100_000 }];
  const { clock, run, remove, exists, agent } = await testAgent({ images });
  const lifecycle = { preStop: { sleep: { seconds: 25 } } };
  await run("web", { containers: [{ name: "main", image: "app:1", lifecycle }] });
  await clock.settle();
  await remove("web");
  await clock.advance(5000);
  await remove("web", 1);
  await clock.advance(1000);
  expect(await exists("web")).toBe(true);
  await clock.advance(3000);
  expect(await exists("web")).toBe(false);
  await agent.stop();
});

test("a failing postStart hook ends the container, which is then restarted with back-off", async () => {
  const { clock, run, get, events, runtime, agent } = await testAgent();
  const exec = async () => ({ exitCode: 1, stdout: new Uint8Array(), stderr: Buffer.from("no") });
  Object.assign(runtime, { exec });
  const lifecycle = { postStart: { exec: { command: ["setup"] } } };
  const pod = await run("web", { containers: [{ name: "main", image: "app:1", lifecycle }] });
  await clock.settle();
  expect(main(await get("web"))?.state?.waiting).toEqual({
    reason: "PostStartHookError",
    message: `Exec lifecycle hook ([setup]) for Container "main" in Pod "web_default(${pod.metadata?.uid})" failed - error: command 'setup' exited with 1: no, message: "no"`,
  });
  expect(await events("web")).toContainEqual("FailedPostStartHook: PostStartHook failed");
  await clock.advance(3000);
  expect(main(await get("web"))?.restartCount).toBe(1);
  expect(main(await get("web"))?.state?.waiting?.reason).toBe("CrashLoopBackOff");
  await agent.stop();
});

test("an image that changes in a running pod replaces the container", async () => {
  const { client, clock, run, get, agent } = await testAgent();
  await run("web");
  await clock.settle();
  const patch = { spec: { containers: [{ name: "main", image: "app:2" }] } };
  await client.patch(pods, { namespace: "default", name: "web" }, patch, { type: "strategic" });
  await clock.advance(1000);
  expect(main(await get("web"))).toMatchObject({ image: "app:2", restartCount: 1, ready: true });
  await agent.stop();
});

test("the proxies are asked before a pod first counts as Ready", async () => {
  let answer = () => {};
  const hooks = {
    awaitProxyReady: () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      }),
  };
  const { clock, run, get, agent } = await testAgent({ agent: { hooks } });
  await run("web");
  await clock.advance(500);
  expect(isReady(await get("web"))).toBe(false);
  answer();
  await clock.settle();
  expect(isReady(await get("web"))).toBe(true);
  await agent.stop();
});

test("readiness gates and conditions of others are respected", async () => {
  const { client, clock, run, get, agent } = await testAgent();
  await run("web", { readinessGates: [{ conditionType: "example.com/lb" }] });
  await clock.settle();
  expect(condition(await get("web"), "Ready")).toMatchObject({
    status: "False",
    reason: "ReadinessGatesNotReady",
    message: 'corresponding condition of pod readiness gate "example.com/lb" does not exist.',
  });
  const patch = { status: { conditions: [{ type: "example.com/lb", status: "True" }] } };
  await client.patch(pods, { namespace: "default", name: "web" }, patch, { type: "strategic", subresource: "status" });
  await clock.settle();
  const pod = await get("web");
  expect(isReady(pod)).toBe(true);
  expect(condition(pod, "example.com/lb")?.status).toBe("True");
  await agent.stop();
});

test("five hundred pods come and go", async () => {
  const { client, clock, run, remove, statusWrites, runtime, agent } = await testAgent();
  const names = Array.from({ length: 500 }, (_, i) => `web-${i}`);
  await Promise.all(names.map((name) => run(name)));
  await clock.settle();
  const all = await client.list(pods, { namespace: "default" });
  expect(all.items.filter(isReady)).toHaveLength(500);
  expect(new Set(all.items.map((p) => p.status?.podIP)).size).toBe(500);
  expect(statusWrites()).toBe(500);
  await Promise.all(names.map((name) => remove(name)));
  await clock.advance(5000);
  expect((await client.list(pods, { namespace: "default" })).items).toEqual([]);
  expect(await runtime.sandboxes()).toEqual([]);
  await agent.stop();
});

test("a pod at rest asks for no more looks", async () => {
  const { client, clock, run, agent } = await testAgent();
  await clock.settle();
  const before = clock.pending;
  await run("web", { volumes: [{ name: "tmp", emptyDir: {} }] });
  await clock.settle();
  const patch = { metadata: { labels: { a: "b" } } };
  await client.patch(pods, { namespace: "default", name: "web" }, patch, { type: "merge" });
  await clock.advance(5000);
  expect(clock.pending).toBe(before);
  await agent.stop();
});

test("what others write over the agent's conditions is put right", async () => {
  const { client, clock, run, get, agent } = await testAgent();
  await run("web");
  await clock.settle();
  const patch = { status: { conditions: [{ type: "Ready", status: "False", reason: "NodeNotReady" }] } };
  await client.patch(pods, { namespace: "default", name: "web" }, patch, { type: "strategic", subresource: "status" });
  await clock.settle();
  expect(condition(await get("web"), "Ready")).toMatchObject({ status: "True" });
  expect(condition(await get("web"), "Ready")?.reason).toBeUndefined();
  await agent.stop();
});
