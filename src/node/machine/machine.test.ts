import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../test/tools/eventually.ts";
import { systemClock } from "../../base/clock.ts";
import { createFabric, createMachine, type Machine, podCIDR, removeNodeFiles } from "./index.ts";

let dir: string;
const started: Machine[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wherry-machine-"));
});
afterEach(async () => {
  for (const machine of started.splice(0)) await machine.stop();
  rmSync(dir, { recursive: true, force: true });
});

const machineAt = async (index: number, fabric?: Awaited<ReturnType<typeof createFabric>>) => {
  const machine = await createMachine({
    name: `node-${index}`,
    stateDir: join(dir, `node-${index}`),
    index,
    podCIDR: podCIDR(index),
    clock: systemClock,
    ...(fabric ? { fabric } : {}),
  });
  started.push(machine);
  return machine;
};

test("a node has namespaces of its own and stop leaves none of them", async () => {
  const machine = await machineAt(0);
  const [pid, hostname, who, addresses] = await Promise.all([
    machine.run(["sh", "-c", "echo $PPID; cat /proc/1/comm"]),
    machine.run(["hostname"]),
    machine.run(["id", "-u"]),
    machine.run(["ip", "-o", "addr"]),
  ]);
  expect(pid).toContain("sh");
  expect(hostname).toBe("node-0\n");
  expect(who).toBe("0\n");
  expect(addresses).toContain("100.64.0.1/32");
  expect(addresses).not.toMatch(/eth0/);
  await machine.stop();
  expect(machine.alive()).toBe(false);
  await machine.died;
});

test("pod and Service ranges end inside the node", async () => {
  const machine = await machineAt(0);
  const routes = await machine.run(["ip", "route"]);
  expect(routes).toContain("unreachable 10.244.0.0/24");
  expect(routes).toContain("unreachable 10.244.0.0/16");
  expect(routes).toContain("unreachable 10.96.0.0/12");
});

test("a node that runs is found again, a dead one is started anew", async () => {
  const first = await machineAt(0);
  const again = await machineAt(0);
  expect(again.adopted).toBe(true);
  expect(again.init).toEqual(first.init);
  process.kill(first.init.pid, "SIGKILL");
  await Promise.all([first.died, again.died]);
  const third = await machineAt(0);
  expect(third.adopted).toBe(false);
});

test("files that a node has written can be removed from outside", async () => {
  const machine = await machineAt(0);
  const left = join(dir, "left");
  // What overlayfs leaves: a directory that nobody may read; and, where there are several IDs, another owner.
  await machine.run(["sh", "-c", 'mkdir -p "$1/a/b"; chown 100000 "$1/a" 2>/dev/null; chmod 0 "$1/a/b"', "sh", left]);
  await machine.stop();
  await removeNodeFiles(left);
  expect(existsSync(left)).toBe(false);
  await removeNodeFiles(left);
});

test("an agent accepts inside the node on a listener opened on the host", async () => {
  const machine = await machineAt(0);
  const entry = join(dir, "agent.mjs");
  writeFileSync(
    entry,
    `process.on("message", (m, server) => {
      server.on("connection", (socket) => socket.end("pid " + process.pid));
      process.send("accepting");
    });
    process.on("disconnect", () => process.exit(0));`,
  );
  const agent = machine.spawnAgent(entry, [], { stdio: "ignore" });
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const port = (server.address() as { port: number }).port;
  const accepting = new Promise((resolve) => agent.child.once("message", resolve));
  agent.child.send("take", (server as unknown as { _handle: never })._handle && server);
  await accepting;
  server.close();
  const { connect } = await import("node:net");
  const text = await new Promise<string>((resolve, reject) => {
    let got = "";
    const socket = connect(port, "127.0.0.1");
    socket.on("data", (chunk) => (got += chunk)).on("end", () => resolve(got));
    socket.on("error", reject);
  });
  expect(text).toMatch(/^pid \d{1,3}$/);
  agent.kill("SIGKILL");
  await agent.exited;
});

test("nodes of one cluster reach each other, and only through the fabric", async () => {
  const fabric = await createFabric({ name: "test", stateDir: join(dir, "fabric"), clock: systemClock });
  try {
    const [a, b] = [await machineAt(0, fabric), await machineAt(1, fabric)];
    await b.run(["ip", "addr", "add", "10.244.1.7/32", "dev", "lo"]);
    const script = (host: string) =>
      `require("net").connect(1, ${JSON.stringify(host)}).on("error", (e) => console.log(e.code))`;
    const reach = (machine: Machine, host: string) => machine.run([process.execPath, "-e", script(host)]);
    expect(await reach(a, "100.64.0.2")).toBe("ECONNREFUSED\n");
    expect(await reach(a, "10.244.1.7")).toBe("ECONNREFUSED\n");
    expect(await reach(b, "100.64.0.1")).toBe("ECONNREFUSED\n");
    expect(await reach(a, "10.244.9.9")).toBe("EHOSTUNREACH\n");
    expect(await reach(a, "10.244.0.9")).toBe("EHOSTUNREACH\n");
  } finally {
    await fabric.stop();
  }
  // It is dead; whoever is to collect it does so a moment later.
  await eventually(() => expect(() => readFileSync(`/proc/${fabric.init.pid}/stat`)).toThrow());
});
