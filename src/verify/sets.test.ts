/** StatefulSets and DaemonSets: what they promise, and what they need somebody for. */
import { expect, test } from "vitest";
import { orderedStrategy, workloadManifest } from "../testing/manifest-fixture.ts";
import { plain } from "./render/style.ts";
import { reportText } from "./render/text.ts";
import type { Report, ScenarioReport } from "./report.ts";
import { verify } from "./verify.ts";

const set = (name: string, spec = "", container?: string) =>
  `${workloadManifest("StatefulSet", name, spec, container)}---\n`;
const daemons = (name: string, spec = "", container?: string) =>
  `${workloadManifest("DaemonSet", name, spec, container)}---\n`;
const played = (...texts: string[]): Promise<Report> => verify([{ name: "app.yaml", text: texts.join("") }]);
const scenariosOf = ({ workloads: [only] }: Report): Record<string, ScenarioReport> =>
  Object.fromEntries(only?.scenarios.map((scenario) => [scenario.id, scenario]) ?? []);
const broken = (report: Report) =>
  report.workloads.flatMap(({ name, scenarios }) =>
    scenarios.flatMap((s) => s.broken.map(({ promise }) => `${name} ${s.id} ${promise}`)),
  );
/** Outcome, seconds, lowest available, most pods, and of the undo: outcome, seconds, what was done by hand. */
const row = ({ outcome, seconds, lowestAvailable, mostPods, undo, byHand }: ScenarioReport = {} as never) => [
  outcome,
  seconds,
  lowestAvailable,
  mostPods,
  ...(undo ? [undo.outcome, undo.seconds] : []),
  ...(undo?.byHand ?? byHand ?? []),
];
/** The report's first lines, which say what is promised, unwrapped. */
const promised = (report: Report) => reportText(report, plain).split("\n\n")[0]?.replace(/\s+/g, " ");
const failing = ["image-missing", "crash-at-start", "never-ready"] as const;

// A pull takes 2 s the first time on each of the three nodes, a start 3 s, an end 1 s.
test("an ordered StatefulSet goes pod by pod, and needs a hand after an undo and a lost node", async () => {
  const report = await played(set("db", "replicas: 3"));
  expect(report.workloads[0]).toMatchObject({ kind: "StatefulSet", strategy: orderedStrategy });
  const db = scenariosOf(report);
  expect(row(db["first-rollout"])).toEqual(["finishes", 15, undefined, 3]);
  expect(row(db.healthy)).toEqual(["finishes", 18, 2, 3]);
  // Half an hour after the first pod has gone; the undo waits for a minute, and the pod then takes its time.
  for (const id of failing)
    expect([id, ...row(db[id])]).toEqual([
      id,
      "hangs",
      expect.closeTo(1800, -1),
      2,
      3,
      "restores",
      expect.closeTo(63, -1),
      "Pod db-2 deleted",
    ]);
  expect(row(db["slow-start"])).toEqual(["finishes", 3 * 63, 2, 3]);
  expect(row(db.undo)).toEqual(["finishes", 12, 2, 3]);
  const lost = db["node-lost"];
  expect(row(lost).slice(4)).toEqual([expect.stringMatching(/^Node node-\d deleted$/)]);
  expect(lost?.outcome).toBe("finishes");
  // Ten minutes until somebody deletes the Node, up to a minute until its pods are gone.
  expect(lost?.seconds).toBeGreaterThan(600);
  expect(lost?.seconds).toBeLessThan(690);
  expect([broken(report), report.ok]).toEqual([[], true]);

  const text = reportText(report, plain);
  expect(promised(report)).toMatch(
    /3 replicas, RollingUpdate: from the highest ordinal down, at least 2 available, at most 3 pods; no deadline$/,
  );
  expect(text).toMatch(/! image missing .*\n {6}the undo waited until somebody stepped in: Pod db-2 deleted\n/);
  expect(text).toMatch(/! node lost mid-way .*\n {6}it waited for the lost node until somebody stepped in: Node /);
});

test("a Parallel set comes back by itself; a partition keeps what is below it", async () => {
  const parallel = "replicas: 4\npodManagementPolicy: Parallel\nupdateStrategy: {rollingUpdate: {partition: 2}}";
  const report = await played(set("db", parallel));
  expect(report.workloads[0]?.strategy).toMatchObject({ podManagementPolicy: "Parallel", partition: 2 });
  const db = scenariosOf(report);
  expect(row(db["first-rollout"])).toEqual(["finishes", 5, undefined, 4]);
  // Two of the four.
  expect(row(db.healthy)).toEqual(["finishes", 12, 3, 4]);
  expect(row(db.undo)).toEqual(["finishes", 8, 3, 4]);
  for (const id of failing) expect(row(db[id]).slice(4)).toEqual(["restores", expect.closeTo(4, -1)]);
  expect([broken(report), report.ok]).toEqual([[], true]);
  expect(promised(report)).toMatch(/; 2 of 4 pods held back by the partition; no deadline$/);
});

