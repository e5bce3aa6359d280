/** `-v`: what is said of requests, and that it gives no credentials away. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { runInProcess } from "./in-process.ts";
import { withoutLogLines } from "./masks.ts";
import { type ScriptedApi, scriptedApi } from "./scripted-api.ts";

const home = mkdtempSync(join(tmpdir(), "wherry-verbosity-"));
let api: ScriptedApi;
beforeEach(async () => {
  api = await scriptedApi();
  api.answers.set("/api/v1/namespaces/default/configmaps/a", {
    body: { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "a", namespace: "default", uid: "a" } },
  });
});
afterEach(() => api.close());
afterAll(() => rmSync(home, { recursive: true, force: true }));

const kubectl = (line: string) => runInProcess(["--server", api.address, ...line.split(" ")], { HOME: home }, "");

test("from 6 on every request is said, with how it was answered", async () => {
  expect((await kubectl("get configmap a -o name -v=5")).stderr).toBe("");
  const { stdout, stderr } = await kubectl("get configmap a -o name -v=6");
  expect(stdout).toBe("configmap/a\n");
  const url = `${api.address}/api/v1/namespaces/default/configmaps/a`;
  expect(stderr.split("\n").at(-2)).toMatch(
    new RegExp(
      `^I\\d{4} [\\d:.]+ +\\d+ round_trippers.go:632\\] "Response" verb="GET" url="${url}" status="200 OK" milliseconds=\\d+$`,
    ),
  );
  expect(withoutLogLines(stderr)).toBe("");
  expect((await kubectl("get configmap b -v=6")).stderr).toContain('status="404 Not Found"');
});

test("what is asked and sent is said, but not who one is", async () => {
  const { stderr } = await kubectl("--token t0psecret label configmap a color=blue -v=9");
  expect(stderr).toContain('"Request" verb="PATCH"');
  expect(stderr).not.toMatch(/authorization/i);
  expect(stderr).toContain('"Request Body" body="{');
  expect(stderr).not.toContain("t0psecret");
});

test("a server that is not there is said too", async () => {
  api.close();
  const { stderr, exitCode } = await kubectl("get configmap a -v=6");
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/"Response" verb="GET" url=\S+ status="" err="/);
});
