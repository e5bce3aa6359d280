import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock, systemRandom } from "../../../base/clock.ts";
import { silentLogger } from "../../../base/logger.ts";
import { createImageStore } from "../../images/index.ts";
import { containerIds, giveToContainers } from "../../machine/container-ids.ts";
import { containerConfig, logText, sandboxConfig, statusOf } from "../runtime.conformance.ts";
import type { ContainerConfig, SandboxConfig } from "../runtime.ts";
import { createLinuxRuntime, type LinuxRuntime } from "./index.ts";

// Runs inside a node's namespaces: linux.test.ts starts it there.
const dir = join(process.env.WHERRY_TEST_DIR as string, "isolation suite, with: odd name");
mkdirSync(dir);
const images = createImageStore({ dir: join(dir, "images"), clock: systemClock, random: systemRandom });
const { kind } = containerIds();
let runtime: LinuxRuntime;

const makeRuntime = () =>
  createLinuxRuntime({
    stateDir: join(dir, "runtime"),
    podCIDR: "10.244.0.0/24",
    nodeAddress: "100.64.0.1",
    images,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
beforeAll(async () => {
  runtime = await makeRuntime();
});
afterAll(async () => {
  for (const { id } of await runtime.sandboxes()) await runtime.removeSandbox(id);
  await runtime.close();
});

const start = async (sandbox: string, more: Partial<ContainerConfig>) => {
  const id = await runtime.createContainer(sandbox, containerConfig("wherry/node", more));
  await runtime.startContainer(id);
  return id;
};
/** Runs a container in a pod of its own and gives its output and status. */
const runOnce = async (more: Partial<ContainerConfig>, pod: Partial<SandboxConfig> = {}) => {
  const sandbox = await runtime.runSandbox(sandboxConfig("once", pod));
  try {
    const id = await start(sandbox, more);
    const text = await logText(runtime, id, { follow: true });
    return { text, status: await statusOf(runtime, id) };
  } finally {
    await runtime.removeSandbox(sandbox);
  }
};
const node = (script: string): Partial<ContainerConfig> => ({ command: ["node", "-e", script] });
const sh = (script: string): Partial<ContainerConfig> => ({ command: ["sh", "-c", script] });

describe("a container", () => {
  test("is root of its own namespaces and sees nothing of the node", async () => {
    const script = `
      const pids = fs.readdirSync("/proc").filter((n) => /^\\d+$/.test(n));
      const mounts = fs.readFileSync("/proc/self/mountinfo", "utf8");
      console.log(process.pid, process.getuid(), pids.join(), os.hostname());
      console.log(fs.readdirSync("/").join(), fs.readdirSync("/.wherry").length, fs.readdirSync("/dev").sort().join());
      console.log(mounts.includes("/.wherry"), fs.existsSync("/work"));
    `;
    const { text } = await runOnce(node(script), { hostname: "my-pod" });
    expect(text.split("\n").slice(0, 2)).toEqual([
      "1 0 1 my-pod",
      ".wherry,bin,dev,etc,lib,lib64,proc,root,sys,tmp,usr,var 0 " +
        ".wherry,fd,full,null,ptmx,pts,random,shm,stderr,stdin,stdout,termination-log,tty,urandom,zero",
    ]);
  });

  test("has upstream's capabilities at most, and cannot gain any", async () => {
    const show = "fs.readFileSync('/proc/self/status','utf8').match(/(CapEff|CapBnd|NoNewPrivs):\\s*\\S+/g).join()";
    const print = node(`console.log(${show}.replaceAll("\\t", ""))`);
    const defaults = await runOnce(print);
    expect(defaults.text).toBe("CapEff:00000000a80425fb,CapBnd:00000000a80425fb,NoNewPrivs:1\n");
    const none = await runOnce({ ...print, security: { dropCapabilities: ["ALL"] } });
    expect(none.text).toBe("CapEff:0000000000000000,CapBnd:0000000000000000,NoNewPrivs:1\n");
    const one = await runOnce({
      ...print,
      security: { dropCapabilities: ["ALL"], addCapabilities: ["NET_BIND_SERVICE"] },
    });
    expect(one.text).toBe("CapEff:0000000000000400,CapBnd:0000000000000400,NoNewPrivs:1\n");
    const user = await runOnce({ ...print, security: { runAsUser: 1000 } });
    expect(user.text).toContain("CapEff:0000000000000000,");
  });

  test("cannot mount, leave its root, or change the node through /proc", async () => {
    const attempts = `
      const tryIt = (what, f) => { try { f(); console.log(what, "worked"); } catch (e) { console.log(what, e.code); } };
      tryIt("sysctl", () => fs.writeFileSync("/proc/sys/kernel/hostname", "x"));
      tryIt("timers", () => { if (fs.existsSync("/proc/timer_list")) throw { code: fs.readFileSync("/proc/timer_list").length }; throw { code: 0 }; });
      tryIt("tools", () => fs.writeFileSync("/dev/.wherry/ld", "x"));
    `;
    const { text } = await runOnce(node(attempts));
    expect(text).toBe("sysctl EROFS\ntimers 0\ntools EROFS\n");
  });

  test("runs as the user it is told to", async () => {
    const script =
      "console.log(process.getuid(), process.getgid()); fs.writeFileSync('/tmp/x', ''); console.log('wrote')";
    const { text } = await runOnce({ ...node(script), security: { runAsUser: 1000, runAsGroup: 2000 } });
    expect(text).toBe("1000 2000\nwrote\n");
  });

  test.runIf(kind === "range")("is nobody on the node when it is root inside", async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig("owner"));
    const id = await start(sandbox, node("console.log('up'); setInterval(() => {}, 1e9)"));
    for await (const _ of runtime.logs(id, { follow: true })) break;
    // Others may end meanwhile.
    const read = (path: string) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return "";
      }
    };
    const uids = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).startsWith("node\0-e"))
      .map((name) => /Uid:\s+(\d+)/.exec(read(`/proc/${name}/status`))?.[1]);
    expect(uids).toEqual(["100000"]);
    await runtime.removeSandbox(sandbox);
  });

  test("writes to its root, unless that is read-only", async () => {
    const script = sh("echo x >/file && echo ok");
    expect((await runOnce(script)).text).toBe("ok\n");
    const readOnly = await runOnce({ ...script, security: { readOnlyRootFilesystem: true } });
    expect(readOnly.text).toMatch(/read-only file system/i);
    expect(readOnly.status.exitCode).not.toBe(0);
  });

  test("owns the directories that are made for it", async () => {
    const made = join(dir, "made");
    mkdirSync(made);
    const mounts = [{ hostPath: made, containerPath: "/opt/deep/mounted", readOnly: false }];
    const script = sh("echo x >file && echo x >/opt/deep/other && echo ok");
    expect((await runOnce({ ...script, workingDir: "/some/new/dir", mounts })).text).toBe("ok\n");
  });

  test("has mounts in mounts, whatever their order", async () => {
    const [outer, inner] = [join(dir, "outer"), join(dir, "inner")];
    for (const path of [outer, inner]) mkdirSync(path);
    writeFileSync(join(inner, "file"), "inner\n");
    symlinkSync(inner, join(dir, "link"));
    const mounts = [
      { hostPath: join(dir, "link/file"), containerPath: "/data/one/file", readOnly: true },
      { hostPath: join(dir, "link"), containerPath: "/data/two", readOnly: true },
      { hostPath: outer, containerPath: "/data", readOnly: false },
    ];
    const script = sh("read -r a </data/one/file; read -r b </data/two/file; echo $a $b; echo end >/data/message");
    const { text, status } = await runOnce({ ...script, mounts, terminationMessagePath: "/data/message" });
    expect(text).toBe("inner inner\n");
    expect(status.message).toBe("end\n");
  });

  test("reads volumes' files that only its root may read", async () => {
    const secret = join(dir, "secret");
    writeFileSync(secret, "secret\n", { mode: 0o400 });
    await giveToContainers(secret);
    const mounts = [{ hostPath: secret, containerPath: "/secret", readOnly: true }];
    expect((await runOnce({ ...sh("read -r l </secret; echo $l"), mounts })).text).toBe("secret\n");
  });

  test("has a standard input that stays open, if asked, and an empty one if not", async () => {
    expect((await runOnce(sh("read -r l || echo end"))).text).toBe("end\n");
    const sandbox = await runtime.runSandbox(sandboxConfig("stdin"));
    const id = await start(sandbox, { ...sh("echo asking; read -r l; echo got $l"), stdin: true });
    for await (const _ of runtime.logs(id, { follow: true })) break;
    writeFileSync(join(dir, "runtime/containers", id, "stdin"), "answer\n");
    expect(await logText(runtime, id, { follow: true })).toBe("asking\ngot answer\n");
    await runtime.removeSandbox(sandbox);
  });

  test("leaves a termination message", async () => {
    const { status } = await runOnce(sh("echo last words >/dev/termination-log; exit 2"));
    expect(status).toMatchObject({ exitCode: 2, reason: "Error", message: "last words\n" });
    const elsewhere = { ...sh("echo here >/some/where"), terminationMessagePath: "/some/where" };
    expect((await runOnce(elsewhere)).status.message).toBe("here\n");
  });

  test("has the working directory and the environment that it is told to", async () => {
    const env = [
      { name: "LD_PRELOAD", value: "/none.so" },
      { name: "A", value: "x=y 'z'" },
    ];
    const { text } = await runOnce({ ...sh('pwd; echo "$A"; echo $HOSTNAME $HOME'), workingDir: "/new/dir", env });
    expect(text.replace(/ERROR: ld.so.*\n/g, "")).toBe("/new/dir\nx=y 'z'\nonce /root\n");
  });

  test.each([
    [["nonesuch"], 'exec: "nonesuch": executable file not found in $PATH'],
    [["/none/such"], 'exec: "/none/such": stat /none/such: no such file or directory'],
    [["/etc/passwd"], 'exec: "/etc/passwd": permission denied'],
  ])("that cannot be started says why: %j", async (command, why) => {
    const sandbox = await runtime.runSandbox(sandboxConfig("cannot"));
    const id = await runtime.createContainer(sandbox, containerConfig("wherry/node", { command }));
    await expect(runtime.startContainer(id)).rejects.toMatchObject({
      reason: "RunContainerError",
      message: expect.stringContaining(why),
    });
    expect(await statusOf(runtime, id)).toMatchObject({
      state: "exited",
      exitCode: 128,
      reason: "ContainerCannotRun",
      message: why,
    });
    await runtime.removeSandbox(sandbox);
  });

  test("is refused what is not supported", async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig("unsupported"));
    for (const more of [{ tty: true }])
      await expect(runtime.createContainer(sandbox, containerConfig("wherry/node", more))).rejects.toThrow(
        "not supported",
      );
    const mounts = [{ hostPath: "/none/such", containerPath: "/x", readOnly: false }];
    await expect(runtime.createContainer(sandbox, containerConfig("wherry/node", { mounts }))).rejects.toMatchObject({
      reason: "CreateContainerError",
    });
    expect(await runtime.containers()).toEqual([]);
    await runtime.removeSandbox(sandbox);
  });

  test("does not let a link of its image lead a mount to the node's files", async () => {
    const outside = join(dir, "outside");
    writeFileSync(outside, "untouched");
    const context = join(dir, "links");
    mkdirSync(context);
    writeFileSync(
      join(context, "Dockerfile"),
      `FROM wherry/node\nRUN node -e 'fs.mkdirSync("/e"); fs.symlinkSync("${outside}", "/e/hosts"); fs.renameSync("/etc", "/e2"); fs.symlinkSync("/e", "/etc")'\n`,
    );
    await images.build({ contextDir: context, tags: ["links"] }, runtime.buildRunner).catch(() => {});
    const sandbox = await runtime.runSandbox(sandboxConfig("links"));
    if (await images.find("links")) {
      const id = await runtime.createContainer(sandbox, containerConfig("links", sh("exit 0")));
      await runtime.startContainer(id).catch(() => {});
    }
    expect(readFileSync(outside, "utf8")).toBe("untouched");
    await runtime.removeSandbox(sandbox);
  });

  test("cannot get the privileged steps of a start or an exec to load its code", async () => {
    const context = join(dir, "preload");
    mkdirSync(context);
    const sandbox = await runtime.runSandbox(sandboxConfig("preload"));
    // mount(8) would run a helper of the image, and the loader its libraries.
    writeFileSync(join(context, "mount.tmpfs"), "#!/bin/sh\necho helper >/helped\n", { mode: 0o755 });
    writeFileSync(
      join(context, "Dockerfile"),
      "FROM wherry/node\nCOPY mount.tmpfs /sbin/mount.tmpfs\nCOPY mount.tmpfs /sbin/mount.devpts\n",
    );
    await images.build({ contextDir: context, tags: ["helper"] }, runtime.buildRunner);
    const check = node("console.log(fs.existsSync('/helped'), fs.readFileSync('/etc/ld.so.preload').length)");
    const id = await runtime.createContainer(sandbox, containerConfig("helper", check));
    await runtime.startContainer(id);
    expect(await logText(runtime, id, { follow: true })).toBe("false 0\n");

    writeFileSync(join(context, "Dockerfile"), "FROM wherry/node\nCOPY mount.tmpfs /etc/ld.so.preload\n");
    await images.build({ contextDir: context, tags: ["preload"] }, runtime.buildRunner);
    await expect(runtime.createContainer(sandbox, containerConfig("preload", sh("exit 0")))).rejects.toThrow(
      "the image has /etc/ld.so.preload, which is not supported",
    );
    const mounts = [{ hostPath: context, containerPath: "/etc/", readOnly: true }];
    await expect(
      runtime.createContainer(sandbox, containerConfig("wherry/node", { ...sh("exit 0"), mounts })),
    ).rejects.toThrow("over /etc/ is not supported");

    // What runs in a container before it gives its rights up has no more than the container's root.
    const wait = await start(sandbox, node("console.log('up'); setInterval(() => {}, 1e9)"));
    const { stdout } = await runtime.exec(
      wait,
      ["node", "-p", "fs.readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\\s+/)[2]"],
      10,
    );
    expect(String(Buffer.from(stdout))).toBe(kind === "range" ? "65536\n" : "1\n");
    await runtime.removeSandbox(sandbox);
  });

  test("keeps running, writing and its exit code while there is no agent", async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig("alone"));
    const gate = join(dir, "gate");
    mkdirSync(gate, { mode: 0o777 });
    execFileSync("chmod", ["777", gate]);
    const mounts = [{ hostPath: gate, containerPath: "/gate", readOnly: false }];
    const wait = "fs.watch('/gate', () => { console.log('after'); process.exit(5); }); console.log('before')";
    const id = await start(sandbox, { ...node(wait), mounts });
    for await (const _ of runtime.logs(id, { follow: true })) break;
    await runtime.close();
    // The exit file is written by the shim; there is no agent to see it.
    const exitFile = join(dir, "runtime/exits", id);
    const { watch } = await import("node:fs");
    const exited = new Promise<void>((resolve) => {
      const watcher = watch(exitFile, () => {
        if (!readFileSync(exitFile, "utf8")) return;
        watcher.close();
        resolve();
      });
    });
    writeFileSync(join(gate, "open"), "");
    await exited;
    runtime = await makeRuntime();
    expect(await statusOf(runtime, id)).toMatchObject({ state: "exited", exitCode: 5 });
    expect(await logText(runtime, id)).toBe("before\nafter\n");
    await runtime.removeSandbox(sandbox);
  });

  test("whose shim is killed counts as killed", async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig("shim"));
    const id = await start(sandbox, node("setInterval(() => {}, 1e9)"));
    process.kill(Number(readFileSync(join(dir, "runtime/containers", id, "shim"), "utf8")), "SIGKILL");
    await runtime.stopContainer(id, 0);
    expect(await statusOf(runtime, id)).toMatchObject({ state: "exited", exitCode: 137 });
    await runtime.removeSandbox(sandbox);
  });
});

