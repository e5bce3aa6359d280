import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../base/clock.ts";
import { createFabric, createMachine, type Machine, podCIDR, removeNodeFiles } from "../../machine/index.ts";
import { nodeBatch, podBatch } from "./network.ts";
import { network } from "./scripts.ts";

// The suites named *.inside.test.ts run inside a node: as whoever runs the tests, and, for root, as an ordinary user too.
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

const startNode = () =>
  createMachine({ name: "node-0", stateDir: join(dir, "node-0"), index: 0, podCIDR: podCIDR(0), clock: systemClock });

/** Runs the suites inside the node and expects them to pass. */
async function runInside(machine: Machine, ...filter: string[]): Promise<void> {
  const argv = ["env", `WHERRY_TEST_DIR=${dir}`, ...suite, ...filter];
  const output = await machine.run(argv).catch((error) => String(error));
  expect(output).toMatch(/Test Files .*passed/);
  expect(output).not.toMatch(/failed/);
}

test("the linux runtime keeps the contract inside a node", { timeout: 600_000 }, async () => {
  const machine = await startNode();
  try {
    await runInside(machine);
  } finally {
    await machine.stop();
  }
  const again = await startNode();
  try {
    await runInside(again, "power-cut");
  } finally {
    await again.stop();
  }
});

test("pods on different nodes reach each other", async () => {
  const fabric = await createFabric({ name: "test", stateDir: join(dir, "fabric"), clock: systemClock });
  const machines: Machine[] = [];
  try {
    const pod = async (index: number) => {
      const options = { name: `node-${index}`, stateDir: join(dir, `node-${index}`), index };
      const machine = await createMachine({ ...options, podCIDR: podCIDR(index), clock: systemClock, fabric });
      machines.push(machine);
      const net = join(dir, `net-${index}`);
      writeFileSync(net, "");
      const address = `10.244.${index}.2`;
      await machine.run(["unshare", `--net=${net}`, "sh", "-c", network, "sh", podBatch("vpod", address), "0 0"]);
      await machine.run(["ip", "-batch", "-"], nodeBatch("vpod", address, machine.address));
      return (script: string) => machine.run(["nsenter", `--net=${net}`, process.execPath, "-e", script]);
    };
    const [a, b] = [await pod(0), await pod(1)];
    const listening = b(
      `const s = require("net").createServer((c) => { c.end(c.remoteAddress); s.close(); }).listen(8080, "0.0.0.0", () => fs.writeFileSync("${dir}/up", ""))`,
    );
    listening.catch(() => {});
    while (!existsSync(join(dir, "up"))) await systemClock.sleep(5);
    const ask = (host: string) =>
      `require("net").connect(8080, "${host}").on("data", (d) => console.log(String(d))).on("error", (e) => console.log(e.code))`;
    expect(await a(ask("10.244.1.2"))).toBe("10.244.0.2\n");
    expect(await a(ask("10.244.1.3"))).toBe("EHOSTUNREACH\n");
    await listening;
  } finally {
    for (const machine of machines) await machine.stop();
    await fabric.stop();
  }
});

// Whoever runs the tests is root or an ordinary user; root can be both.
if (process.getuid?.() === 0)
  test("and for an ordinary user", { timeout: 600_000 }, () => {
    const user = { uid: 61_234, gid: 61_234 };
    chownSync(dir, user.uid, user.gid);
    // The checkout may lie where nobody else may go: it is mounted where they may, in a mount namespace that ends here.
    const place = mkdtempSync(join(tmpdir(), "wherry-checkout-"));
    chmodSync(place, 0o755);
    try {
      const drop = [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
      const argv = [...suite, "src/node/runtime/linux/linux.test.ts", "src/node/machine"];
      const there = argv.map((word) => (word.startsWith(repository) ? place + word.slice(repository.length) : word));
      const script = 'mount --bind "$1" "$2" && shift 2 && exec setpriv "$@"';
      const result = spawnSync("unshare", ["--mount", "sh", "-c", script, "sh", repository, place, ...drop, ...there], {
        encoding: "utf8",
        env: { PATH: process.env.PATH, HOME: dir, TMPDIR: dir, WHERRY_TEST_RUN: process.env.WHERRY_TEST_RUN },
        cwd: dir,
      });
      const said = `${result.stdout}\n${result.stderr}`;
      expect(result.status, said).toBe(0);
      expect(said).toMatch(/Test Files .*passed/);
    } finally {
      rmdirSync(place);
    }
  });
