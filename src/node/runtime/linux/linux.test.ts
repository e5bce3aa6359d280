import { spawnSync } from "node:child_process";
import { chownSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../base/clock.ts";
import { createMachine, podCIDR, removeNodeFiles } from "../../machine/index.ts";

// The suites named *.inside.ts run inside a node: as whoever runs the tests, and, for root, as an ordinary user too.
const repository = resolve(import.meta.dirname, "../../../..");
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wherry-linux-"));
});
afterEach(() => removeNodeFiles(dir));

const suite = [
  process.execPath,
  join(repository, "node_modules/vitest/vitest.mjs"),
  ...["run", "--root", repository, "--configLoader", "runner"],
];

/** Ids of an ordinary user that exists, when there is one to change to. */
function ordinaryUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(spawnSync("id", [flag, "tester"], { encoding: "utf8" }).stdout);
  const uid = id("-u");
  return uid > 0 ? { uid, gid: id("-g") } : undefined;
}

test("the linux runtime keeps the contract inside a node", { timeout: 120_000 }, async () => {
  const machine = await createMachine({
    name: "node-0",
    stateDir: join(dir, "node-0"),
    index: 0,
    podCIDR: podCIDR(0),
    clock: systemClock,
  });
  try {
    const config = join(repository, "src/node/runtime/linux/linux.inside.config.ts");
    const env = ["env", `WHERRY_TEST_DIR=${dir}`];
    const output = await machine.run([...env, ...suite, "--config", config]).catch((error) => String(error));
    expect(output).toMatch(/Test Files .*passed/);
    expect(output).not.toMatch(/failed/);
    expect(await machine.run(["sh", "-c", "mount | grep -c overlay || true"])).toBe("0\n");
  } finally {
    await machine.stop();
  }
});

const user = ordinaryUser();
test.runIf(user)("and for an ordinary user", { timeout: 120_000 }, async () => {
  const { uid, gid } = user as { uid: number; gid: number };
  chownSync(dir, uid, gid);
  const argv = [...suite, "src/node/runtime/linux/linux.test.ts", "src/node/machine"];
  const drop = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  const env = { PATH: process.env.PATH, HOME: dir, TMPDIR: dir };
  const result = spawnSync("setpriv", [...drop, ...argv], { encoding: "utf8", env, cwd: dir });
  expect(`${result.stdout}\n${result.stderr}`).toMatch(/Test Files .*passed/);
  expect(result.status).toBe(0);
});