describe("pods", () => {
  const server = (reply: string, port: number) =>
    node(
      `require("net").createServer((s) => s.end(${JSON.stringify(reply)} + " " + s.remoteAddress)).listen(${port}, "0.0.0.0", () => console.log("up"))`,
    );
  const ask = (host: string, port: number) =>
    node(
      `require("net").connect(${port}, "${host}").on("data", (d) => console.log(String(d))).on("error", (e) => console.log(e.code))`,
    );
  const addressOf = async (sandbox: string) =>
    (await runtime.sandboxes()).find(({ id }) => id === sandbox)?.ips[0] as string;
  const ready = async (id: string) => {
    for await (const _ of runtime.logs(id, { follow: true })) return;
  };

  test("reach each other and are reached from the node, with their own addresses", async () => {
    const a = await runtime.runSandbox(sandboxConfig("a"));
    await ready(await start(a, server("hello", 80)));
    const address = await addressOf(a);
    const socket = await runtime.connect(a, 80);
    const text = await new Promise((resolve) => socket.once("data", (data) => resolve(String(data))));
    expect(text).toBe("hello 100.64.0.1");
    const b = await runtime.runSandbox(sandboxConfig("b"));
    const id = await start(b, ask(address, 80));
    expect(await logText(runtime, id, { follow: true })).toBe(`hello ${await addressOf(b)}\n`);
    await expect(runtime.connect(a, 81)).rejects.toThrow("ECONNREFUSED");
    for (const sandbox of [a, b]) await runtime.removeSandbox(sandbox);
    const routes = execFileSync("ip", ["route"], { encoding: "utf8" });
    expect(routes).not.toContain(`${address} dev`);
  });

  test("containers of one pod share its network, and see where they are", async () => {
    const sandbox = await runtime.runSandbox(
      sandboxConfig("shared", { hostAliases: [{ ip: "1.2.3.4", hostnames: ["one", "two"] }] }),
    );
    await ready(await start(sandbox, server("local", 8080)));
    const id = await start(sandbox, { ...ask("127.0.0.1", 8080), name: "second" });
    expect(await logText(runtime, id, { follow: true })).toBe("local 127.0.0.1\n");
    const files = await start(sandbox, {
      ...node(
        "for (const f of ['hosts', 'resolv.conf', 'hostname']) process.stdout.write(fs.readFileSync('/etc/' + f))",
      ),
      name: "third",
    });
    const text = await logText(runtime, files, { follow: true });
    expect(text).toContain(`${await addressOf(sandbox)}\tshared\n`);
    expect(text).toContain("1.2.3.4\tone\ttwo\n");
    expect(text).toContain("search default.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\nshared\n");
    await runtime.removeSandbox(sandbox);
  });

  test("get no way out of the node", async () => {
    const { text } = await runOnce(ask("192.0.2.1", 80));
    expect(text).toMatch(/^(ENETUNREACH|EHOSTUNREACH)\n$/);
  });

  test("on the node's network share it", async () => {
    const local = createServer((socket) => socket.end("node's own")).listen(0, "127.0.0.1");
    await new Promise((resolve) => local.once("listening", resolve));
    const { port } = local.address() as { port: number };
    const { text } = await runOnce(ask("127.0.0.1", port), { hostNetwork: true });
    expect(text).toBe("node's own\n");
    local.close();
  });

  test("start many at once, each with another address", async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, (_, i) => runtime.runSandbox(sandboxConfig(`many-${i}`))));
    const addresses = new Set(await Promise.all(ids.map(addressOf)));
    expect(addresses.size).toBe(12);
    await Promise.all(ids.map((id) => start(id, sh("exit 0"))));
    await Promise.all(ids.map((id) => runtime.removeSandbox(id)));
  });
});

