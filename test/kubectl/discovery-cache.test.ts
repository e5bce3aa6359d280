/** What a server serves is kept on disk as kubectl keeps it, and never believed when it is broken, old or lacks what is asked for. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kubectl as realKubectl } from "../tools/clients.ts";
import { runInProcess } from "./in-process.ts";

const verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];
const kind = (group: string, version: string, name: string) => ({ group, version, kind: name });
const core = {
  metadata: { name: "" },
  versions: [
    {
      version: "v1",
      freshness: "Current",
      resources: [
        {
          resource: "pods",
          responseKind: kind("", "v1", "Pod"),
          scope: "Namespaced",
          singularResource: "pod",
          verbs,
          shortNames: ["po"],
          categories: ["all"],
          subresources: [{ subresource: "log", responseKind: kind("", "v1", "Pod"), verbs: ["get"] }],
        },
      ],
    },
  ],
};
const boats = {
  metadata: { name: "example.com" },
  versions: ["v2", "v1"].map((version) => ({
    version,
    freshness: "Current",
    resources: [
      {
        resource: "boats",
        responseKind: kind("example.com", version, "Boat"),
        scope: "Cluster",
        singularResource: "boat",
        verbs,
        subresources: [
          { subresource: "scale", responseKind: kind("autoscaling", "v1", "Scale"), verbs: ["get", "update"] },
        ],
      },
    ],
  })),
};

let home: string;
let server: Server;
let asked: string[];
let groups: (typeof boats)[];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "wherry-cache-"));
  asked = [];
  groups = [boats];
  server = createServer((request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    asked.push(path);
    const discovery = (items: unknown[]) => ({
      kind: "APIGroupDiscoveryList",
      apiVersion: "apidiscovery.k8s.io/v2",
      metadata: {},
      items,
    });
    const list = { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [] };
    response.setHeader("content-type", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    response.end(JSON.stringify(path === "/api" ? discovery([core]) : path === "/apis" ? discovery(groups) : list));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(home, { recursive: true, force: true });
});

const port = () => (server.address() as AddressInfo).port;
const folder = (under = home) => join(under, ".kube/cache/discovery", `127.0.0.1_${port()}`);
const flags = () => ["--server", `http://127.0.0.1:${port()}`];

/** @returns what was asked of the server to find out what it serves */
async function discoveryOf(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  asked = [];
  const result = await runInProcess([...flags(), ...words], { HOME: home, ...env }, "");
  return { ...result, discovered: asked.filter((path) => path === "/api" || path === "/apis") };
}
const both = ["/api", "/apis"];

const filesOf = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(root.length + 1), readFileSync(path, "utf8")]),
  );

test("what is kept are kubectl's files, and each reads the other's", async () => {
  expect((await discoveryOf(["get", "pods", "boats"])).discovered).toEqual(both);
  const ours = filesOf(folder());
  expect(Object.keys(ours)).toEqual([
    "example.com/v1/serverresources.json",
    "example.com/v2/serverresources.json",
    "servergroups.json",
    "v1/serverresources.json",
  ]);
  const other = join(home, "other");
  mkdirSync(other);
  const real = (at: string) =>
    new Promise<void>((resolve) => {
      asked = [];
      execFile(realKubectl(), [...flags(), "get", "boats"], { env: { HOME: at } }, () => resolve());
    });
  await real(other);
  expect(filesOf(folder(other))).toEqual(ours);
  expect((await discoveryOf(["get", "boats"], { HOME: other })).discovered).toEqual([]);
  await real(home);
  expect(asked).toEqual(["/apis/example.com/v2/boats"]);
});

test("it is used for six hours", async () => {
  await discoveryOf(["get", "pods"]);
  expect((await discoveryOf(["get", "po"])).discovered).toEqual([]);
  const sixHoursAgo = (more: number) => new Date(Date.now() - (6 * 3600 + more) * 1000);
  const file = join(folder(), "example.com/v1/serverresources.json");
  utimesSync(file, sixHoursAgo(-60), sixHoursAgo(-60));
  expect((await discoveryOf(["get", "po"])).discovered).toEqual([]);
  utimesSync(file, sixHoursAgo(1), sixHoursAgo(1));
  expect((await discoveryOf(["get", "po"])).discovered).toEqual(both);
  expect((await discoveryOf(["get", "po"])).discovered).toEqual([]);
});

test("what is not in it is asked for anew, once", async () => {
  groups = [];
  await discoveryOf(["get", "pods"]);
  const absent = await discoveryOf(["get", "boats"]);
  expect([absent.discovered, absent.exitCode, absent.stderr]).toEqual([
    both,
    1,
    `error: the server doesn't have a resource type "boats"\n`,
  ]);
  groups = [boats];
  for (const words of [
    ["get", "boats"],
    ["get", "boat/x"],
  ]) {
    const found = await discoveryOf(words);
    expect([found.exitCode, found.discovered]).toEqual([0, words[1] === "boats" ? both : []]);
  }
  groups = [];
  expect((await discoveryOf(["api-resources", "-o", "name", "--cached"])).stdout).toContain("boats.example.com");
  const now = await discoveryOf(["api-resources", "-o", "name"]);
  expect([now.discovered, now.stdout]).toEqual([both, "pods\n"]);
});

test.each([
  ["half a file", '{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"v1","resources":[{"name":"po'],
  ["nothing", ""],
  ["another document", '"hello"'],
  ["another version's", '{"kind":"APIResourceList","groupVersion":"v2","resources":[]}'],
  ["what is no list", '{"kind":"APIResourceList","groupVersion":"v1","resources":{"pods":1}}'],
  [
    "resources without verbs",
    '{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","kind":"Pod"}]}',
  ],
])("a file with %s is not believed", async (_, content) => {
  await discoveryOf(["get", "pods"]);
  const file = join(folder(), "v1/serverresources.json");
  const good = readFileSync(file, "utf8");
  writeFileSync(file, content);
  const again = await discoveryOf(["get", "pods"]);
  expect([again.exitCode, again.discovered]).toEqual([0, both]);
  expect(readFileSync(file, "utf8")).toBe(good);
});

test.each(['{"kind":"APIGroupList","groups":[{"name":"x","versions":[{"groupVersion":"../../x"}]}]}', "[]", "{}"])(
  "groups %s are not believed",
  async (content) => {
    await discoveryOf(["get", "pods"]);
    writeFileSync(join(folder(), "servergroups.json"), content);
    expect((await discoveryOf(["get", "pods"])).discovered).toEqual(both);
  },
);

test("a folder that cannot be written to costs requests and nothing else", async () => {
  mkdirSync(join(home, ".kube"));
  writeFileSync(join(home, ".kube/cache"), "a file");
  for (let i = 0; i < 2; i++) {
    const { exitCode, stderr, discovered } = await discoveryOf(["get", "pods", "-o", "name"]);
    expect([exitCode, stderr, discovered]).toEqual([0, "", both]);
  }
});

test("--cache-dir and KUBECACHEDIR say where", async () => {
  const [flagged, named] = [join(home, "flagged"), join(home, "named")];
  await discoveryOf(["get", "pods", "--cache-dir", flagged]);
  await discoveryOf(["get", "pods"], { KUBECACHEDIR: named });
  for (const root of [flagged, named])
    expect(Object.keys(filesOf(join(root, "discovery", `127.0.0.1_${port()}`)))).toContain("servergroups.json");
  expect(readdirSync(home)).not.toContain(".kube");
});