test("several at a time have no order, and are all in the way of an undo when they are broken", async () => {
  const several = "replicas: 6\npodManagementPolicy: Parallel\nupdateStrategy: {rollingUpdate: {maxUnavailable: 2}}";
  const report = await played(set("db", several));
  const db = scenariosOf(report);
  expect(row(db.healthy)).toEqual(["finishes", expect.any(Number), 4, 6]);
  const [restores, seconds, ...byHand] = row(db["image-missing"]).slice(4);
  expect([restores, byHand]).toEqual(["restores", ["Pod db-5 deleted", "Pod db-4 deleted"]]);
  expect(seconds).toBeGreaterThan(60);
  expect([broken(report), report.ok]).toEqual([[], true]);
});

test("where nothing rolls out, nothing is played", async () => {
  const report = await played(
    set("held", "replicas: 2\nupdateStrategy: {rollingUpdate: {partition: 5}}"),
    set("none", "replicas: 0"),
  );
  expect(report.workloads.map(({ name, scenarios, notPlayed }) => [name, scenarios.length, notPlayed])).toEqual([
    ["held", 1, "its partition holds every pod back: no update rolls out"],
    ["none", 0, "it has no replicas: there is nothing to roll out"],
  ]);
});

test("OnDelete: nothing happens to a pod that nobody deletes", async () => {
  const manual = "updateStrategy: {type: OnDelete}";
  for (const report of [await played(set("db", `replicas: 3\n${manual}`)), await played(daemons("agent", manual))]) {
    const all = scenariosOf(report);
    expect(report.workloads[0]?.strategy).toMatchObject({ type: "OnDelete", leastAvailable: 0, replicas: 3 });
    // One at a time, each 1 s to end and 5 s to come.
    expect(row(all.healthy)).toEqual(["finishes", 18, 2, 3]);
    expect(row(all.undo)).toEqual(["finishes", 12, 2, 3]);
    for (const id of failing) expect(row(all[id]).slice(4)).toEqual(["restores", expect.closeTo(4, -1)]);
    expect([broken(report), report.ok]).toEqual([[], true]);
    expect(promised(report)).toMatch(/OnDelete: a pod is replaced when somebody deletes it; no deadline$/);
  }
});

test("a DaemonSet takes as many nodes as it says, or puts new pods beside old ones", async () => {
  const one = await played(daemons("agent"));
  expect(one.workloads[0]?.strategy).toEqual({
    type: "RollingUpdate",
    replicas: 3,
    leastAvailable: 2,
    mostPods: 3,
    minReadySeconds: 0,
  });
  const agent = scenariosOf(one);
  expect(row(agent["first-rollout"])).toEqual(["finishes", 5, undefined, 3]);
  expect(row(agent.healthy)).toEqual(["finishes", 18, 2, 3]);
  for (const id of failing) expect(row(agent[id]).slice(2)).toEqual([2, 3, "restores", expect.closeTo(4, -1)]);
  expect(row(agent["node-lost"]).slice(4)).toEqual([expect.stringMatching(/^Node node-\d deleted$/)]);
  expect([broken(one), one.ok]).toEqual([[], true]);
  expect(promised(one)).toMatch(/a pod on each of 3 nodes, RollingUpdate: at least 2 available, at most 3 pods;/);

  const two = await played(daemons("agent", "updateStrategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 0}}"));
  const surging = scenariosOf(two);
  expect(two.workloads[0]?.strategy).toMatchObject({ leastAvailable: 3, mostPods: 5 });
  // Two beside, 5 s, then the third.
  expect(row(surging.healthy)).toEqual(["finishes", 11, 3, 5]);
  for (const id of failing) expect(row(surging[id]).slice(2)).toEqual([3, 5, "restores", 0]);
  expect([broken(two), two.ok]).toEqual([[], true]);
});

test("what is not safe breaks promises here too", async () => {
  const blind = await played(set("db", "replicas: 2\nrevisionHistoryLimit: 0", "ports: [{containerPort: 80}]"));
  expect(broken(blind)).toEqual([
    "db healthy works",
    "db crash-at-start available",
    "db never-ready works",
    "db never-ready noticed",
    "db never-ready undo",
    "db slow-start works",
    "db undo undo",
  ]);
  const port = "ports: [{containerPort: 80, hostPort: 80}]";
  const stuck = await played(
    daemons("agent", "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}", port),
  );
  expect(broken(stuck)).toContain("agent healthy finishes");
  expect(scenariosOf(stuck).healthy?.why).toMatch(/free ports/);
});
