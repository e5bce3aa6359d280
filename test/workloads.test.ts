/** The real kubectl's `rollout` on StatefulSets and DaemonSets, on simulated nodes. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "./tools/cluster.ts";
import { eventually } from "./tools/eventually.ts";
import { oneAfterTheOther } from "./tools/sequence.ts";

oneAfterTheOther();
let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({ runtime: "simulated", nodes: 2 });
});
afterAll(async () => {
  await cluster?.stop();
});

const manifest = (kind: string, name: string, spec: string) => `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name} }
spec:
  ${spec}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: "axel9309/kub-first-app:3" }] }
`;
const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);
const images = async (name: string) =>
  (await cluster.object("pods", "-l", `app=${name}`)).items
    .map((pod: { spec: { containers: { image: string }[] } }) => pod.spec.containers[0]?.image.split(":")[1])
    .sort();
const revisionsIn = (history: string) => history.split("\n").flatMap((line) => /^([0-9]+) /.exec(line)?.[1] ?? []);

test.each([
  [
    "statefulset",
    "db",
    "StatefulSet",
    "serviceName: db\n  replicas: 2",
    /^partitioned roll out complete: 2 new pods have been updated\.\.\.$/,
  ],
  ["daemonset", "agent", "DaemonSet", "minReadySeconds: 0", /daemon set "agent" successfully rolled out/],
])("rollout status, history, undo and restart of a %s", async (type, name, kind, spec, done) => {
  const object = `${type}/${name}`;
  const status = async () => lastLine(await cluster.ask("rollout", "status", object, "--timeout=60s"));
  expect(await cluster.apply(manifest(kind, name, spec))).toBe(`${type}.apps/${name} created\n`);
  expect(await status()).toMatch(done);
  expect(await images(name)).toEqual(["3", "3"]);

  expect(await cluster.ask("set", "image", object, "main=axel9309/kub-first-app:4")).toBe(
    `${type}.apps/${name} image updated\n`,
  );
  expect(await status()).toMatch(done);
  expect(await images(name)).toEqual(["4", "4"]);
  const history = await cluster.ask("rollout", "history", object);
  expect(history.split("\n")[0]).toBe(`${type}.apps/${name} `);
  expect(revisionsIn(history)).toEqual(["1", "2"]);
  expect(await cluster.ask("rollout", "history", object, "--revision=1")).toContain("axel9309/kub-first-app:3");

  expect(await cluster.ask("rollout", "undo", object)).toBe(`${type}.apps/${name} rolled back\n`);
  expect(await status()).toMatch(done);
  expect(await images(name)).toEqual(["3", "3"]);
  await eventually(async () =>
    expect(revisionsIn(await cluster.ask("rollout", "history", object))).toEqual(["2", "3"]),
  );
  expect(await cluster.ask("rollout", "undo", object, "--to-revision=3")).toContain("skipped rollback");

  const before = (await cluster.object("pods", "-l", `app=${name}`)).items;
  expect(await cluster.ask("rollout", "restart", object)).toBe(`${type}.apps/${name} restarted\n`);
  expect(await status()).toMatch(done);
  const uids = (items: { metadata: { uid: string } }[]) => items.map(({ metadata }) => metadata.uid);
  const after = uids((await cluster.object("pods", "-l", `app=${name}`)).items);
  for (const uid of uids(before)) expect(after).not.toContain(uid);
});

test("tables", async () => {
  expect(await cluster.ask("get", "statefulsets")).toMatch(/^NAME +READY +AGE\ndb +2\/2 +\S+\n$/);
  expect(await cluster.ask("get", "daemonsets")).toMatch(
    /^NAME +DESIRED +CURRENT +READY +UP-TO-DATE +AVAILABLE +NODE SELECTOR +AGE\nagent +2 +2 +2 +2 +2 +<none> +\S+\n$/,
  );
  expect(await cluster.ask("get", "controllerrevisions")).toMatch(/^db-\w+ +statefulset\.apps\/db +[0-9]+ +\S+$/m);
  expect(await cluster.ask("scale", "statefulset/db", "--replicas=1")).toBe("statefulset.apps/db scaled\n");
  await eventually(async () => expect((await cluster.object("pods", "-l", "app=db")).items).toHaveLength(1));
});
