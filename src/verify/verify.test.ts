import { expect, test } from "vitest";
import { probe, workloadManifest } from "../testing/manifest-fixture.ts";
import { ManifestProblems } from "./manifest/problems.ts";
import { coloured, plain } from "./render/style.ts";
import { reportText } from "./render/text.ts";
import type { Report, ScenarioReport } from "./report.ts";
import { verify } from "./verify.ts";

const deployment = (name: string, spec: string, container?: string): string =>
  `\n${workloadManifest("Deployment", name, spec, container)}---`;
const played = (...texts: string[]): Promise<Report> => verify([{ name: "app.yaml", text: texts.join("\n") }]);
const scenariosOf = (report: Report, name: string): Record<string, ScenarioReport> =>
  Object.fromEntries(report.workloads.find((w) => w.name === name)?.scenarios.map((s) => [s.id, s]) ?? []);
const brokenOf = (scenarios: Record<string, ScenarioReport>) =>
  Object.fromEntries(
    Object.entries(scenarios)
      .filter(([, { broken }]) => broken.length > 0)
      .map(([id, { broken }]) => [id, broken.map(({ promise }) => promise)]),
  );
/** Outcome, seconds, lowest available, lowest working, most pods, undo. */
const row = ({ outcome, seconds, lowestAvailable, lowestWorking, mostPods, undo }: ScenarioReport = {} as never) => [
  outcome,
  seconds,
  lowestAvailable,
  lowestWorking,
  mostPods,
  ...(undo ? [undo.outcome, undo.seconds] : []),
];

// A pull takes 2 s the first time on each of the three nodes, a start 3 s, an end 1 s; the deadline is noticed in the
// second after it: 601 s after the last progress, which is the beginning.
test("a careful strategy keeps its promises: 25 % of 4 is one more and one less", async () => {
  const report = await played(deployment("web", "replicas: 4"));
  const web = scenariosOf(report, "web");
  expect(report.workloads[0]?.strategy).toEqual({
    type: "RollingUpdate",
    replicas: 4,
    leastAvailable: 3,
    mostPods: 5,
    progressDeadlineSeconds: 600,
    minReadySeconds: 0,
  });
  expect(row(web["first-rollout"])).toEqual(["finishes", 5, undefined, undefined, 4]);
  // Two new pods on two nodes, 5 s; two more, one of them where nothing was pulled, 5 s.
  expect(row(web.healthy)).toEqual(["finishes", 10, 3, 3, 5]);
  // One old pod has gone for good: the undo starts it again where its image is, 3 s, after the end of its predecessors.
  for (const id of ["image-missing", "crash-at-start", "never-ready"])
    expect([id, ...row(web[id])]).toEqual([id, "stalls", 601, 3, 3, 5, "restores", 3]);
  expect(row(web["slow-start"])).toEqual(["finishes", 2 + 60 + 2 + 60, 3, 3, 5]);
  expect(row(web.undo)).toEqual(["finishes", 6, 3, 3, 5]);
  expect(web["node-lost"]).toMatchObject({ outcome: "finishes", mostPods: 5 });
  // It is gone for 40 s before anybody knows, and its pods are tolerated for 300 s more.
  expect(web["node-lost"]?.seconds).toBeGreaterThanOrEqual(340);
  expect(web["node-lost"]?.seconds).toBeLessThan(360);
  expect(brokenOf(web)).toEqual({});
  expect(report.ok).toBe(true);
});

test("one at a time, all at once, and one that has to wait", async () => {
  const report = await played(
    deployment("steps", "replicas: 4\nstrategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}"),
    deployment("again", "replicas: 3\nstrategy: {type: Recreate}"),
    deployment("waits", "replicas: 1\nminReadySeconds: 20\nprogressDeadlineSeconds: 60"),
  );
  const steps = scenariosOf(report, "steps");
  // Three nodes pull once each: 3 × 5 s, and 3 s for the fourth.
  expect(row(steps.healthy)).toEqual(["finishes", 18, 3, 3, 4]);
  expect(row(steps["never-ready"])).toEqual(["stalls", 601, 3, 3, 4, "restores", 3]);
  const again = scenariosOf(report, "again");
  // 1 s until the old ones have ended, then 5 s.
  expect(row(again.healthy)).toEqual(["finishes", 6, 0, 0, 3]);
  expect(again.healthy?.downSeconds).toBe(6);
  expect(row(again.undo)).toEqual(["finishes", 4, 0, 0, 3]);
  expect(again["image-missing"]?.undo?.outcome).toBe("restores");
  const waits = scenariosOf(report, "waits");
  expect(row(waits.healthy)).toEqual(["finishes", 25, 1, 1, 2]);
  expect(row(waits["slow-start"])).toEqual(["stalls", 61, 1, 1, 2, "restores", 0]);
  // The deadline passes long before the lost node is given up; the rollout goes on.
  expect(waits["node-lost"]?.deadlinePassedAfter).toBe(61);
  expect(waits["node-lost"]?.outcome).toBe("finishes");
  expect(report.ok).toBe(true);
});

