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

/** A StatefulSet of pods `name-0`, `name-1`, …; `more` stands in its spec. */
const statefulSet = (name: string, replicas: number, more: string) =>
  manifest("StatefulSet", name, `serviceName: ${name}\n  replicas: ${replicas}\n  ${more}`);
const image = (version: number | string) => `axel9309/kub-first-app:${version}`;
const setImage = (object: string, version: number) => cluster.ask("set", "image", object, `main=${image(version)}`);
const statusNow = (object: string) => cluster.ask("rollout", "status", object, "--watch=false");
const followed = (object: string) => cluster.ask("rollout", "status", object, "--timeout=60s");
const versionOf = async (pod: string) =>
  (await cluster.object("pod", pod)).spec.containers[0].image.split(":")[1] as string;
const failure = async (...args: string[]) => {
  const { code, out, err } = await cluster.kubectl("1.34", args);
  return { code, out, err };
};
const templateText = (name: string, version: number) => `Pod Template:
  Labels:\tapp=${name}
  Containers:
   main:
    Image:\t${image(version)}
    Port:\t<none>
    Host Port:\t<none>
    Environment:\t<none>
    Mounts:\t<none>
  Volumes:\t<none>
  Node-Selectors:\t<none>
  Tolerations:\t<none>`;

test.each([
  ["statefulset", "StatefulSet", "serviceName: past\n  replicas: 1"],
  ["daemonset", "DaemonSet", "minReadySeconds: 0"],
])("a %s goes back to any revision of its history", async (type, kind, spec) => {
  const name = `past-${type}`;
  const object = `${type}/${name}`;
  await cluster.apply(manifest(kind, name, spec));
  await followed(object);
  expect(await failure("rollout", "undo", object)).toEqual({
    code: 1,
    out: "",
    err: "error: no last revision to roll back to\n",
  });
  await setImage(object, 4);
  // What is said of a revision is what the object says when the revision is made.
  await eventually(async () =>
    expect(revisionsIn(await cluster.ask("rollout", "history", object))).toEqual(["1", "2"]),
  );
  await cluster.ask("annotate", object, "kubernetes.io/change-cause=five");
  await setImage(object, 5);
  await followed(object);

  const heading = `${type}.apps/${name}`;
  expect(await cluster.ask("rollout", "history", object)).toBe(
    `${heading} \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n3         five\n\n`,
  );
  expect(await cluster.ask("rollout", "history", object, "--revision=2")).toBe(
    `${heading} with revision #2\n${templateText(name, 4)}\n\n`,
  );
  expect(await failure("rollout", "history", object, "--revision=9")).toMatchObject({
    code: 1,
    err: "error: unable to find the specified revision\n",
  });

  expect(await cluster.ask("rollout", "undo", object, "--to-revision=1", "--dry-run=client")).toBe(
    `${heading} will roll back to ${templateText(name, 3)}\n (dry run)\n`,
  );
  expect(await cluster.ask("rollout", "undo", object, "--to-revision=1", "--dry-run=server")).toBe(
    `${heading} rolled back (server dry run)\n`,
  );
  expect(await images(name)).toEqual(Array((await images(name)).length).fill("5"));
  expect(await failure("rollout", "undo", object, "--to-revision=9")).toMatchObject({
    code: 1,
    err: "error: unable to find specified revision 9 in history\n",
  });
  expect(await cluster.ask("rollout", "undo", object, "--to-revision=3")).toBe(
    `${heading} skipped rollback (current template already matches revision 3)\n`,
  );
  expect(await cluster.ask("rollout", "undo", object, "--to-revision=1")).toBe(`${heading} rolled back\n`);
  await followed(object);
  expect(new Set(await images(name))).toEqual(new Set(["3"]));
  await eventually(async () =>
    expect(revisionsIn(await cluster.ask("rollout", "history", object))).toEqual(["2", "3", "4"]),
  );
  await cluster.ask("delete", object);
});