test("where overlayfs cannot write, containers and builds work on copies", async () => {
  const copying = await createLinuxRuntime({
    stateDir: join(dir, "copying"),
    podCIDR: "10.244.0.0/24",
    nodeAddress: "100.64.0.1",
    images,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    overlay: false,
  });
  expect((await copying.limits()).join()).toContain("copies its image");
  const context = join(dir, "copied");
  mkdirSync(context);
  writeFileSync(join(context, "Dockerfile"), "FROM wherry/node\nRUN echo first >/one\nRUN echo second >>/one\n");
  await images.build({ contextDir: context, tags: ["copied"] }, copying.buildRunner);
  const sandbox = await copying.runSandbox(sandboxConfig("copy"));
  const script = sh("while read -r l; do echo $l; done </one; echo more >/one && echo ok");
  for (const attempt of [0, 1]) {
    const id = await copying.createContainer(sandbox, containerConfig("copied", { ...script, attempt }));
    await copying.startContainer(id);
    expect(await logText(copying, id, { follow: true })).toBe("first\nsecond\nok\n");
  }
  await copying.removeSandbox(sandbox);
  await copying.close();
});

test("nothing is left of what was removed", async () => {
  const mounts = () => readFileSync("/proc/self/mountinfo", "utf8").split("\n").length;
  const links = () => execFileSync("ip", ["-o", "link"], { encoding: "utf8" });
  const before = [mounts(), links()];
  const sandbox = await runtime.runSandbox(sandboxConfig("left"));
  const id = await start(sandbox, node("setInterval(() => {}, 1e9)"));
  expect([mounts(), links()]).not.toEqual(before);
  await runtime.removeSandbox(sandbox);
  expect(mounts()).toBe(before[0]);
  expect(links()).toBe(before[1]);
  for (const part of ["containers", "sandboxes", "exits"]) expect(readdirSync(join(dir, "runtime", part))).toEqual([]);
  expect(existsSync(join(dir, "images/leases", id))).toBe(false);
});
