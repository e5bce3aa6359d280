import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { typed } from "../manifest/decode.ts";
import { readManifests } from "../manifest/read.ts";
import type { Advice } from "../report.ts";
import { advise } from "./advise.ts";

type Tree = { [key: string]: unknown };

const probe = { httpGet: { path: "/", port: 80 } };
const container: Tree = {
  name: "web",
  image: "web:1",
  ports: [{ name: "http", containerPort: 80 }],
  readinessProbe: probe,
  resources: { requests: { cpu: "100m", memory: "64Mi" } },
  lifecycle: { preStop: { sleep: { seconds: 5 } } },
};
interface Parts {
  readonly name?: string;
  readonly spec?: Tree;
  readonly pod?: Tree;
  readonly container?: Tree;
  readonly labels?: Tree;
}
const deployment = ({ name = "web", spec = {}, pod = {}, container: c = {}, labels = {} }: Parts = {}): Tree => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, ...labels } },
      spec: { containers: [{ ...container, ...c }], ...pod },
    },
    ...spec,
  },
});
const service = (spec: Tree): Tree => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80 }], ...spec },
});

function adviceOn(...objects: Tree[]): Advice[] {
  const text = objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join("---\n");
  const { items, problems } = readManifests([{ name: "app.yaml", text }]);
  expect(problems).toEqual([]);
  return advise(items.map(typed));
}
const brief = (advice: readonly Advice[]) => advice.map(({ id, severity, kind, path }) => [id, severity, kind, path]);
const podPath = "spec.template.spec";
const first = `${podPath}.containers[0]`;

test("a careful manifest gets no advice", () => {
  const readiness = { ...probe, periodSeconds: 5 };
  const careful = { startupProbe: { ...probe, failureThreshold: 30 }, readinessProbe: readiness };
  const liveness = { livenessProbe: { ...probe, failureThreshold: 12 } };
  expect(adviceOn(deployment({ container: { ...careful, ...liveness } }), service({}))).toEqual([]);
});

const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  strategy: { rollingUpdate: { maxSurge, maxUnavailable } },
});
const apart = (app: string) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app } } },
      ],
    },
  },
});

