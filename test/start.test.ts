/** The `wherry` command as it is installed: a file that a shell starts. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wherryProgram } from "./tools/cluster.ts";

const home = mkdtempSync(join(tmpdir(), "wherry-start-"));
const wherry = join(home, "a folder", "wherry");

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
    const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
    execFile(wherry, args, { env: { PATH, HOME: home, ...env }, cwd: home }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    );
  });

beforeAll(() => {
  mkdirSync(dirname(wherry));
  // As npm does.
  symlinkSync(wherryProgram, wherry);
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

test("passes its words on as they are, and the exit code back", async () => {
  const name = "a  b $HOME * `id` \\ c\nd ' \"";
  expect((await run(["kubectl", "config", "set-context", name, "--namespace", ""])).code).toBe(0);
  expect((await run(["kubectl", "config", "get-contexts", "-o", "name"])).out).toBe(`${name}\n`);
  expect(await run(["kubectl", "config", "use-context", ""])).toMatchObject({ code: 1, out: "" });
});

test.each(["", "--use-openssl-ca", "--use-bundled-ca", "--max-old-space-size=200"])(
  "starts with NODE_OPTIONS=%s",
  async (NODE_OPTIONS) => {
    const { code, out, err } = await run(["kubectl", "version", "--client"], { NODE_OPTIONS });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("Client Version: v1.34");
  },
);

test("keeps files of certificates from Node.js, and gives them back to who is started", async () => {
  const bin = join(home, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "kubectl-env"), "#!/bin/sh\nenv\n", { mode: 0o755 });
  const PATH = `${bin}:${dirname(process.execPath)}:${process.env.PATH}`;
  // Of a file that it cannot read Node.js warns.
  const given = { PATH, HOME: home, NODE_EXTRA_CA_CERTS: "a b' $c", SSL_CERT_FILE: 'no "where"', SSL_CERT_DIR: "" };
  const { code, out, err } = await run(["kubectl", "env"], given);
  expect([code, err]).toEqual([0, ""]);
  const seen = Object.fromEntries(out.split("\n").map((line) => line.split(/=(.*)/)));
  expect(seen).toMatchObject({ ...given, PATH: expect.stringContaining(bin) });
  expect(Object.keys(seen).filter((name) => name.startsWith("WHERRY"))).toEqual([]);
});

test("keeps what was compiled for commands, whatever their exit code, and not for what is misspelt", async () => {
  for (const args of [["version", "--client"], ["explain"], ["gett"], ["--help"]]) await run(["kubectl", ...args]);
  const kept = readdirSync(join(home, ".cache/wherry/compiled")).map((name) => name.replace(/.*-/, ""));
  expect(kept.sort()).toEqual(["any", "config", "explain", "version"]);
});
