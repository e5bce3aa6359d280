/** Commands that go on: what they print as things change, how they end when interrupted or when nobody reads any more. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../tools/eventually.ts";
import { onTerminal } from "../tools/terminal.ts";
import { withoutAges, withoutLogLines } from "./masks.ts";
import { both, callOf, endStarted, type Program, type Running, start as startProgram } from "./programs.ts";
import { type ScriptedApi, scriptedApi } from "./scripted-api.ts";

const home = mkdtempSync(join(tmpdir(), "wherry-streams-"));
const env = { PATH: process.env.PATH, HOME: home, TZ: "Asia/Seoul" };
let api: ScriptedApi;

/** In front of the scripted server; what it has printed in the end is without ages and log lines. */
function start(program: Program, words: readonly string[]): Running {
  const run = startProgram(program, ["--server", api.address, ...words], env);
  const ended = run.ended.then(({ code, out, err }) => ({ code, out: withoutAges(out), err: withoutLogLines(err) }));
  return { ...run, ended };
}

beforeEach(async () => {
  api = await scriptedApi();
});
afterEach(() => {
  endStarted();
  api.close();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const configMaps = "/api/v1/namespaces/default/configmaps";
const created = "2026-01-01T00:00:00Z";
const configMap = (name: string, version: number) => ({
  kind: "ConfigMap",
  apiVersion: "v1",
  metadata: { name, namespace: "default", uid: name, resourceVersion: String(version), creationTimestamp: created },
  data: { version: String(version) },
});
const columnDefinitions = ["Name", "Data", "Age"].map((name) => ({
  name,
  type: name === "Data" ? "integer" : "string",
  format: name === "Name" ? "name" : "",
  description: "",
  priority: 0,
}));
/** @param headed does it say what its columns are, as only the first table of a watch does? */
const tableOf = (maps: readonly ReturnType<typeof configMap>[], headed: boolean, resourceVersion = "") => ({
  kind: "Table",
  apiVersion: "meta.k8s.io/v1",
  metadata: { resourceVersion },
  columnDefinitions: headed ? columnDefinitions : null,
  rows: maps.map(({ metadata }) => ({
    cells: [metadata.name, Number(metadata.resourceVersion), "5m"],
    object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata },
  })),
});
const listOf = (kind: string, items: readonly unknown[]) => ({
  kind: `${kind}List`,
  apiVersion: "v1",
  metadata: { resourceVersion: "7" },
  items,
});

/** What a watch says: `a` is there and changes, a longer name comes, `a` goes, and at last `last` comes. */
const changes = [
  ["MODIFIED", configMap("a", 8)],
  ["ADDED", configMap("a-much-longer-name", 9)],
  ["MODIFIED", configMap("a-much-longer-name", 10)],
  ["DELETED", configMap("a", 11)],
  ["ADDED", configMap("last", 12)],
] as const;

async function played(words: readonly string[]): Promise<{ code: number; out: string; err: string }[]> {
  const maps = [configMap("a", 5)];
  api.answers.set(configMaps, { body: listOf("ConfigMap", maps), table: tableOf(maps, true, "7") });
  api.answers.set(`${configMaps}/a`, { body: maps[0], table: tableOf(maps, true) });
  const runs = both.map((program) => start(program, words));
  await eventually(() => expect(api.open()).toEqual([configMaps, configMaps]));
  const isSingle = words.includes("a");
  const first = isSingle ? [["ADDED", configMap("a", 5)] as const] : [];
  [...first, ...changes].forEach(([type, object], i) => {
    api.send(configMaps, { type, object }, { type, object: tableOf([object], i === 0) });
  });
  await eventually(() => {
    for (const run of runs) expect(run.out()).toContain("last");
    // kubectl writes the end of a line by itself: what is still on its way would be cut off.
    const [real, ours] = runs.map((run) => withoutAges(run.out()));
    expect(ours).toBe(real);
  });
  for (const { child } of runs) child.kill("SIGINT");
  return Promise.all(runs.map(({ ended }) => ended));
}

test.each([
  "-w",
  "--watch-only",
  "-w --no-headers",
  "-w --show-kind",
  "-w --show-labels",
  "-w --output-watch-events",
  "-w -o wide",
  "-w -o name",
  "-w -o json",
  "-w -o yaml",
  "--watch-only -o yaml",
  "-w -o json --output-watch-events",
  "-w -o yaml --output-watch-events",
  "-w -o name --output-watch-events",
  "-w -o jsonpath={.metadata.name}={.data.version},",
  "-w -o go-template={{.metadata.name}},",
  "-w -o custom-columns=NAME:.metadata.name,VERSION:.data.version",
  "--watch-only -o custom-columns=NAME:.metadata.name --no-headers",
  "-w -l color=blue",
  "a -w",
  "a --watch-only",
  "a -w -o name",
])("get configmaps %s prints what kubectl prints, change by change", async (line) => {
  const [real, ours] = await played(["get", "configmaps", ...line.split(" ")]);
  expect(ours).toEqual(real);
});

test("a table has its header once, and its changes in their order", async () => {
  const [, ours] = await played(["get", "configmaps", "--watch", "--output-watch-events"]);
  const rows = (ours?.out ?? "").trim().split("\n");
  expect(rows.map((row) => row.split(/ +/).slice(0, 3))).toEqual([
    ["EVENT", "NAME", "DATA"],
    ["ADDED", "a", "5"],
    ...changes.map(([type, { metadata }]) => [type, metadata.name, metadata.resourceVersion]),
  ]);
});

test("a watch that the server ends is over; one that it refuses is a failure, of which kubectl only prints a table", async () => {
  const maps = [configMap("a", 5)];
  api.answers.set(configMaps, { body: listOf("ConfigMap", maps), table: tableOf(maps, true, "7") });
  const runs = both.map((program) => start(program, ["get", "configmaps", "-w"]));
  await eventually(() => expect(api.open()).toHaveLength(2));
  api.finish();
  const [real, ours] = await Promise.all(runs.map(({ ended }) => ended));
  expect(ours).toEqual(real);
  await eventually(() => expect(api.open()).toEqual([]));
  const refused = start("ours", ["get", "configmaps", "-w"]);
  await eventually(() => expect(api.open()).toHaveLength(1));
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: "too old", code: 410 };
  api.send(configMaps, { type: "ERROR", object: { ...status, reason: "Expired" } });
  expect(await refused.ended).toMatchObject({ code: 1, err: "Error from server (Expired): too old\n" });
});

