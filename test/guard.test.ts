/**
 * The rollout story with `on-failure: undo` and `record: "true"`, on real containers with the real kubectl; and `wherry
 * guard`, beside wherry's own guard and beside a cluster that has none.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock as clock, systemRandom as random } from "../src/base/clock.ts";
import { silentLogger as logger } from "../src/base/logger.ts";
import { startTraffic, type Traffic } from "../src/cli/cluster/demo/traffic.ts";
import { createEventRecorder } from "../src/client/events.ts";
import { createHttpClient } from "../src/client/http/client.ts";
import { createRestClient } from "../src/client/http/rest.ts";
import { createInformerFactory } from "../src/client/informer.ts";
import { deploymentController } from "../src/controllers/deployment/controller.ts";
import { replicaSetController } from "../src/controllers/replicaset/controller.ts";
import { createScheduler } from "../src/scheduler/scheduler.ts";
import { kubeconfigFor } from "../src/server/pki/kubeconfig.ts";
import { testServer } from "../src/testing/server-fixture.ts";
import { addNode, playAgents } from "../src/testing/test-plane.ts";
import { type Background, inBackground } from "./tools/background.ts";
import { startTestCluster, type TestCluster, type TestHome, testHome, wherryProgram } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import { oneAfterTheOther } from "./tools/sequence.ts";

const guard = (home: TestHome, ...args: string[]) =>
  inBackground(process.execPath, [wherryProgram, "guard", ...args], home.env);
const image = (version: number) => `axel9309/kub-first-app:${version}`;

describe("a cluster of wherry's", () => {
  oneAfterTheOther();
  let cluster: TestCluster;
  let second: Background;
  let traffic: Traffic;
  const kubectl = (...args: string[]) => cluster.kubectl("1.34", args);
  const history = async () =>
    (await cluster.ask("rollout", "history", "deployment/first-app")).trimEnd().split("\n").slice(2);
  const someMoreAnswers = async () => {
    const before = traffic.counts().served;
    await eventually(() => expect(traffic.counts().served).toBeGreaterThan(before + 20));
  };

  beforeAll(async () => {
    cluster = await startTestCluster();
    await cluster.buildFirstApp(3, 4);
    second = guard(cluster, "--context", "wherry", "-n", "default");
    await eventually(() => expect(second.out).not.toBe(""));
  });
  afterAll(async () => {
    await traffic?.stop();
    await cluster?.stop();
  });

  test("deploy, with both annotations", async () => {
    expect(second.out).toMatch(
      /^guarding Deployments in namespace "default" of context "wherry" \(https:\/\/127\.0\.0\.1:\d+\): 0 of 0 ask for it now; Ctrl-C ends\n$/,
    );
    await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata:
  name: first-app
  annotations:
    rollout.wherry.dev/on-failure: undo
    rollout.wherry.dev/record: "true"
spec:
  replicas: 2
  progressDeadlineSeconds: 20
  selector: { matchLabels: { app: first-app } }
  template:
    metadata: { labels: { app: first-app } }
    spec:
      containers:
        - name: kub-first-app
          image: ${image(3)}
          readinessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: first-app }
spec: { type: LoadBalancer, selector: { app: first-app }, ports: [{ port: 8080 }] }
`);
    expect((await kubectl("rollout", "status", "deployment/first-app")).code).toBe(0);
    const ip = await eventually(
      async () => (await cluster.object("service", "first-app")).status.loadBalancer.ingress[0].ip as string,
    );
    await eventually(async () => {
      expect(await (await fetch(`http://${ip}:8080/`)).text()).toMatch(/^first-app version 3 on /);
    });
    traffic = startTraffic({ host: ip, port: 8080, perSecond: 25, clock });
    await eventually(async () => expect(await history()).toEqual([`1         created with image ${image(3)}`]));
  });

  test("an update is recorded, and no generation is used up for it", async () => {
    await cluster.ask("set", "image", "deployment/first-app", `kub-first-app=${image(4)}`);
    expect((await kubectl("rollout", "status", "deployment/first-app")).code).toBe(0);
    await eventually(async () =>
      expect(await history()).toEqual([
        `1         created with image ${image(3)}`,
        `2         image ${image(3)} → ${image(4)}`,
      ]),
    );
    const { metadata } = await cluster.object("deployment", "first-app");
    expect(metadata.generation).toBe(2);
  });

  test("a version that is not there: the rollout stalls, fails, and goes back by itself", async () => {
    await cluster.ask("set", "image", "deployment/first-app", `kub-first-app=${image(10)}`);
    const { code, err } = await kubectl("rollout", "status", "deployment/first-app");
    expect({ code, err }).toEqual({
      code: 1,
      err: 'error: deployment "first-app" exceeded its progress deadline\n',
    });
    await eventually(async () =>
      expect(await history()).toEqual([
        `1         created with image ${image(3)}`,
        `3         image ${image(4)} → ${image(10)}`,
        `4         back to revision 2: image ${image(4)} (revision 3 (image ${image(10)}) exceeded its progress deadline)`,
      ]),
    );
    expect((await kubectl("rollout", "status", "deployment/first-app")).code).toBe(0);
    await eventually(async () => {
      const { items } = await cluster.object("events", "--field-selector=reason=DeploymentRollback");
      expect(items.map(({ type, message }: { type: string; message: string }) => [type, message])).toEqual([
        [
          "Warning",
          `Rolled back deployment "first-app" to revision 2 (image ${image(4)}): revision 3 (image ${image(10)}) exceeded its progress deadline`,
        ],
      ]);
    });
    await someMoreAnswers();
    expect(traffic.counts().failures).toEqual({});
    expect(traffic.counts().versions[10]).toBeUndefined();
  });

  test("the same version once more is the user's own will", async () => {
    await cluster.ask("set", "image", "deployment/first-app", `kub-first-app=${image(10)}`);
    await eventually(async () => {
      const { items } = await cluster.object("events", "--field-selector=reason=DeploymentRollbackSkipped");
      expect(items.map(({ message }: { message: string }) => message)).toEqual([
        `Revision 5 (image ${image(10)}) exceeded its progress deadline and is left as it is: it was undone as revision 3 before and has not been complete since`,
      ]);
    });
    expect((await cluster.object("deployment", "first-app")).spec.template.spec.containers[0].image).toBe(image(10));
    expect(await cluster.ask("rollout", "undo", "deployment/first-app")).toBe(
      "deployment.apps/first-app rolled back\n",
    );
    expect((await kubectl("rollout", "status", "deployment/first-app")).code).toBe(0);
    await eventually(async () =>
      expect((await history()).at(-1)).toBe(`6         back to revision 4: image ${image(4)}`),
    );
    await someMoreAnswers();
    expect(traffic.counts().failures).toEqual({});
  });

  test("a value that nobody can mean is answered with a warning", async () => {
    const { code, err } = await kubectl(
      "annotate",
      "deployment/first-app",
      "rollout.wherry.dev/on-failure=revert",
      "--overwrite",
    );
    expect({ code, err }).toEqual({
      code: 0,
      err: 'Warning: metadata.annotations[rollout.wherry.dev/on-failure]: "revert" is not supported, and without effect; supported values: "undo"\n',
    });
  });

  test("the second guard ends when it is told to", async () => {
    const { code, err } = await second.interrupt();
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  test("and wherry's own goes on", async () => {
    await cluster.ask("set", "image", "deployment/first-app", `kub-first-app=${image(3)}`);
    await eventually(async () =>
      expect((await history()).at(-1)).toBe(`7         back to revision 1: image ${image(3)}`),
    );
  });
});

/** An API server with the controllers that a rollout needs, and no guard: what any cluster is. */
async function otherCluster(home: TestHome) {
  const server = await testServer({ clock });
  const address = `https://127.0.0.1:${server.port}`;
  const config = kubeconfigFor({ name: "other", server: address, ca: server.pki.ca, credentials: server.pki.admin });
  const file = join(home.dir, "other.yaml");
  writeFileSync(file, JSON.stringify(config));
  const rest = await createRestClient({ server: address, ...server.tls(undefined), userAgent: "test" });
  const client = createHttpClient(rest);
  const informers = createInformerFactory({ client, clock, random, logger });
  const events = createEventRecorder({ client, clock, logger, source: { component: "test" } });
  const plane = { client, informers, events, clock, random, logger, stop: async () => {} };
  const parts = [deploymentController(plane), replicaSetController(plane), createScheduler(plane)];
  playAgents(plane, (pod) => pod.spec?.containers[0]?.image !== "app:missing");
  await addNode(plane, "node-1");
  await Promise.all(parts.map((part) => part.start()));
  return {
    server,
    address,
    file,
    kubectl: (...args: string[]) => home.kubectl("1.34", ["--kubeconfig", file, ...args]),
    async stop() {
      for (const part of parts) await part.stop();
      await events.flush();
      await informers.stop();
      rest.close();
      await server.close();
    },
  };
}

