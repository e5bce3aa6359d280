/** Help pages: where kubectl prints them and with what exit code, and that every command is in them with a word of what it does. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commands } from "../../src/cli/kubectl/commands.ts";
import { absentCommands } from "../../src/cli/kubectl/core/not-there.ts";
import { groups, sections } from "../../src/cli/kubectl/help/sections.ts";
import { kubectl as realKubectl } from "../tools/clients.ts";
import { type Result, runInProcess } from "./in-process.ts";

const env = { HOME: "/nowhere", PATH: "/nowhere" };
const ours = (words: readonly string[]): Promise<Result> => runInProcess(words, env, "");
const real = (words: readonly string[]): Result => {
  const { stdout, stderr, status } = spawnSync(realKubectl(), [...words], { encoding: "utf8", env });
  return { stdout, stderr, exitCode: status ?? -1 };
};
const outline = ({ stdout, stderr, exitCode }: Result) => ({ out: stdout !== "", err: stderr !== "", exitCode });
const words = (line: string): string[] => line.split(" ").filter((word) => word !== "");

test.each([
  "",
  "help",
  "-h",
  "--help",
  "help config",
  "help create secret",
  "help get",
  "get -h",
  "help create bogus",
  "help rollout bogus",
  "help bogus",
  "create bogus -h",
  "rollout undo bogus -h",
  "rollout bogus -h",
  "config use -h",
  "--context=x config",
  "help rollout undo bogus",
  ...Object.keys(groups).flatMap((group) => [group, `${group} -h`, `${group} --help`, `help ${group}`]),
])("kubectl %s: the page is where kubectl's is, with its exit code", async (line) => {
  expect(outline(await ours(words(line)))).toEqual(outline(real(words(line))));
});

test.each([
  "--bogus",
  "--namespace",
  "config --bogus",
  "create secret --bogus",
  "rollout --bogus=1",
  "config bogus",
  "config --context=x bogus y",
  "create secret bogus",
  "create service bogus",
  "rollout bogus",
  "set bogus",
  "auth bogus",
])("kubectl %s is refused in kubectl's words", async (line) => {
  expect(await ours(words(line))).toEqual(real(words(line)));
});

test("the first page lists every command with a word of what it does", async () => {
  const { stdout } = await ours([]);
  const listed = new Map([...stdout.matchAll(/^ {2}(\S+) {3,}(\S.*)$/gm)].map(([, name = "", short]) => [name, short]));
  const first = new Set([...commands.keys()].map((path) => path.split(" ")[0] ?? ""));
  expect([...listed.keys()].sort()).toEqual([...first].sort());
  expect(sections.flatMap((section) => section.words).sort()).toEqual([...first].sort());
  for (const word of absentCommands) expect(stdout).toMatch(new RegExp(`^Not there.*\\b${word}\\b`, "m"));
});

test("the page of a group lists its commands, aligned", async () => {
  const { stdout } = await ours(["rollout", "--help"]);
  const lines = [...stdout.matchAll(/^ {2}(\S+ +)(\S.*)$/gm)].filter(([, name]) => name !== "kubectl ");
  expect(lines.map(([, name = ""]) => name.trim())).toEqual([
    "history",
    "pause",
    "restart",
    "resume",
    "status",
    "undo",
  ]);
  expect(new Set(lines.map(([, name = ""]) => name.length)).size).toBe(1);
});

test("plugins are listed by the words that call them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wherry-help-"));
  try {
    for (const [name, mode] of [
      ["kubectl-row-boat", 0o755],
      ["kubectl-lock_gate", 0o755],
      ["kubectl-asleep", 0o644],
    ] as const) {
      writeFileSync(join(folder, name), "#!/bin/sh\n");
      chmodSync(join(folder, name), mode);
    }
    const { stdout } = await runInProcess([], { ...env, PATH: folder }, "");
    expect(stdout).toMatch(/^Plugins:\n {2}lock-gate +a plugin\n {2}row boat +a plugin\n\n/m);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a command's page has its examples, the commands below it, its other names and its flags by name", async () => {
  const { stdout } = await ours(["help", "apply"]);
  expect(stdout).toMatch(/^Examples:\n(?: {2}.*\n)* {2}kubectl apply -f \.\/pod\.json$/m);
  expect(stdout).toMatch(/^Commands:\n {2}edit-last-applied {3}\S/m);
  const flags = [...stdout.matchAll(/^ {4}(?:-\w, )?--([\w-]+)=/gm)].map(([, name]) => name);
  expect(flags).toEqual([...flags].sort());
  expect((await ours(["help", "create", "configmap"])).stdout).toContain("Aliases:\n  configmap, cm\n");
});