const pod = {
  kind: "Pod",
  apiVersion: "v1",
  metadata: { name: "web", namespace: "default", uid: "p", resourceVersion: "5", labels: { app: "web" } },
  spec: { containers: [{ name: "web", image: "web" }] },
  status: { phase: "Running" },
};
const deployment = {
  kind: "Deployment",
  apiVersion: "apps/v1",
  metadata: { name: "web", namespace: "default", uid: "d", resourceVersion: "5", generation: 1 },
  spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: { spec: pod.spec } },
  status: { observedGeneration: 1, replicas: 2, updatedReplicas: 1, availableReplicas: 0 },
};
const event = (name: string) => ({
  kind: "Event",
  apiVersion: "v1",
  metadata: { name, namespace: "default", uid: name, resourceVersion: "9", creationTimestamp: created },
  involvedObject: { kind: "Pod", name: "web", namespace: "default" },
  type: "Normal",
  reason: "Pulled",
  message: `image ${name}`,
  firstTimestamp: created,
  lastTimestamp: created,
  count: 1,
});

const events = "/api/v1/namespaces/default/events";
const pods = "/api/v1/namespaces/default/pods";
const deployments = "/apis/apps/v1/namespaces/default/deployments";

interface Stream {
  readonly line: string;
  readonly path: string;
  /** What it prints of what `more` sends. kubectl catches signals a moment after it asks for a watch: by then it does. */
  readonly shows?: string;
  /** Sends something that it prints. */
  more?(): void;
}

const streams: readonly Stream[] = [
  {
    line: "get configmaps -w",
    path: configMaps,
    shows: "\nb ",
    more: () =>
      api.send(
        configMaps,
        { type: "ADDED", object: configMap("b", 9) },
        { type: "ADDED", object: tableOf([configMap("b", 9)], true) },
      ),
  },
  {
    line: "events --watch",
    path: events,
    shows: "image b",
    more: () => api.send(events, { type: "ADDED", object: event("b") }),
  },
  {
    line: "logs -f web",
    path: `${pods}/web/log`,
    shows: "a line",
    more: () => api.send(`${pods}/web/log`, "a line"),
  },
  {
    line: "logs -f -l app=web --prefix",
    path: `${pods}/web/log`,
    shows: "a line",
    more: () => api.send(`${pods}/web/log`, "a line"),
  },
  {
    line: "rollout status deployment/web",
    path: deployments,
    shows: "0 of 2 ",
    more: () =>
      api.send(deployments, {
        type: "MODIFIED",
        object: { ...deployment, status: { ...deployment.status, updatedReplicas: 2 } },
      }),
  },
  { line: "wait --for=condition=Ready pod/web", path: pods },
];

