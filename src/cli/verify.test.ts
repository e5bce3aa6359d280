import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { workloadManifest } from "../testing/manifest-fixture.ts";
import type { Report } from "../verify/report.ts";
import { type VerifyFlags, verifyCommand } from "./verify.ts";

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

function directory(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "wherry-verify-"));
  dirs.push(dir);
  mkdirSync(join(dir, "below"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
}

async function run(flags: Partial<VerifyFlags>, { isTTY = false, env = {}, stdin = "" }: Terminal = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = { stdin: Readable.from([Buffer.from(stdin)]), stdout: Object.assign(stdout, { isTTY }), stderr, env };
  const code = await verifyCommand({ filename: ["-"], output: "text", ...flags }, io);
  const text = (stream: PassThrough) => String(stream.read() ?? "");
  return { code, out: text(stdout), err: text(stderr) };
}

const manifest = (name: string) => workloadManifest("Deployment", name, "", "");
const safe = workloadManifest("Deployment", "safe");
const blind = manifest("blind");

test("0 when all promises are kept, however much advice there is", async () => {
  const { code, out, err } = await run({}, { stdin: safe });
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("Deployment safe");
  expect(out).toMatch(/\n✓ all promises are kept; 2 hints\n$/);
});

test("1 when one is broken, with one line that counts them; JSON says which", async () => {
  const { code, out, err } = await run({ output: "json" }, { stdin: blind });
  expect(code).toBe(1);
  expect(err).toMatch(/^error: \d+ promises broken in \d scenarios; 1 danger, 2 hints\n$/);
  const report = JSON.parse(out) as Report;
  expect([report.version, report.ok]).toEqual([1, false]);
  const neverReady = report.workloads[0]?.scenarios.find(({ id }) => id === "never-ready");
  expect(neverReady?.broken.map(({ promise }) => promise)).toEqual(["works", "noticed"]);
});

test("files and directories, in order; what is below a directory when asked for", async () => {
  const small = (name: string) => manifest(name).replace("spec:\n", "spec:\n  replicas: 0\n");
  const dir = directory({
    "b.yaml": small("b"),
    "a.yml": small("a"),
    "notes.txt": "not: [a manifest",
    "below/c.json": JSON.stringify({ kind: "List", apiVersion: "v1", items: [] }),
    "below/d.yaml": small("d"),
  });
  const names = async (flags: Partial<VerifyFlags>) => {
    const { out } = await run({ ...flags, output: "json" }, { stdin: small("s") });
    return (JSON.parse(out) as Report).workloads.map(({ name }) => name);
  };
  expect(await names({ filename: [dir] })).toEqual(["a", "b"]);
  expect(await names({ filename: [dir], recursive: true })).toEqual(["a", "b", "d"]);
  expect(await names({ filename: ["-", `${join(dir, "b.yaml")},${join(dir, "a.yml")}`] })).toEqual(["s", "b", "a"]);
});

test("1 and a line for every mistake, and nothing else", async () => {
  const dir = directory({ "a.yaml": blind.replace("spec:\n", "spec:\n  replica: 2\n"), "b.yaml": "a: b: c" });
  expect(await run({ filename: [dir] })).toEqual({
    code: 1,
    out: "",
    err: [
      `error: ${dir}/a.yaml:5: spec.replica: unknown field: Deployment in apps/v1 has none of this name\n`,
      `error: ${dir}/b.yaml:1: Nested mappings are not allowed in compact mappings\n`,
    ].join(""),
  });
  await expect(run({ filename: [`${dir}/c.yaml`] })).rejects.toThrow(`the path "${dir}/c.yaml" does not exist`);
});

test("colours on a terminal that has not asked for none", async () => {
  const escapeCode = String.fromCharCode(27);
  const stdin = blind.replace("spec:\n", "spec:\n  replicas: 0\n");
  expect((await run({}, { stdin, isTTY: true })).out).toContain(escapeCode);
  expect((await run({}, { stdin, isTTY: true, env: { NO_COLOR: "1" } })).out).not.toContain(escapeCode);
  expect((await run({}, { stdin })).out).not.toContain(escapeCode);
});