const deploymentCases: [id: string, severity: string, path: string, parts: Parts, others?: Tree[]][] = [
  ["no-replicas", "hint", "spec.replicas", { spec: { replicas: 0 } }],
  ["single-replica", "hint", "spec.replicas", { spec: { replicas: 1 } }],
  ["all-unavailable", "danger", "spec.strategy.rollingUpdate.maxUnavailable", { spec: rolling(0, "100%") }],
  ["recreate-downtime", "warning", "spec.strategy.type", { spec: { strategy: { type: "Recreate" } } }],
  ["no-deadline", "warning", "spec.progressDeadlineSeconds", { spec: { progressDeadlineSeconds: 2_147_483_647 } }],
  ["no-history", "danger", "spec.revisionHistoryLimit", { spec: { revisionHistoryLimit: 0 } }],
  ["paused", "warning", "spec.paused", { spec: { paused: true } }],
  ["no-readiness-probe", "danger", `${first}.readinessProbe`, { container: { readinessProbe: null } }],
  [
    "no-readiness-probe",
    "warning",
    `${first}.readinessProbe`,
    { container: { readinessProbe: null, startupProbe: { ...probe, failureThreshold: 10 } } },
  ],
  [
    "no-readiness-probe",
    "hint",
    `${podPath}.containers[1].readinessProbe`,
    { pod: { containers: [container, { ...container, name: "proxy", readinessProbe: null }] } },
  ],
  [
    "probe-port-unknown",
    "danger",
    `${first}.readinessProbe.tcpSocket.port`,
    { container: { readinessProbe: { tcpSocket: { port: "web" } } } },
  ],
  [
    "probe-port-unknown",
    "warning",
    `${first}.livenessProbe.httpGet.port`,
    { container: { livenessProbe: { httpGet: { port: "web" }, failureThreshold: 9 } } },
  ],
  [
    "probe-kills-slow-start",
    "warning",
    `${first}.livenessProbe`,
    { container: { livenessProbe: { tcpSocket: { port: 80 } } } },
  ],
  [
    "probe-kills-slow-start",
    "danger",
    `${first}.startupProbe`,
    { container: { startupProbe: { ...probe, periodSeconds: 1 } } },
  ],
  [
    "liveness-equals-readiness",
    "warning",
    `${first}.livenessProbe`,
    {
      container: {
        livenessProbe: { ...probe, initialDelaySeconds: 60 },
        readinessProbe: { ...probe, failureThreshold: 9 },
      },
    },
  ],
  [
    "deadline-too-short",
    "danger",
    "spec.progressDeadlineSeconds",
    { spec: { progressDeadlineSeconds: 30 }, container: { readinessProbe: { ...probe, initialDelaySeconds: 30 } } },
  ],
  [
    "deadline-too-short",
    "danger",
    "spec.progressDeadlineSeconds",
    {
      spec: { progressDeadlineSeconds: 30, minReadySeconds: 20 },
      container: { readinessProbe: { ...probe, successThreshold: 2 } },
    },
  ],
  [
    "deadline-too-short",
    "warning",
    "spec.progressDeadlineSeconds",
    { container: { startupProbe: { ...probe, failureThreshold: 60 } } },
  ],
  ["latest-tag", "warning", `${first}.image`, { container: { image: "registry:5000/web" } }],
  ["latest-tag", "warning", `${first}.image`, { container: { image: "web:latest" } }],
  [
    "requests-too-large",
    "danger",
    `${first}.resources.requests.memory`,
    { container: { resources: { requests: { cpu: 64, memory: "257Gi" } } } },
  ],
  ["no-requests", "hint", `${first}.resources`, { container: { resources: { requests: { cpu: 1 } } } }],
  [
    "cpu-limit-tiny",
    "hint",
    `${first}.resources.limits.cpu`,
    { container: { resources: { limits: { cpu: "50m", memory: "1Gi" } } } },
  ],
  ["no-grace", "danger", `${podPath}.terminationGracePeriodSeconds`, { pod: { terminationGracePeriodSeconds: 0 } }],
  [
    "grace-too-short",
    "warning",
    `${first}.lifecycle.preStop`,
    { container: { lifecycle: { preStop: { exec: { command: ["/bin/sh", "-c", "sleep 30"] } } } } },
  ],
  ["no-pre-stop", "hint", `${first}.lifecycle.preStop`, { container: { lifecycle: null } }, [service({})]],
  ["needs-free-node", "warning", `${first}.ports`, { container: { ports: [{ containerPort: 80, hostPort: 80 }] } }],
  ["needs-free-node", "warning", `${podPath}.hostNetwork`, { pod: { hostNetwork: true } }],
  [
    "needs-free-node",
    "warning",
    `${podPath}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]`,
    { pod: apart("web") },
  ],
  [
    "replicas-with-autoscaler",
    "warning",
    "spec.replicas",
    {},
    [
      {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "web" },
        spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
      },
    ],
  ],
  [
    "key-missing",
    "danger",
    `${first}.env[0].valueFrom.configMapKeyRef.key`,
    { container: { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "conf", key: "gone" } } }] } },
    [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "conf" }, data: { yes: "1" } }],
  ],
  [
    "volume-not-shared",
    "warning",
    `${podPath}.volumes[0].persistentVolumeClaim.claimName`,
    { pod: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] } },
    [
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"] },
      },
    ],
  ],
];

test.each(deploymentCases)("%s (%s) at %s", (id, severity, path, parts, others = []) => {
  expect(brief(adviceOn(deployment(parts), ...others))).toEqual([[id, severity, "Deployment", path]]);
});