describe("any cluster", () => {
  let home: TestHome;
  let other: Awaited<ReturnType<typeof otherCluster>>;

  beforeAll(async () => {
    home = testHome();
    other = await otherCluster(home);
  });
  afterAll(async () => {
    await other?.stop();
    home?.remove();
  });

  test("wherry guard undoes there, and prints a line for each act", async () => {
    // Nothing but what is missing has a deadline to miss, however busy the machine is.
    const manifest = (image: string, deadline: number) => `{
      "apiVersion": "apps/v1", "kind": "Deployment",
      "metadata": { "name": "web", "namespace": "default",
        "annotations": { "rollout.wherry.dev/on-failure": "undo", "rollout.wherry.dev/record": "true" } },
      "spec": { "progressDeadlineSeconds": ${deadline}, "selector": { "matchLabels": { "app": "web" } },
        "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "web", "image": "${image}" }] } } }
    }`;
    const apply = async (...given: Parameters<typeof manifest>) => {
      const input = manifest(...given);
      expect((await home.kubectl("1.34", ["--kubeconfig", other.file, "apply", "-f", "-"], { input })).err).toBe("");
    };
    await apply("app:1", 600);
    const running = guard(home, "--kubeconfig", other.file);
    await eventually(() => expect(running.out).toContain("default/web: revision 1 is complete\n"));
    await apply("app:missing", 3);
    await eventually(() => expect(running.out).toContain("default/web: change-cause of revision 3: "));
    await eventually(() => expect(running.out).toContain("default/web: revision 3 is complete\n"));
    const { code, out, err } = await running.interrupt();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const failed = "revision 2 (image app:missing) exceeded its progress deadline";
    const [start, ...acts] = out.trimEnd().split("\n");
    expect(start).toBe(
      `guarding Deployments in all namespaces of context "other" (${other.address}): 1 of 1 ask for it now; Ctrl-C ends`,
    );
    expect(acts.every((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ default\/web: /.test(line))).toBe(true);
    expect(acts.map((line) => line.replace(/^\S+ \S+ /, "")).sort()).toEqual(
      [
        "revision 1 is complete",
        "change-cause of revision 1: created with image app:1",
        "change-cause of revision 2: image app:1 → app:missing",
        "revision 2 failed",
        `back to revision 1 (image app:1): ${failed}`,
        `change-cause of revision 3: back to revision 1: image app:1 (${failed})`,
        "revision 3 is complete",
      ].sort(),
    );
    expect((await other.kubectl("rollout", "history", "deployment/web")).out).toBe(
      `deployment.apps/web \nREVISION  CHANGE-CAUSE\n2         image app:1 → app:missing\n3         back to revision 1: image app:1 (${failed})\n\n`,
    );
  });

  test("what it cannot do is one clear line", async () => {
    const fails = async (...args: string[]) => {
      const { code, out, err } = await home.wherry(["guard", ...args]);
      expect(out).toBe("");
      return { code, err };
    };
    const failure = (text: string) => ({ code: 1, err: `error: ${text}\n` });
    const config = (name: string, change: (text: string) => string) => {
      const file = join(home.dir, name);
      const { ca, admin } = other.server.pki;
      writeFileSync(
        file,
        change(JSON.stringify(kubeconfigFor({ name: "other", server: other.address, ca, credentials: admin }))),
      );
      return file;
    };
    expect(await fails()).toEqual(failure("the kubeconfig has no current context; name one with --context"));
    expect(await fails("--kubeconfig", other.file, "--context", "x")).toEqual(failure('context "x" does not exist'));
    expect(await fails("--kubeconfig", other.file, "-n", "nowhere")).toEqual(
      failure(`context "other" (${other.address}): there is no namespace "nowhere"`),
    );
    const dead = config("dead.yaml", (text) => text.replace(other.address, "https://127.0.0.1:1"));
    expect(await fails("--kubeconfig", dead)).toEqual(
      failure('cannot reach context "other" (https://127.0.0.1:1): connect ECONNREFUSED 127.0.0.1:1'),
    );
    const nobody = config("nobody.yaml", (text) => {
      const parsed = JSON.parse(text);
      parsed.users[0].user = {};
      return JSON.stringify(parsed);
    });
    expect(await fails("--kubeconfig", nobody)).toEqual(failure(`context "other" (${other.address}): Unauthorized`));
    const odd = await fails("--watch");
    expect(odd).toEqual({ code: 2, err: "error: unknown option '--watch'\n(run with --help for usage)\n" });
  });
});