test("what is not safe breaks promises, and the report says which", async () => {
  const report = await played(
    deployment("blind", "replicas: 2", "ports: [{containerPort: 80}]"),
    deployment("lost", "replicas: 1\nrevisionHistoryLimit: 0"),
    deployment("mute", "replicas: 1\nprogressDeadlineSeconds: 2147483647"),
    deployment("hasty", "replicas: 1\nprogressDeadlineSeconds: 3"),
    deployment("huge", "replicas: 1", `${probe}\n          resources: {requests: {cpu: 65}}`),
    deployment("empty", "replicas: 0"),
  );
  expect(report.ok).toBe(false);
  const blind = scenariosOf(report, "blind");
  expect(brokenOf(blind)).toEqual({
    healthy: ["works"],
    "crash-at-start": ["available", "noticed"],
    "never-ready": ["works", "noticed"],
    "slow-start": ["works"],
    undo: ["works"],
  });
  expect(blind["never-ready"]).toMatchObject({ outcome: "finishes", lowestAvailable: 2, lowestWorking: 0 });
  expect(brokenOf(scenariosOf(report, "lost"))).toEqual({ undo: ["undo"] });
  const mute = scenariosOf(report, "mute");
  expect(brokenOf(mute)).toEqual({
    "image-missing": ["noticed"],
    "crash-at-start": ["noticed"],
    "never-ready": ["noticed"],
  });
  expect(row(mute["image-missing"])).toEqual(["hangs", 1800, 1, 1, 2, "restores", 0]);
  for (const [name, why] of [
    ["hasty", /does not become ready/],
    ["huge", /3 Insufficient cpu/],
  ] as const) {
    const workload = report.workloads.find((w) => w.name === name);
    expect(brokenOf(scenariosOf(report, name))).toEqual({ "first-rollout": ["finishes"] });
    expect(workload?.scenarios[0]?.why).toMatch(why);
    expect(workload?.notPlayed).toMatch(/the first does not come up/);
  }
  expect(report.workloads.at(-1)).toMatchObject({ name: "empty", scenarios: [], notPlayed: /no replicas/ });

  const text = reportText(report, plain);
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(text).toContain("✗ never ready        finishes in 4s                 2        0      3  in 3s\n");
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
  expect(reportText(report, coloured).replace(escapes, "")).toBe(text);
});

test("there are as many nodes as it takes", async () => {
  const large = deployment("large", "replicas: 3", `${probe}\n          resources: {requests: {memory: 129Gi}}`);
  const report = await played(large);
  // One pod a node, one more during an update, and one node that is lost.
  expect(report.played.nodes).toBe(5);
  expect(brokenOf(scenariosOf(report, "large"))).toEqual({});
});

test("a Deployment that goes back by itself is not undone", async () => {
  const annotated = deployment("web", "replicas: 2").replace(
    "{name: web}",
    "{name: web, annotations: {rollout.wherry.dev/on-failure: undo}}",
  );
  const report = await played(annotated);
  const { "image-missing": missing } = scenariosOf(report, "web");
  expect(missing).toMatchObject({ outcome: "stalls", seconds: 601, undo: { outcome: "restores", byItself: true } });
  expect(report.ok).toBe(true);
});

test("the same manifest gives the same report; other objects come along, or are named", async () => {
  const manifest = [
    deployment("web", "replicas: 2"),
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---",
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: shop}\n---",
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n---",
    "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\n---",
    "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: it}\n---",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: main, image: one}]}\n---",
  ];
  const report = await played(...manifest);
  expect(await played(...manifest)).toEqual(report);
  expect(report.notVerified.map(({ kind, name, why }) => [kind, name, why])).toEqual([
    ["Ingress", "web", "wherry does not serve this kind"],
    ["Thing", "it", "wherry does not serve this kind"],
    ["Pod", "one", "verify plays what rolls out: Deployments, StatefulSets and DaemonSets"],
  ]);
});

