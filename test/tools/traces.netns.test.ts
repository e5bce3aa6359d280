/** That what a cluster leaves is found: each kind of leftover, planted. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { hostNetwork } from "./host-network.ts";
import { leftoversOf, nothingLeft, processesOf, tracesOf } from "./traces.ts";

const ip = (text: string) => execFileSync("ip", text.split(" "));
const nft = (text: string) => execFileSync("nft", text.split(" "));

describe("the machine's network", () => {
  beforeEach(() => {
    ip("link set lo up");
  });

  test.each([
    ["a pod's link", () => ip("link add v0123456789abcd type veth peer name peer"), () => ip("link del peer")],
    ["a node's link", () => ip("link add n0 type veth peer name peer"), () => ip("link del n0")],
    ["an address", () => ip("addr add 10.96.0.1/32 dev lo"), () => ip("addr del 10.96.0.1/32 dev lo")],
    ["a route", () => ip("route add unreachable 10.244.0.0/16"), () => ip("route del unreachable 10.244.0.0/16")],
    ["a firewall table", () => nft("add table ip wherry"), () => nft("delete table ip wherry")],
    ["a link that is down", () => ip("link set lo down"), () => ip("link set lo up")],
  ])("%s shows", async (_, plant, remove) => {
    const before = await hostNetwork();
    plant();
    expect(await hostNetwork()).not.toEqual(before);
    remove();
    expect(await hostNetwork()).toEqual(before);
  });

  test("another program's containers do not", async () => {
    const before = await hostNetwork();
    ip("link add veth1a2b3c4 type veth peer name vethfedcba9");
    ip("addr add 172.17.0.9/16 dev veth1a2b3c4");
    ip("link set veth1a2b3c4 up");
    expect(await hostNetwork()).toEqual(before);
    ip("link del veth1a2b3c4");
  });
});

describe("a cluster's own", () => {
  let home: string;
  let dir: string;
  /** What still runs at the end of a test. */
  const running = new Set<number>();

  /** Starts a program; resolves with its process ID, and with another that it printed, once it runs. */
  const start = async (program: string, ...args: string[]) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [printed] = (await once(child.stdout, "data")) as [Buffer];
    const processes = { child, other: Number(printed) };
    for (const pid of [child.pid as number, processes.other]) running.add(pid);
    // Until it has become its program, the other one has the arguments of what started it.
    await eventually(() => expect(readFileSync(`/proc/${processes.other}/cmdline`, "latin1")).toMatch(/^tail\0/));
    return processes;
  };
  const kill = (pid: number) => {
    process.kill(pid, "SIGKILL");
    running.delete(pid);
  };
  const end = async (child: ChildProcess) => {
    kill(child.pid as number);
    await once(child, "exit");
  };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "wherry-traces-"));
    dir = join(home, "wherry");
    mkdirSync(dir);
  });
  afterEach(() => {
    for (const pid of running) kill(pid);
    rmSync(home, { recursive: true, force: true });
  });

  test("a process shows by its arguments, and nothing once all is gone", async () => {
    const { child, other } = await start("sh", "-c", "tail -f /dev/null & echo $!; wait", "sh", `${dir}/mark`);
    const traces = tracesOf(dir);
    expect(leftoversOf(traces).processes).toEqual([expect.stringContaining(`${child.pid}: sh -c `)]);
    expect(processesOf(dir)).toEqual([child.pid]);
    await end(child);
    kill(other);
    rmSync(dir, { recursive: true });
    expect(leftoversOf(traces)).toEqual(nothingLeft);
  });

  test("a process shows by its namespace, once what made that is gone", async () => {
    const script = "tail -f /dev/null & echo $!; wait";
    const { child, other } = await start("unshare", "--net", "sh", "-c", script, "sh", `${dir}/mark`);
    const traces = tracesOf(dir);
    await end(child);
    expect(leftoversOf(traces).processes).toEqual([`${other}: tail -f /dev/null`]);
    kill(other);
    await eventually(() => expect(leftoversOf(traces).processes).toEqual([]));
  });

  test("nobody else comes to be in its namespaces: their numbers are not given away meanwhile", async () => {
    const inNamespace = (mark: string) =>
      start("unshare", "--uts", "sh", "-c", "tail -f /dev/null & echo $!; wait", "sh", mark);
    const { child, other } = await inNamespace(`${dir}/mark`);
    const traces = tracesOf(dir);
    await end(child);
    kill(other);
    await eventually(() => expect(leftoversOf(traces).processes).toEqual([]));
    // The lowest free numbers are given away first: among so many it would be.
    const others = await Promise.all(Array.from({ length: 30 }, () => inNamespace("other")));
    expect(leftoversOf(traces).processes).toEqual([]);
    for (const one of others) {
      await end(one.child);
      kill(one.other);
    }
    traces.release();
  });

  test("a listener shows, whoever holds it now", async () => {
    const program = `
      const { spawn } = require("node:child_process");
      const server = require("node:net").createServer().listen(0, "127.0.0.1", () => {
        const stdio = ["ignore", "ignore", "ignore", server._handle];
        console.log(spawn("tail", ["-f", "/dev/null"], { stdio }).pid);
      });`;
    const { child, other } = await start(process.execPath, "-e", program, `${dir}/mark`);
    const traces = tracesOf(dir);
    await end(child);
    expect(leftoversOf(traces)).toMatchObject({ processes: [], listeners: [expect.stringMatching(/^tcp 0100007F:/)] });
    kill(other);
    await eventually(() => expect(leftoversOf(traces).listeners).toEqual([]));
  });

  test("a mount shows", () => {
    const traces = tracesOf(dir);
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", dir]);
    expect(leftoversOf(traces).mounts).toEqual([expect.stringContaining(` ${dir} `)]);
    execFileSync("umount", [dir]);
    expect(leftoversOf(traces).mounts).toEqual([]);
  });

  test("a directory shows", () => {
    const traces = tracesOf(dir);
    expect(leftoversOf(traces)).toEqual({ ...nothingLeft, directory: [] });
  });
});