test("a partitioned update holds back the ordinals below it, and undo takes back the others", async () => {
  const object = "statefulset/part";
  const partition = "updateStrategy: { rollingUpdate: { partition: 2 } }";
  await cluster.apply(statefulSet("part", 3, partition));
  await followed(object);
  await setImage(object, 4);
  expect(lastLine(await followed(object))).toBe("partitioned roll out complete: 1 new pods have been updated...");
  expect(await Promise.all(["part-0", "part-1", "part-2"].map(versionOf))).toEqual(["3", "3", "4"]);

  expect(await cluster.ask("rollout", "undo", object)).toBe("statefulset.apps/part rolled back\n");
  await eventually(async () => expect(await versionOf("part-2")).toBe("3"));
  expect(lastLine(await followed(object))).toMatch(
    /^partitioned roll out complete: [0-3] new pods have been updated\.\.\.$/,
  );
  expect(await Promise.all(["part-0", "part-1", "part-2"].map(versionOf))).toEqual(["3", "3", "3"]);
  await eventually(async () =>
    expect(revisionsIn(await cluster.ask("rollout", "history", object))).toEqual(["2", "3"]),
  );

  await setImage(object, 5);
  await cluster.ask("patch", object, "-p", '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}');
  expect(lastLine(await followed(object))).toBe("partitioned roll out complete: 3 new pods have been updated...");
  expect(await images("part")).toEqual(["5", "5", "5"]);
  await cluster.ask("delete", object);
});

test("every line of rollout status of a StatefulSet", async () => {
  const object = "statefulset/lines";
  await cluster.apply(
    statefulSet("lines", 2, "podManagementPolicy: Parallel\n  updateStrategy: { type: RollingUpdate }"),
  );
  expect(lastLine(await followed(object))).toMatch(
    /^statefulset rolling update complete 2 pods at revision lines-\w+\.\.\.$/,
  );
  // A new pod that is ready, but for an hour not available, holds up the rest.
  await cluster.ask("patch", object, "-p", '{"spec":{"minReadySeconds":3600}}');
  await setImage(object, 4);
  await eventually(async () =>
    expect(await statusNow(object)).toMatch(
      /^waiting for statefulset rolling update to complete 1 pods at revision lines-\w+\.\.\.\n$/,
    ),
  );
  await cluster.ask("patch", object, "-p", '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}');
  await eventually(async () =>
    expect(await statusNow(object)).toBe(
      "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...\n",
    ),
  );
  // No node is there for these.
  await cluster.ask("patch", object, "-p", '{"spec":{"template":{"spec":{"nodeSelector":{"no":"where"}}}}}');
  await eventually(async () => expect(await statusNow(object)).toBe("Waiting for 1 pods to be ready...\n"));
  await cluster.ask("patch", object, "-p", '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}');
  expect(await failure("rollout", "status", object)).toMatchObject({
    code: 1,
    err: "error: rollout status is only available for RollingUpdate strategy type\n",
  });
  await cluster.ask("delete", object);
});

test("every line of rollout status of a DaemonSet", async () => {
  const object = "daemonset/lines";
  const waiting = (what: string) => `Waiting for daemon set "lines" rollout to finish: ${what}\n`;
  await cluster.apply(manifest("DaemonSet", "lines", "updateStrategy: { rollingUpdate: { maxUnavailable: 1 } }"));
  expect(lastLine(await followed(object))).toBe('daemon set "lines" successfully rolled out');
  const ask = (cpu: string) =>
    JSON.stringify({
      spec: { template: { spec: { containers: [{ name: "main", resources: { requests: { cpu } } }] } } },
    });
  // No node has as much as that.
  await cluster.ask("patch", object, "-p", ask("2000"));
  await eventually(async () =>
    expect(await statusNow(object)).toBe(waiting("1 out of 2 new pods have been updated...")),
  );
  await cluster.ask("patch", object, "-p", '{"spec":{"updateStrategy":{"rollingUpdate":{"maxUnavailable":2}}}}');
  await eventually(async () => expect(await statusNow(object)).toBe(waiting("0 of 2 updated pods are available...")));
  await cluster.ask("patch", object, "-p", ask("1m"));
  expect(lastLine(await followed(object))).toBe('daemon set "lines" successfully rolled out');
  await cluster.ask("patch", object, "-p", '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}');
  expect(await failure("rollout", "status", object)).toMatchObject({
    code: 1,
    err: "error: rollout status is only available for RollingUpdate strategy type\n",
  });
  await cluster.ask("delete", object);
});