const set = (spec: Tree = {}, pod: Tree = {}): Tree => {
  const base = deployment({ pod, spec: { serviceName: "web", podManagementPolicy: "Parallel", ...spec } });
  return { ...base, kind: "StatefulSet" };
};
const daemons = (spec: Tree = {}, pod: Tree = {}): Tree => {
  const { replicas: _, ...rest } = deployment({ pod }).spec as Tree;
  return { ...deployment(), kind: "DaemonSet", spec: { ...rest, ...spec } };
};
const headless = service({ clusterIP: "None" });
const updates = (rollingUpdate: Tree) => ({ updateStrategy: { rollingUpdate } });
const hostPort = { containers: [{ ...container, ports: [{ containerPort: 80, hostPort: 80 }] }] };
const claim = (...accessModes: string[]): Tree => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data" },
  spec: { accessModes },
});
const claiming = { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] };
const rollingPath = "spec.updateStrategy.rollingUpdate";

const setCases: [id: string, severity: string, path: string, object: Tree, others?: Tree[]][] = [
  ["broken-pod-stays", "warning", "spec.podManagementPolicy", set({ podManagementPolicy: "OrderedReady" })],
  ["partition-holds-all", "warning", `${rollingPath}.partition`, set(updates({ partition: 2 }))],
  ["single-replica", "warning", "spec.replicas", set({ replicas: 1 })],
  ["no-replicas", "hint", "spec.replicas", set({ replicas: 0 })],
  ["no-history", "danger", "spec.revisionHistoryLimit", set({ revisionHistoryLimit: 0 })],
  ["on-delete", "warning", "spec.updateStrategy.type", set({ updateStrategy: { type: "OnDelete" } })],
  ["service-not-headless", "hint", "spec.serviceName", set({ serviceName: "other" })],
  ["service-not-headless", "warning", "spec.serviceName", set(), [service({})]],
  [
    "volume-not-shared",
    "warning",
    `${podPath}.volumes[0].persistentVolumeClaim.claimName`,
    set({}, claiming),
    [claim("ReadWriteOnce")],
  ],
  ["needs-free-node", "warning", `${podPath}.hostNetwork`, set({}, { hostNetwork: true })],
  [
    "no-readiness-probe",
    "danger",
    `${first}.readinessProbe`,
    set({}, { containers: [{ ...container, readinessProbe: null }] }),
  ],
  ["on-delete", "warning", "spec.updateStrategy.type", daemons({ updateStrategy: { type: "OnDelete" } })],
  ["all-unavailable", "danger", `${rollingPath}.maxUnavailable`, daemons(updates({ maxUnavailable: "100%" }))],
  ["no-history", "danger", "spec.revisionHistoryLimit", daemons({ revisionHistoryLimit: 0 })],
  ["surge-needs-free-port", "danger", `${first}.ports`, daemons(updates({ maxSurge: 1, maxUnavailable: 0 }), hostPort)],
  [
    "volume-not-shared",
    "warning",
    `${podPath}.volumes[0].persistentVolumeClaim.claimName`,
    daemons({}, claiming),
    [claim("ReadWriteOnce")],
  ],
];

test.each(setCases)("%s (%s) at %s of a set", (id, severity, path, object, others = [headless]) => {
  const all =
    object.kind === "StatefulSet" && !others.some(({ kind }) => kind === "Service") ? [...others, headless] : others;
  expect(brief(adviceOn(object, ...all))).toEqual([[id, severity, object.kind, path]]);
});

test("a broken pod also holds up a Parallel set of which several may be unavailable", () => {
  const path = `${rollingPath}.maxUnavailable`;
  expect(brief(adviceOn(set(updates({ maxUnavailable: 2 })), headless))).toEqual([
    ["broken-pod-stays", "warning", "StatefulSet", path],
    ["max-unavailable-gated", "hint", "StatefulSet", path],
  ]);
});

