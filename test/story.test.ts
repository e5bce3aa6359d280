/**
 * The rollout story, typed into the real kubectl of three releases: what it prints is what upstream prints, and requests
 * flow all the while, from the host and from a pod, without one failure.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock as clock } from "../src/base/clock.ts";
import { startTraffic, type Traffic } from "../src/cli/cluster/demo/traffic.ts";
import { type KubectlVersion, kubectlVersions } from "./tools/clients.ts";
import { repository, startTestCluster, type TestCluster } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import { trafficOf, trafficPod } from "./tools/pod-traffic.ts";
import { oneAfterTheOther } from "./tools/sequence.ts";

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.buildFirstApp(3, 4);
});
afterAll(async () => {
  await cluster?.stop();
});

/** Since 1.34 kubectl says of which namespace an object was. */
const deleted = (version: KubectlVersion, what: string) =>
  `${what} deleted${version === "1.32" ? "" : " from default namespace"}\n`;

const rolledOut = 'deployment "first-app" successfully rolled out';
const waiting = (rest: string) => `Waiting for deployment "first-app" rollout to finish: ${rest}...`;
/** What `rollout status` may say of one pod that takes the place of another, in this order; how much of it is a race. */
const oneByOne = [
  "Waiting for deployment spec update to be observed...",
  waiting("0 out of 1 new replicas have been updated"),
  waiting("0 of 1 updated replicas are available"),
  waiting("1 old replicas are pending termination"),
  waiting("0 of 1 updated replicas are available"),
  rolledOut,
];

const distinct = (text: string) => [...new Set(text.trimEnd().split("\n"))];

function expectInOrder(lines: readonly string[], order: readonly string[]): void {
  let at = 0;
  for (const line of lines) {
    const found = order.indexOf(line, at);
    expect(found, `"${line}" in ${JSON.stringify(lines)}`).toBeGreaterThanOrEqual(0);
    at = found + 1;
  }
}

