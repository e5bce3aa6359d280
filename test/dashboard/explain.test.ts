/** What is said of a rollout that does not get on, in both languages, from objects alone. */
import { describe, expect, test } from "vitest";
import type { CoreEvent, Deployment, Pod, ReplicaSet, StatefulSet } from "../../src/api/generated/types.ts";
import { explain, type Finding } from "../../src/dashboard/model/explain.ts";
import { bandOf, rolloutOf, type Workload } from "../../src/dashboard/model/rollout.ts";
import { en } from "../../src/dashboard/text/en.ts";
import { ko } from "../../src/dashboard/text/ko.ts";

const now = Date.parse("2026-01-01T00:10:00Z");
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

const deployment = (spec: object = {}, status: object = {}): Deployment => ({
  metadata: {
    name: "web",
    namespace: "default",
    uid: "d",
    generation: 3,
    annotations: { "deployment.kubernetes.io/revision": "3" },
  },
  spec: { replicas: 4, selector: {}, template: {}, ...spec },
  status: { observedGeneration: 3, replicas: 5, updatedReplicas: 2, readyReplicas: 3, availableReplicas: 3, ...status },
});

const replicaSet = (revision: number, image: string, status: object = {}): ReplicaSet => ({
  metadata: {
    name: `web-${revision}`,
    uid: `r${revision}`,
    annotations: { "deployment.kubernetes.io/revision": String(revision) },
  },
  spec: { selector: {}, replicas: 2, template: { spec: { containers: [{ name: "app", image }] } } },
  status: { replicas: 2, ...status },
});

let count = 0;
const pod = (status: object, more: object = {}): Pod => ({
  metadata: { name: `web-${count}`, namespace: "default", uid: `p${count++}` },
  spec: { nodeName: "node", containers: [{ name: "app" }] },
  status: { phase: "Running", ...status },
  ...more,
});
const containers = (state: object, more: object = {}) => ({
  containerStatuses: [{ name: "app", image: "shop:10", imageID: "", ready: false, restartCount: 0, state, ...more }],
});
const readyPod = (since = 60) =>
  pod({
    conditions: [{ type: "Ready", status: "True", lastTransitionTime: ago(since) }],
    ...containers({ running: {} }, { ready: true }),
  });

/** The sentences, English and Korean, of a Deployment with two revisions. */
function said(
  newPods: readonly Pod[],
  options: {
    spec?: object;
    status?: object;
    setStatus?: object;
    oldPods?: readonly Pod[];
    events?: (pod: Pod) => object[];
  } = {},
) {
  const workload: Workload = { plural: "deployments", object: deployment(options.spec, options.status) };
  const pods = new Map<string, readonly Pod[]>([
    ["r3", newPods],
    ["r2", options.oldPods ?? [readyPod(), readyPod(), readyPod()]],
  ]);
  const rollout = rolloutOf(
    workload,
    [replicaSet(2, "shop:4"), replicaSet(3, "shop:10", options.setStatus)],
    (uid) => pods.get(uid) ?? [],
  );
  const events = new Map(newPods.map((one) => [one.metadata?.uid, options.events?.(one) ?? []]));
  const findings = explain(rollout, (uid) => (events.get(uid) ?? []) as CoreEvent[], now);
  const words = (table: typeof en) => findings.map((f) => (table.findings[f.is] as (f: Finding) => string)(f));
  return { findings, en: words(en), ko: words(ko) };
}

const wayBack = ["3 old pods (revision 2) keep serving.", "Undo goes back to revision 2 (`shop:4`)."];
const wayBackKo = ["이전 파드 3개(리비전 2)가 계속 응답합니다.", "되돌리면 리비전 2로 돌아갑니다: `shop:4`."];