test("settings of a rollout that have no effect", () => {
  const key = "rollout.wherry.dev/on-failure";
  const annotated = (object: Tree, value: string) => ({
    ...object,
    metadata: { name: "web", annotations: { [key]: value } },
  });
  const found = (object: Tree, ...others: Tree[]) => brief(adviceOn(object, ...others));
  const advice = (kind: string) => ["setting-without-effect", "warning", kind, `metadata.annotations[${key}]`];
  expect(found(annotated(deployment(), "Undo"))).toEqual([advice("Deployment")]);
  expect(found(annotated(deployment(), "undo"))).toEqual([]);
  expect(found(annotated(set(), "undo"), headless)).toEqual([advice("StatefulSet")]);
  const [{ line } = {}] = adviceOn(annotated(deployment(), "Undo"));
  expect(line).toBe(6);
});

test("careful sets get no advice", () => {
  expect(adviceOn(set(), headless)).toEqual([]);
  expect(adviceOn(daemons())).toEqual([]);
  expect(adviceOn(daemons({}, hostPort))).toEqual([]);
  expect(adviceOn(daemons({}, claiming), claim("ReadWriteMany"))).toEqual([]);
});

test("one replica that may be unavailable", () => {
  const advice = adviceOn(deployment({ spec: { replicas: 1, ...rolling(1, 1) } }));
  expect(advice.map(({ id }) => id)).toEqual(["single-replica-unavailable", "single-replica"]);
});

test("selectors that overlap are found from both sides", () => {
  const other = deployment({
    name: "worker",
    labels: { app: "web" },
    spec: { selector: { matchLabels: { app: "web" } } },
  });
  const advice = adviceOn(deployment({}), other);
  expect(advice.map(({ id, name }) => [id, name])).toEqual([
    ["overlapping-selectors", "web"],
    ["overlapping-selectors", "worker"],
  ]);
});

const objectCases: [id: string, severity: string, path: string, object: Tree][] = [
  ["service-selects-nothing", "danger", "spec.selector", service({ selector: { app: "wep" } })],
  ["service-port-unknown", "danger", "spec.ports[0].targetPort", service({ ports: [{ port: 80, targetPort: "web" }] })],
  ["service-port-unknown", "warning", "spec.ports[0].targetPort", service({ ports: [{ port: 80, targetPort: 81 }] })],
  ["service-port-unknown", "warning", "spec.ports[0].targetPort", service({ ports: [{ port: 81 }] })],
  ["service-port-unknown", "warning", "spec.ports[0].targetPort", service({ ports: [{ port: 80, protocol: "UDP" }] })],
  [
    "budget-blocks-drains",
    "warning",
    "spec.minAvailable",
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "web" },
      spec: { minAvailable: "51%", selector: { matchLabels: { app: "web" } } },
    },
  ],
];

test.each(objectCases)("%s (%s) at %s", (id, severity, path, object) => {
  expect(brief(adviceOn(deployment(), object))).toEqual([[id, severity, object.kind, path]]);
});

test("a Service in another namespace, without a selector, or with no pods in the manifest is let alone", () => {
  expect(adviceOn(deployment(), service({ selector: null }))).toEqual([]);
  expect(adviceOn(service({ selector: { app: "elsewhere" } }))).toEqual([]);
});

test("advice names the line of the field, or of the nearest one around it", () => {
  const [first, second] = adviceOn(
    deployment({ spec: { revisionHistoryLimit: 0 }, container: { readinessProbe: null } }),
  );
  expect([first, second]).toMatchObject([
    { id: "no-history", file: "app.yaml", namespace: "default", name: "web", line: 30 },
    { id: "no-readiness-probe", line: 21 },
  ]);
});

test("the reference lists every rule", () => {
  const page = readFileSync(new URL("../../../docs/reference/verify.md", import.meta.url), "utf8");
  const ids = [...deploymentCases, ...setCases, ...objectCases].map(([id]) => id);
  const all = new Set([
    ...ids,
    "single-replica-unavailable",
    "overlapping-selectors",
    "max-unavailable-gated",
    "setting-without-effect",
  ]);
  const listed = [...page.matchAll(/^\| `([a-z-]+)` +\| (?:danger|warning|hint)/gm)].map(([, id]) => id);
  expect(listed.sort()).toEqual([...all].sort());
});