describe.each(kubectlVersions)("kubectl %s", (version) => {
  const kubectl = (...args: string[]) => cluster.kubectl(version, args);
  oneAfterTheOther();
  const said = (out: string) => ({ code: 0, out, err: "" });
  const traffic: Traffic[] = [];

  interface Listed {
    readonly metadata: { readonly deletionTimestamp?: string };
    readonly spec: { readonly containers: readonly { readonly image: string }[] };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }
  /** Images of the pods that are Ready and to stay, as the API has them. */
  const serving = async () => {
    const { items }: { items: Listed[] } = await cluster.object("pods", "-l", "app=first-app");
    return items
      .filter(({ metadata, status }) => {
        const isReady = status.conditions?.some((one) => one.type === "Ready" && one.status === "True");
        return isReady && !metadata.deletionTimestamp;
      })
      .map(({ spec }) => spec.containers[0]?.image);
  };
  const onePod = () =>
    eventually(async () => expect((await cluster.object("pods", "-l", "app=first-app")).items).toHaveLength(1));
  const isGone = (kind: string) =>
    eventually(async () => expect((await cluster.object(kind, "-l", "app=first-app")).items).toEqual([]));
  const rolloutEnds = async () => {
    const { code, out, err } = await kubectl("rollout", "status", "deployment/first-app");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = distinct(out);
    expectInOrder(lines, oneByOne);
    expect(lines.at(-1)).toBe(rolledOut);
  };
  const address = () =>
    eventually(async () => {
      const service = await cluster.object("service", "first-app");
      const ip: string = service.status.loadBalancer.ingress[0].ip;
      return { ip, nodePort: service.spec.ports[0].nodePort as number };
    });
  const failures = async () => {
    const log = await cluster.ask("logs", "traffic");
    return {
      host: traffic.map((t) => t.counts().failures),
      pod: trafficOf(log).failures,
    };
  };
  const noFailures = { host: [{}, {}], pod: [] };
  /** Waits until every way in has been answered some more since now. */
  const someMoreAnswers = async () => {
    const before = traffic.map((t) => t.counts().served);
    const podBefore = trafficOf(await cluster.ask("logs", "traffic")).served;
    await eventually(async () => {
      traffic.forEach((t, i) => {
        expect(t.counts().served).toBeGreaterThan((before[i] ?? 0) + 20);
      });
      expect(trafficOf(await cluster.ask("logs", "traffic")).served).toBeGreaterThan(podBefore + 10);
    });
  };

  afterAll(async () => {
    await Promise.all(traffic.map((t) => t.stop()));
    await cluster.ask("delete", "deployments,services,pods", "--all", "--ignore-not-found");
    await isGone("pods");
  });

  test("1: create deployment", async () => {
    const args = ["create", "deployment", "first-app", "--image=axel9309/kub-first-app:3"];
    expect(await kubectl(...args)).toEqual(said("deployment.apps/first-app created\n"));
    await rolloutEnds();
    expect(await serving()).toEqual(["axel9309/kub-first-app:3"]);
  });

  test("2: expose, and the app answers from the host and from a pod", async () => {
    expect(await kubectl("expose", "deployment", "first-app", "--type=LoadBalancer", "--port=8080")).toEqual(
      said("service/first-app exposed\n"),
    );
    const { ip, nodePort } = await address();
    await cluster.apply(trafficPod("traffic", "http://first-app:8080/", 20));
    const common = { perSecond: 25, clock };
    await eventually(async () => {
      for (const url of [`http://${ip}:8080/`, `http://127.0.0.1:${nodePort}/`])
        expect(await (await fetch(url)).text()).toMatch(/^first-app version 3 on first-app-/);
    });
    traffic.push(startTraffic({ host: ip, port: 8080, ...common }));
    traffic.push(startTraffic({ host: "127.0.0.1", port: nodePort, ...common }));
    await eventually(async () => expect(trafficOf(await cluster.ask("logs", "traffic")).served).toBeGreaterThan(0));
    await someMoreAnswers();
    expect(await failures()).toEqual(noFailures);
  });

  test("2: expose as a node port", async () => {
    const args = ["expose", "deployment", "first-app", "--name=by-node", "--type=NodePort", "--port=8080"];
    expect(await kubectl(...args)).toEqual(said("service/by-node exposed\n"));
    const { nodePort } = (await cluster.object("service", "by-node")).spec.ports[0];
    await eventually(async () => {
      expect(await (await fetch(`http://127.0.0.1:${nodePort}/`)).text()).toMatch(/^first-app version 3/);
    });
    expect(await kubectl("delete", "service", "by-node")).toEqual(said(deleted(version, 'service "by-node"')));
  });

  test("3, 4: set image, rollout status", async () => {
    const args = ["set", "image", "deployment/first-app", "kub-first-app=axel9309/kub-first-app:4"];
    expect(await kubectl(...args)).toEqual(said("deployment.apps/first-app image updated\n"));
    await rolloutEnds();
    await someMoreAnswers();
    expect(await serving()).toEqual(["axel9309/kub-first-app:4"]);
    expect(traffic[0]?.counts().versions[4]).toBeGreaterThan(0);
    expect(await failures()).toEqual(noFailures);
    await onePod();
  });

  test("5, 6, 7: a version that is not there stalls the rollout, and the old pod goes on serving", async () => {
    const args = ["set", "image", "deployment/first-app", "kub-first-app=axel9309/kub-first-app:10"];
    expect(await kubectl(...args)).toEqual(said("deployment.apps/first-app image updated\n"));
    const reasons = new Set<string>();
    const bad = await eventually(async () => {
      const { items } = await cluster.object("pods", "-l", "app=first-app");
      const pod = items.find(
        (p: { spec: { containers: { image: string }[] } }) =>
          p.spec.containers[0]?.image === "axel9309/kub-first-app:10",
      );
      const state = pod.status.containerStatuses[0].state.waiting;
      reasons.add(state.reason);
      expect(state.reason).toBe("ImagePullBackOff");
      expect(state.message).toMatch(/^Back-off pulling image "axel9309\/kub-first-app:10"/);
      return pod.metadata.name as string;
    });
    for (const reason of reasons) expect(["ContainerCreating", "ErrImagePull", "ImagePullBackOff"]).toContain(reason);

    // It stays there, and says so once; on a busy machine the time may be over before kubectl has looked.
    await eventually(async () => {
      const status = await kubectl("rollout", "status", "deployment/first-app", "--timeout=2s");
      expect(status.code).toBe(1);
      expect(distinct(status.out)).toEqual([waiting("1 old replicas are pending termination")]);
      expect(status.err).toBe("error: timed out waiting for the condition\n");
    });

    const table = (await kubectl("get", "pods", "-l", "app=first-app")).out.trimEnd().split("\n");
    expect(table[0]).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE$/);
    const rows = table.slice(1).map((row) => row.split(/ +/).slice(1, 4).join(" "));
    expect(rows).toHaveLength(2);
    expect(rows).toContain("1/1 Running 0");
    expect(rows.find((row) => row !== "1/1 Running 0")).toMatch(/^0\/1 (ErrImagePull|ImagePullBackOff) 0$/);

    await eventually(async () => {
      // Since 1.35 an event's message is led by what it is about, and quoted.
      const described = (await kubectl("describe", "pod", bad)).out
        .replaceAll("spec.containers{kub-first-app}: ", "")
        .replaceAll('\\"', '"');
      expect(described).toMatch(/State: +Waiting\n +Reason: +(ErrImagePull|ImagePullBackOff)\n/);
      expect(described).toMatch(/Normal +Scheduled .*default-scheduler +Successfully assigned default\//);
      expect(described).toMatch(/Normal +Pulling .*kubelet +Pulling image "axel9309\/kub-first-app:10"/);
      expect(described).toMatch(/Warning +Failed .*kubelet +Failed to pull image "axel9309\/kub-first-app:10": /);
      expect(described).toMatch(/Warning +Failed .*kubelet +Error: ErrImagePull/);
      expect(described).toMatch(/Warning +Failed .*kubelet +Error: ImagePullBackOff/);
      expect(described).toMatch(/Normal +BackOff .*kubelet +Back-off pulling image "axel9309\/kub-first-app:10"/);
    });

    await someMoreAnswers();
    expect(await serving()).toEqual(["axel9309/kub-first-app:4"]);
    expect(await failures()).toEqual(noFailures);
  });

  test("8: rollout undo", async () => {
    expect(await kubectl("rollout", "undo", "deployment/first-app")).toEqual(
      said("deployment.apps/first-app rolled back\n"),
    );
    await rolloutEnds();
    await onePod();
    expect(await serving()).toEqual(["axel9309/kub-first-app:4"]);
    expect(await failures()).toEqual(noFailures);
  });

  test("9: rollout history", async () => {
    const table = [
      "deployment.apps/first-app ",
      "REVISION  CHANGE-CAUSE",
      "1         <none>",
      "3         <none>",
      "4         <none>",
      "",
      "",
    ].join("\n");
    expect(await kubectl("rollout", "history", "deployment/first-app")).toEqual(said(table));
  });

  test("10: rollout history of one revision", async () => {
    const { code, out } = await kubectl("rollout", "history", "deployment/first-app", "--revision=4");
    expect(code).toBe(0);
    expect(out.replace(/pod-template-hash=[a-z0-9]+/, "pod-template-hash=HASH")).toBe(
      [
        "deployment.apps/first-app with revision #4",
        "Pod Template:",
        "  Labels:\tapp=first-app",
        "\tpod-template-hash=HASH",
        "  Containers:",
        "   kub-first-app:",
        "    Image:\taxel9309/kub-first-app:4",
        "    Port:\t<none>",
        "    Host Port:\t<none>",
        "    Environment:\t<none>",
        "    Mounts:\t<none>",
        "  Volumes:\t<none>",
        "  Node-Selectors:\t<none>",
        "  Tolerations:\t<none>",
        "",
        "",
      ].join("\n"),
    );
  });

  test("11: rollout undo to a revision", async () => {
    expect(await kubectl("rollout", "undo", "deployment/first-app", "--to-revision=1")).toEqual(
      said("deployment.apps/first-app rolled back\n"),
    );
    await rolloutEnds();
    await someMoreAnswers();
    expect(await serving()).toEqual(["axel9309/kub-first-app:3"]);
    expect((await cluster.object("deployment", "first-app")).metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision": "5",
    });
    expect(await failures()).toEqual(noFailures);
  });

  test("6: past its deadline, rollout status says so", async () => {
    await kubectl("set", "image", "deployment/first-app", "kub-first-app=axel9309/kub-first-app:10");
    await cluster.ask("patch", "deployment", "first-app", "-p", '{"spec":{"progressDeadlineSeconds":1}}');
    const { code, out, err } = await kubectl("rollout", "status", "deployment/first-app");
    expect({ code, err }).toEqual({ code: 1, err: 'error: deployment "first-app" exceeded its progress deadline\n' });
    if (out !== "") expectInOrder(distinct(out), oneByOne);
    await someMoreAnswers();
    expect(await failures()).toEqual(noFailures);
  });

  test("13: delete service and deployment; what they own goes too", async () => {
    const counts = await Promise.all(traffic.map((t) => t.stop()));
    for (const { failed, served } of counts) {
      expect(failed).toBe(0);
      expect(served).toBeGreaterThan(100);
    }
    expect((await failures()).pod).toEqual([]);
    await cluster.ask("delete", "pod", "traffic");
    expect(await kubectl("delete", "service", "first-app")).toEqual(said(deleted(version, 'service "first-app"')));
    expect(await kubectl("delete", "deployment", "first-app")).toEqual(
      said(deleted(version, 'deployment.apps "first-app"')),
    );
    await isGone("replicasets");
    await isGone("pods");
  });

  test("12: the same declaratively", async () => {
    const text = readFileSync(join(repository, "examples/first-app/deployment.yaml"), "utf8");
    const next = text.replace("kub-first-app:3", "kub-first-app:4");
    const given = (input: string, ...args: string[]) => cluster.kubectl(version, args, { input });
    const file = join(repository, "examples/first-app/deployment.yaml");

    expect(await kubectl("apply", "-f", file)).toEqual(
      said("deployment.apps/first-app created\nservice/first-app created\n"),
    );
    const status = await kubectl("rollout", "status", "deployment/first-app");
    expect(distinct(status.out).at(-1)).toBe(rolledOut);
    const { ip } = await address();
    await eventually(async () => expect((await fetch(`http://${ip}:8080/`)).status).toBe(200));
    const requests = startTraffic({ host: ip, port: 8080, perSecond: 50, clock });

    expect(await kubectl("apply", "-f", file)).toEqual(
      said("deployment.apps/first-app unchanged\nservice/first-app unchanged\n"),
    );
    expect(await kubectl("diff", "-f", file)).toEqual(said(""));
    const diff = await given(next, "diff", "-f", "-");
    expect(diff.code).toBe(1);
    expect(
      diff.out
        .split("\n")
        .filter((line) => /^[-+] /.test(line))
        .map((line) => line.replace(/\s+/g, " ")),
    ).toEqual([
      expect.stringMatching(/^- generation: \d+$/),
      expect.stringMatching(/^\+ generation: \d+$/),
      "- - image: axel9309/kub-first-app:3",
      "+ - image: axel9309/kub-first-app:4",
    ]);
    expect(await given(next, "apply", "-f", "-")).toEqual(
      said("deployment.apps/first-app configured\nservice/first-app unchanged\n"),
    );
    expect(distinct((await kubectl("rollout", "status", "deployment/first-app")).out).at(-1)).toBe(rolledOut);
    await eventually(() => expect(requests.counts().versions[4]).toBeGreaterThan(20));
    expect((await requests.stop()).failures).toEqual({});
    expect(await kubectl("delete", "-f", file)).toEqual(
      said(`${deleted(version, 'deployment.apps "first-app"')}${deleted(version, 'service "first-app"')}`),
    );
    await isGone("pods");
  });
});