describe("a rollout that does not get on", () => {
  test("an image that cannot be pulled", () => {
    const message =
      'Back-off pulling image "shop:10": rpc error: code = NotFound desc = failed to pull and unpack image "shop:10": failed to resolve reference "shop:10": manifest unknown';
    const stuck = () => pod({ phase: "Pending", ...containers({ waiting: { reason: "ImagePullBackOff", message } }) });
    const { en, ko, findings } = said([stuck(), stuck()]);
    expect(en).toEqual(["`shop:10` cannot be pulled: manifest unknown. 2 pods cannot start without it.", ...wayBack]);
    expect(ko).toEqual([
      "`shop:10` 이미지를 가져올 수 없습니다: manifest unknown. 파드 2개가 시작하지 못합니다.",
      ...wayBackKo,
    ]);
    expect(findings[0]?.evidence[0]).toEqual({ type: "status", of: "ImagePullBackOff", text: message });
  });

  test("an image that cannot be pulled, as older kubelets say it: the event has the cause", () => {
    const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "shop:10"' };
    const { en } = said([pod({ phase: "Pending", ...containers({ waiting }) })], {
      events: () => [
        {
          type: "Warning",
          reason: "Failed",
          message: 'Failed to pull image "shop:10": not found',
          lastTimestamp: ago(9),
          metadata: {},
          involvedObject: {},
        },
      ],
    });
    expect(en[0]).toBe("`shop:10` cannot be pulled: not found. 1 pod cannot start without it.");
  });

  test("a container that ends again and again", () => {
    const ended = { terminated: { exitCode: 3, reason: "Error" } };
    const crashing = pod(
      containers(
        { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
        { restartCount: 4, lastState: ended },
      ),
    );
    const { en, ko, findings } = said([crashing]);
    expect(en).toEqual(["Container `app` ends with exit code 3 in 1 pod, 4 times so far.", ...wayBack]);
    expect(ko[0]).toBe("파드 1개에서 컨테이너 `app`의 실행이 종료 코드 3으로 끝납니다 (지금까지 4번).");
    expect(findings[0]?.evidence[0]).toMatchObject({ type: "log", container: "app" });
  });

  test("a container that took too much memory", () => {
    const killed = pod(containers({ terminated: { exitCode: 137, reason: "OOMKilled" } }));
    expect(said([killed]).en[0]).toBe("Container `app` was killed because it used more memory than its limit.");
  });

  test("a readiness probe that fails", () => {
    const unready = pod(containers({ running: { startedAt: ago(50) } }));
    const events = () => [
      {
        type: "Warning",
        reason: "Unhealthy",
        message: "Readiness probe failed: HTTP probe failed with statuscode: 503",
        lastTimestamp: ago(5),
        metadata: {},
        involvedObject: { fieldPath: "spec.containers{app}" },
      },
    ];
    const { en, ko, findings } = said([unready], { events });
    expect(en[0]).toBe(
      "The readiness probe of `app` fails in 1 pod, so no traffic goes there: HTTP probe failed with statuscode: 503.",
    );
    expect(ko[0]).toBe(
      "파드 1개에서 `app`의 준비성 프로브가 실패하여 트래픽을 받지 않습니다: HTTP probe failed with statuscode: 503.",
    );
    expect(findings[0]?.evidence[0]).toMatchObject({ type: "event", event: { reason: "Unhealthy" } });
  });

  test("no node that takes it, in the scheduler's words", () => {
    const message = "0/2 nodes are available: 2 Insufficient cpu.";
    const waiting = pod(
      { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }] },
      { spec: { containers: [{ name: "app" }] } },
    );
    const { en, ko } = said([waiting]);
    expect(en[0]).toBe(`No node takes 1 pod: ${message}`);
    expect(ko[0]).toBe(`파드 1개를 받아 줄 노드가 없습니다: ${message}`);
  });

  test("pods that are refused: quota", () => {
    const message = 'pods "web-x" is forbidden: exceeded quota: small';
    const condition = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message };
    const { en } = said([], { setStatus: { conditions: [condition] } });
    expect(en).toEqual([`New pods are refused: ${message}.`, ...wayBack]);
  });

  test("paused", () => {
    const { en, ko } = said([readyPod(), readyPod()], { spec: { paused: true } });
    expect(en[0]).toBe("The rollout is paused: what was changed reaches no pod until it is resumed.");
    expect(ko[0]).toBe("롤아웃이 일시 중지되었습니다. 재개할 때까지 변경 사항이 파드에 적용되지 않습니다.");
  });

  test("past its deadline", () => {
    const progressing = {
      type: "Progressing",
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: "timed out",
    };
    const { en } = said(
      [pod({ phase: "Pending", ...containers({ waiting: { reason: "ErrImagePull", message: "x" } }) })],
      {
        spec: { progressDeadlineSeconds: 60 },
        status: { conditions: [progressing] },
      },
    );
    expect(en).toContain("Nothing has moved for longer than the progress deadline of 60 seconds.");
  });

  test("pods that have to stay ready for a while, that start, that stop", () => {
    const starting = pod({ phase: "Pending", ...containers({ waiting: { reason: "ContainerCreating" } }) });
    const stopping = readyPod();
    const going = { ...stopping, metadata: { ...stopping.metadata, deletionTimestamp: ago(1) } };
    const { en, ko } = said([readyPod(5), starting], { spec: { minReadySeconds: 30 }, oldPods: [going] });
    expect(en).toEqual([
      "1 pod must stay ready for 30 seconds before counting as available.",
      "1 pod is starting.",
      "1 pod is stopping.",
    ]);
    expect(ko).toEqual([
      "파드 1개는 30초 동안 준비 상태를 유지해야 사용 가능으로 셉니다.",
      "파드 1개가 시작하는 중입니다.",
      "파드 1개가 종료하는 중입니다.",
    ]);
  });

  test("done, and nothing wanted", () => {
    const done = { replicas: 4, updatedReplicas: 4, readyReplicas: 4, availableReplicas: 4 };
    const all = [readyPod(), readyPod(), readyPod(), readyPod()];
    expect(said(all, { status: done, oldPods: [] }).en).toEqual(["All 4 pods run revision 3."]);
    const none = { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 };
    expect(said([], { spec: { replicas: 0 }, status: none, oldPods: [] }).en).toEqual([
      "It is scaled to zero: no pod runs.",
    ]);
  });

  test("OnDelete waits for somebody", () => {
    const object: StatefulSet = {
      metadata: { name: "db", uid: "s" },
      spec: { replicas: 3, selector: {}, serviceName: "db", template: {}, updateStrategy: { type: "OnDelete" } },
      status: { replicas: 3, updatedReplicas: 1, readyReplicas: 3, availableReplicas: 2 },
    };
    const findings = explain(
      rolloutOf({ plural: "statefulsets", object }, [], () => []),
      () => [],
      now,
    );
    expect(findings.map((f) => (en.findings[f.is] as (f: Finding) => string)(f))).toEqual([
      "2 pods keep the old version until somebody deletes them: the strategy is OnDelete.",
    ]);
  });
});

test.each([
  [4, {}, { low: 3, high: 5 }],
  [10, {}, { low: 8, high: 13 }],
  [1, {}, { low: 1, high: 2 }],
  [5, { maxSurge: 0, maxUnavailable: "1%" }, { low: 4, high: 5 }],
  [0, {}, { low: 0, high: 0 }],
])("what the strategy of a Deployment of %i allows with %o", (replicas, rollingUpdate, band) => {
  const object = deployment({ replicas, strategy: { type: "RollingUpdate", rollingUpdate } });
  expect(bandOf({ plural: "deployments", object }, replicas)).toEqual(band);
});

test("a Deployment that was read before its newest revision is not complete", () => {
  const done = { replicas: 4, updatedReplicas: 4, readyReplicas: 4, availableReplicas: 4 };
  const workload: Workload = { plural: "deployments", object: deployment({}, done) };
  const stateWith = (...sets: ReplicaSet[]) => rolloutOf(workload, sets, () => []).state;
  expect(stateWith(replicaSet(3, "shop:4"), replicaSet(2, "shop:3"))).toBe("complete");
  expect(stateWith(replicaSet(4, "shop:5"), replicaSet(3, "shop:4"))).toBe("rolling");
});
