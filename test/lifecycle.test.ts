/** Clusters come, go, are killed in part or altogether, and come back; what they leave behind is nothing. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repository, startTestCluster, succeeded, type TestCluster, type TestHome, testHome } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import { oneAfterTheOther } from "./tools/sequence.ts";
import { marked, processesOf, processesWith, tracesOf } from "./tools/traces.ts";

interface Running {
  readonly pod: string;
  readonly container: string;
  readonly restarts: number;
}

describe("one cluster", () => {
  oneAfterTheOther();
  let cluster: TestCluster;
  let dir: string;
  let uid: string;

  beforeAll(async () => {
    cluster = await startTestCluster();
    dir = join(cluster.dir, cluster.name);
    await cluster.buildFirstApp(3);
    await cluster.ask("apply", "-f", join(repository, "examples/first-app/deployment.yaml"));
    await cluster.ask("create", "configmap", "kept", "--from-literal=text=still here");
    await cluster.ask("rollout", "status", "deployment/first-app");
    uid = (await cluster.object("deployment", "first-app")).metadata.uid;
  });
  afterAll(() => cluster?.stop());

  const record = () => JSON.parse(readFileSync(join(dir, "cluster.json"), "utf8"));
  const up = async () => succeeded(await cluster.wherry(["up"]), "wherry up");
  const agents = () =>
    marked(dir)
      .filter((line) => /agent-process\.js/.test(line) && !/nsenter/.test(line))
      .map((line) => Number.parseInt(line, 10));

  /** The containers that run, once there are three that are ready. */
  const running = (): Promise<Running[]> =>
    eventually(async () => {
      const { items } = await cluster.object("pods", "-l", "app=first-app");
      const found: Running[] = items.map(
        (pod: {
          metadata: { name: string };
          status: { containerStatuses?: { ready: boolean; containerID: string; restartCount: number }[] };
        }) => {
          const status = pod.status.containerStatuses?.[0];
          expect(status?.ready).toBe(true);
          return { pod: pod.metadata.name, container: status?.containerID, restarts: status?.restartCount };
        },
      );
      expect(found).toHaveLength(3);
      return found.sort((a, b) => a.pod.localeCompare(b.pod));
    });
  const serves = () =>
    eventually(async () => {
      const service = await cluster.object("service", "first-app");
      const { ip } = service.status.loadBalancer.ingress[0];
      expect(await (await fetch(`http://${ip}:8080/`)).text()).toMatch(/^first-app version 3 on first-app-/);
    });
  const objectsAreThere = async () => {
    expect((await cluster.object("configmap", "kept")).data).toEqual({ text: "still here" });
    expect((await cluster.object("deployment", "first-app")).metadata.uid).toBe(uid);
  };

  test("is started once", async () => {
    const { process } = record();
    expect(await up()).toContain(`cluster "wherry" is running at ${record().server}\n`);
    expect(record().process).toEqual(process);
    const other = await cluster.wherry(["up", "--nodes", "2"]);
    expect(other).toEqual({
      code: 1,
      out: "",
      err: 'error: cluster "wherry" runs with --nodes 1; run `wherry down` first to change it\n',
    });
  });

  test("says how it is", async () => {
    const { code, out } = await cluster.wherry(["status"]);
    expect(code).toBe(0);
    expect(out).toContain(`cluster "wherry" runs at ${record().server} (linux runtime, pid ${record().process.pid})\n`);
    expect(out).toMatch(/^node wherry: Ready, /m);
  });

  test("an agent that is killed is started again and takes its containers back", async () => {
    const before = await running();
    const [agent] = agents();
    expect(agent).toBeDefined();
    process.kill(agent as number, "SIGKILL");
    await eventually(() => {
      expect(agents()).toHaveLength(1);
      expect(agents()).not.toContain(agent);
    });
    // It works again when it starts a pod and serves its logs.
    await cluster.ask("scale", "deployment/first-app", "--replicas=4");
    await cluster.ask("rollout", "status", "deployment/first-app");
    await eventually(async () => {
      expect(await cluster.ask("logs", "-l", "app=first-app")).toMatch(/(first-app version 3 listens.*\s+){4}/);
    });
    await cluster.ask("scale", "deployment/first-app", "--replicas=0");
    await cluster.ask("scale", "deployment/first-app", "--replicas=3");
    await eventually(async () => expect((await running()).map((r) => r.restarts)).toEqual([0, 0, 0]));
    expect(before.every(({ restarts }) => restarts === 0)).toBe(true);
    await serves();
  });

  test("containers outlive an agent", async () => {
    const before = await running();
    const [agent] = agents();
    process.kill(agent as number, "SIGKILL");
    await eventually(() => {
      expect(agents()).toHaveLength(1);
      expect(agents()).not.toContain(agent);
    });
    await cluster.ask("rollout", "status", "deployment/first-app");
    await serves();
    expect(await running()).toEqual(before);
  });

  test("containers outlive the server", async () => {
    const before = await running();
    const { pid } = record().process;
    process.kill(pid, "SIGKILL");
    await eventually(async () => expect((await cluster.wherry(["status"])).code).toBe(1));
    await up();
    expect(record().process.pid).not.toBe(pid);
    await objectsAreThere();
    await serves();
    expect(await running()).toEqual(before);
    // What an agent has just forked looks like it for a moment.
    await eventually(() => expect(agents()).toHaveLength(1));
  });

  test("a node that has died is named by status and started again by up", async () => {
    const machine = JSON.parse(readFileSync(join(dir, "nodes/wherry/machine.json"), "utf8")) as { pid: number };
    process.kill(machine.pid, "SIGKILL");
    await eventually(async () => {
      expect((await cluster.wherry(["status"])).out).toMatch(/^node wherry: has died; `wherry up/m);
    });
    await up();
    expect((await cluster.wherry(["status"])).out).toMatch(/^node wherry: Ready, /m);
    await objectsAreThere();
    await eventually(async () => expect((await running()).map(({ restarts }) => restarts)).toEqual([1, 1, 1]));
    await serves();
  });

  test("when everything was killed, objects are found again and pods run again", async () => {
    const before = await running();
    const traces = tracesOf(dir);
    const processes = processesOf(dir);
    expect(processes.length).toBeGreaterThan(5);
    for (const pid of processes) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Ended with another.
      }
    }
    await eventually(() => expect(processesWith(traces)).toEqual([]));
    traces.release();
    await up();
    await objectsAreThere();
    await serves();
    // What the API server knows of the pods is from before until their agent has looked.
    await eventually(async () => {
      const after = (await running()).map(({ container }) => container);
      for (const { container } of before) expect(after).not.toContain(container);
    });
  });

  test("down keeps data that is to be kept", async () => {
    const traces = tracesOf(dir);
    expect(succeeded(await cluster.wherry(["down", "--keep-data"]), "wherry down")).toBe(
      'cluster "wherry" is down; its data is kept\n',
    );
    await eventually(() => expect(processesWith(traces)).toEqual([]));
    traces.release();
    expect(await cluster.wherry(["status"])).toEqual({
      code: 1,
      out: `cluster "wherry" is stopped; its data is in ${dir}\n`,
      err: "",
    });
    await up();
    await objectsAreThere();
    await running();
    await serves();
  });

  test("down ends the node of a server that was killed", async () => {
    const traces = tracesOf(dir);
    process.kill(record().process.pid, "SIGKILL");
    succeeded(await cluster.wherry(["down"]), "wherry down");
    await eventually(() => expect(processesWith(traces)).toEqual([]));
    traces.release();
    expect(existsSync(dir)).toBe(false);
    // What a test starts, its end can stop.
    await cluster.wherry(["up", "--port", "0", "--runtime", "linux"]);
  });
});

describe("clusters side by side", () => {
  let home: TestHome;
  beforeAll(() => {
    home = testHome();
  });
  afterAll(() => home?.remove());

  test("each has its own objects, its own context and its own end", async () => {
    const one = await startTestCluster({ home, name: "one" });
    const two = await startTestCluster({ home, name: "two", nodes: 2 });
    await one.buildFirstApp(3);
    const context = async (name: string, ...args: string[]) =>
      succeeded(await home.kubectl("1.34", ["--context", name, ...args]), `kubectl ${args}`);
    expect(await context("two", "config", "current-context")).toBe("two\n");
    await context("one", "create", "configmap", "only-in-one");
    expect(await context("one", "get", "nodes", "-o", "name")).toBe("node/one\n");
    expect(await context("two", "get", "nodes", "-o", "name")).toBe("node/two\nnode/two-2\n");
    expect((await home.kubectl("1.34", ["--context", "two", "get", "configmap", "only-in-one"])).err).toBe(
      'Error from server (NotFound): configmaps "only-in-one" not found\n',
    );
    // Both may use the same addresses inside: they never meet.
    await context("one", "create", "deployment", "first-app", "--image=axel9309/kub-first-app:3");
    await context("one", "rollout", "status", "deployment/first-app");
    await two.stop();
    expect(await context("one", "get", "configmap", "only-in-one", "-o", "name")).toBe("configmap/only-in-one\n");
    expect(await context("one", "get", "deployment", "first-app", "-o", "jsonpath={.status.readyReplicas}")).toBe("1");
    await one.stop();
    expect(readdirSync(home.dir).filter((name) => ["one", "two"].includes(name))).toEqual([]);
    const left = JSON.parse((await home.kubectl("1.34", ["config", "view", "-o", "json"])).out);
    expect([left.clusters, left.contexts, left.users].map((list) => list ?? [])).toEqual([[], [], []]);
  });

  test("a port that is taken", async () => {
    const one = await startTestCluster({ home, name: "one", runtime: "simulated" });
    try {
      const { port } = JSON.parse(readFileSync(join(home.dir, "one/cluster.json"), "utf8"));
      expect(await home.wherry(["up", "--name", "two", "--port", String(port), "--runtime", "simulated"])).toEqual({
        code: 1,
        out: "",
        err: `error: port ${port} on 127.0.0.1 is taken by cluster "one"\n`,
      });
      expect(existsSync(join(home.dir, "two"))).toBe(false);
    } finally {
      await one.stop();
    }
  });

  test.each([
    [2, "error: unknown command 'nonsense'", ["nonsense"]],
    [2, "error: option '--nodes <count>' argument '0' is invalid.", ["up", "--nodes", "0"]],
    [2, "error: option '--runtime <runtime>' argument 'docker' is invalid.", ["up", "--runtime", "docker"]],
    [2, "error: option '--port <port>' argument '65536' is invalid.", ["up", "--port", "65536"]],
    [2, "error: unknown option '--keep'", ["down", "--keep"]],
    [2, "error: required option '-t, --tag <name>' not specified", ["image", "build", "."]],
    [1, 'error: there is no cluster "absent"', ["down", "--name", "absent"]],
    [1, 'error: there is no cluster "absent"', ["status", "--name", "absent"]],
    [2, "error: option '--name <name>' argument 'A' is invalid.", ["up", "--name", "A", "--runtime", "simulated"]],
  ])("exit code %i: %s", async (code, message, args) => {
    const result = await home.wherry(args);
    expect(result.code).toBe(code);
    expect(result.err).toContain(message);
    expect(result.err.split("\n")[0]).toMatch(/^error: /);
    expect(result.out).toBe("");
  });
});