function setScene(): void {
  const maps = [configMap("a", 5)];
  api.answers.set(configMaps, { body: listOf("ConfigMap", maps), table: tableOf(maps, true, "7") });
  api.answers.set(events, { body: listOf("Event", [event("a")]) });
  api.answers.set(`${pods}/web`, { body: pod });
  api.answers.set(pods, { body: listOf("Pod", [pod]) });
  api.answers.set(`${deployments}/web`, { body: deployment });
  api.answers.set(deployments, {
    body: { ...listOf("Deployment", [deployment]), kind: "DeploymentList", apiVersion: "apps/v1" },
  });
}

test.each(streams)("$line ends as kubectl when it is interrupted", async ({ line, path, shows = "", more }) => {
  setScene();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const runs = both.map((program) => start(program, line.split(" ")));
    await eventually(() => expect(api.open().filter((one) => one === path)).toHaveLength(2));
    more?.();
    await eventually(() => {
      for (const run of runs) expect(run.out()).toContain(shows);
    });
    for (const { child } of runs) child.kill(signal);
    const [real, ours] = await Promise.all(runs.map(({ ended }) => ended));
    expect({ ...ours, out: "" }).toEqual({ ...real, out: "" });
    await eventually(() => expect(api.open()).toEqual([]));
  }
});

test.each(streams.filter(({ more }) => more))(
  "$line ends quietly when nobody reads on",
  async ({ line, path, more }) => {
    setScene();
    const runs = both.map((program) => start(program, line.split(" ")));
    await eventually(() => expect(api.open().filter((one) => one === path)).toHaveLength(2));
    for (const { child } of runs) child.stdout.destroy();
    let over = false;
    const ended = Promise.all(runs.map((run) => run.ended)).finally(() => {
      over = true;
    });
    await eventually(() => {
      more?.();
      if (!over) throw new Error("goes on");
    });
    const [real, ours] = await ended;
    expect(ours?.err).toBe("");
    expect(ours?.code).toBe(real?.code);
  },
);

test.each<Stream>([...streams, { line: "proxy --port=0", path: "", shows: "Starting to serve" }])(
  "Ctrl-C on a terminal: $line leaves the terminal as it was",
  async ({ line, path, shows = "", more }) => {
    setScene();
    const codes: string[] = [];
    for (const program of both) {
      const command = [...callOf(program), "--server", api.address].map((word) => `'${word}'`).join(" ");
      const settings = "stty -a | grep -v ' rows '";
      const [before, after] = ["before", "after"].map((name) => join(home, name));
      const script = `${settings} > ${before}; trap : INT; ${command} ${line}; echo code $?; ${settings} > ${after}; cmp ${before} ${after} && echo same settings`;
      const run = onTerminal(script, env);
      if (path) await eventually(() => expect(api.open()).toContain(path));
      more?.();
      await eventually(() => expect(run.screen).toContain(shows));
      run.type("\u0003");
      const { out } = await run.ended;
      expect(out).toContain("same settings");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what hides the cursor or takes another screen
      expect(out).not.toMatch(/\u001b\[\?/);
      codes.push(/code \d+/.exec(out)?.[0] ?? out);
      await eventually(() => expect(api.open()).toEqual([]));
    }
    expect(codes[1]).toBe(codes[0]);
  },
);

test("Ctrl-C in the editor ends edit as kubectl, with the terminal as it was", async () => {
  api.answers.set(`${configMaps}/a`, { body: configMap("a", 5) });
  const codes: string[] = [];
  for (const program of both) {
    const command = [...callOf(program), "--server", api.address].map((word) => `'${word}'`).join(" ");
    const settings = "stty -a | grep -v ' rows '";
    const [before, after] = ["before", "after"].map((name) => join(home, name));
    const script = `${settings} > ${before}; trap : INT; ${command} edit configmap a; echo code $?; ${settings} > ${after}; cmp ${before} ${after} && echo same settings`;
    const editor = join(home, "editor");
    writeFileSync(editor, "#!/bin/sh\necho editing\nexec sleep 60\n", { mode: 0o755 });
    const run = onTerminal(script, { ...env, KUBE_EDITOR: editor, TMPDIR: home });
    await eventually(() => expect(run.screen).toContain("editing"));
    run.type("\u0003");
    const { out } = await run.ended;
    expect(out).toContain("same settings");
    codes.push(/code \d+/.exec(out)?.[0] ?? out);
  }
  // Of kubectl the signal may be faster than what catches it.
  expect(["code 1", "code 130"]).toContain(codes[0]);
  expect(codes[1]).toBe("code 1");
});