const invalid: [name: string, text: string, problems: string[]][] = [
  ["YAML that cannot be read", "a: b: c", ["app.yaml:1: Nested mappings are not allowed in compact mappings"]],
  [
    "YAML after JSON that cannot be read",
    "{}{}\na: b",
    [
      "app.yaml:1: apiVersion: Required value",
      "app.yaml:1: apiVersion: Required value",
      "app.yaml:2: invalid character 'a' looking for beginning of value",
    ],
  ],
  [
    "flow style over several documents",
    "{apiVersion: v1,\nkind: Pod}\n---\n{kind: A,\n kind: B}\n--- x",
    ["app.yaml:1: metadata.name: Required value", "app.yaml:6: invalid Yaml document separator: x"],
  ],
  ["a key twice", "kind: A\nkind: B", ["app.yaml:2: Map keys must be unique"]],
  ["no object", "- 1", ["app.yaml:1: expected an object with apiVersion, kind and metadata"]],
  ["no kind", "apiVersion: v1\nmetadata: {name: a}", ["app.yaml:1: kind: Required value"]],
  ["no name", "kind: Pod\napiVersion: v1\nmetadata:\n  labels: {}", ["app.yaml:3: metadata.name: Required value"]],
  ["nothing", "# only a comment", ["app.yaml:1: there is no Deployment, StatefulSet or DaemonSet to verify"]],
  [
    "nothing that rolls out",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}",
    ["app.yaml:1: there is no Deployment, StatefulSet or DaemonSet to verify"],
  ],
  [
    "a removed version",
    "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}",
    ['app.yaml:1: apiVersion: no matches for kind "Deployment" in version "extensions/v1beta1"; it is in apps/v1'],
  ],
  [
    "wrong types and unknown fields, in every document",
    `${deployment("a", "replicas: three", "tty: [a]")}${deployment("b", "replica: 3")}`,
    [
      'app.yaml:13: spec.template.spec.containers[0].tty: Invalid value: ["a"]: expected true or false',
      'app.yaml:14: spec.replicas: Invalid value: "three": expected a whole number',
      "app.yaml:28: spec.replica: unknown field: Deployment in apps/v1 has none of this name",
    ],
  ],
  [
    "fields of kinds that are not served",
    "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec:\n  minAvailble: 1",
    ["app.yaml:5: spec.minAvailble: unknown field: PodDisruptionBudget in policy/v1 has none of this name"],
  ],
  [
    "a bad namespace",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: 7",
    ["app.yaml:5: metadata.namespace: Invalid value: 7: must be a string"],
  ],
  [
    "an object twice",
    `${deployment("a", "replicas: 1")}${deployment("a", "replicas: 2")}`,
    ['app.yaml:18: metadata.name: Duplicate value: "a": this Deployment is in app.yaml:4 already'],
  ],
  [
    "what the API server refuses, all of it, in Lists too",
    JSON.stringify(
      {
        apiVersion: "v1",
        kind: "List",
        items: [
          {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "a" },
            spec: {
              replicas: -1,
              minReadySeconds: 600,
              selector: { matchLabels: { app: "a" } },
              template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "a" }] } },
            },
          },
        ],
      },
      null,
      1,
    ),
    [
      "app.yaml:11: spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
      "app.yaml:12: spec.replicas: Invalid value: -1: must be greater than or equal to 0",
      "app.yaml:27: spec.template.spec.containers[0].image: Required value",
    ],
  ],
  [
    "Services that want one node port",
    [1, 2]
      .map(
        (n) =>
          `apiVersion: v1\nkind: Service\nmetadata: {name: s${n}}\nspec:\n  type: NodePort\n  ports: [{port: 80, nodePort: 30000}]\n---\n`,
      )
      .join("") + deployment("a", "replicas: 1"),
    ["app.yaml:13: spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated"],
  ],
];

test.each(invalid)("%s", async (_, text, problems) => {
  const error = await played(text).then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ManifestProblems);
  expect((error as Error).message.split("\n")).toEqual(problems);
});
