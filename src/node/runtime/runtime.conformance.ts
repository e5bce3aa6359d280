import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContainerConfig, ContainerStatus, LogOptions, Runtime, RuntimeEvent, SandboxConfig } from "./runtime.ts";

/** A program as the suite needs it; each runtime says how its containers do that. */
export type Behaviour =
  | { readonly kind: "sleep" }
  /** Prints lines on standard output, then exits. */
  | { readonly kind: "print"; readonly lines: readonly string[]; readonly exitCode: number }
  /** Exits with 0 on SIGTERM. */
  | { readonly kind: "graceful" };

export interface ConformanceSetup {
  readonly runtime: Runtime;
  /** A reference of an image that is there. */
  readonly image: string;
  /** Configuration of a container that behaves so. */
  configure(behaviour: Behaviour): Partial<ContainerConfig>;
  /** The same state, taken over by a new runtime, as after a restart of the agent. */
  restart(): Promise<Runtime>;
  /** Lets time pass, where the runtime's clock is virtual. */
  advance?(ms: number): Promise<void>;
  /** `real`: containers are processes, with output, exec and network. */
  readonly capabilities: { readonly real: boolean };
}

export const sandboxConfig = (name: string, more: Partial<SandboxConfig> = {}): SandboxConfig => ({
  namespace: "default",
  name,
  uid: `uid-${name}`,
  attempt: 0,
  hostname: name,
  labels: {},
  annotations: {},
  dns: { servers: ["10.96.0.10"], searches: ["default.svc.cluster.local"], options: ["ndots:5"] },
  hostAliases: [],
  hostNetwork: false,
  ...more,
});

export const containerConfig = (image: string, more: Partial<ContainerConfig> = {}): ContainerConfig => ({
  name: "main",
  attempt: 0,
  image,
  command: [],
  args: [],
  workingDir: "",
  env: [],
  mounts: [],
  labels: {},
  annotations: {},
  security: {},
  resources: {},
  terminationMessagePath: "/dev/termination-log",
  stdin: false,
  tty: false,
  ...more,
});

/** Reads a container's log to its end. */
export async function logText(runtime: Runtime, id: string, options: LogOptions = {}): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of runtime.logs(id, options)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export async function statusOf(runtime: Runtime, id: string): Promise<ContainerStatus> {
  const found = (await runtime.containers()).find((status) => status.id === id);
  if (!found) throw new Error(`container ${id} is not listed`);
  return found;
}

/** What every implementation of {@link Runtime} promises. */
export function runtimeConformance(name: string, prepare: () => Promise<ConformanceSetup>): void {
  describe(`${name}: the runtime contract`, () => {
    let setup: ConformanceSetup;
    let runtime: Runtime;
    let imageId: string;
    let scratch: string;

    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "wherry-conformance-"));
      chmodSync(scratch, 0o755);
      setup = await prepare();
      runtime = setup.runtime;
      imageId = (await runtime.images.find(setup.image))?.id ?? "";
    });
    afterAll(async () => {
      for (const sandbox of await runtime.sandboxes()) await runtime.removeSandbox(sandbox.id);
      await runtime.close();
      rmSync(scratch, { recursive: true, force: true });
    });

    const until = async (id: string, state: ContainerStatus["state"]): Promise<ContainerStatus> => {
      const changed = new Set<() => void>();
      const cancel = runtime.onEvent(() => changed.forEach((wake) => void wake()));
      try {
        for (;;) {
          const next = new Promise<void>((resolve) => changed.add(resolve));
          const status = await statusOf(runtime, id);
          if (status.state === state) return status;
          await setup.advance?.(1000);
          await next;
        }
      } finally {
        cancel();
      }
    };
    const create = (sandbox: string, behaviour: Behaviour, more: Partial<ContainerConfig> = {}) =>
      runtime.createContainer(sandbox, containerConfig(imageId, { ...setup.configure(behaviour), ...more }));
    const started = async (sandbox: string, behaviour: Behaviour, more: Partial<ContainerConfig> = {}) => {
      const id = await create(sandbox, behaviour, more);
      await runtime.startContainer(id);
      return id;
    };

    test("names itself and its limits", async () => {
      expect(await runtime.version()).toMatch(/^[a-z]+:\/\/\S+$/);
      for (const limit of await runtime.limits()) expect(limit).toMatch(/\.$/);
    });

    test("the image is listed and found by reference and by id", async () => {
      const image = await runtime.images.find(setup.image);
      expect(image?.id).toMatch(/^sha256:/);
      expect((await runtime.images.find(imageId))?.id).toBe(imageId);
      expect((await runtime.images.list()).map(({ id }) => id)).toContain(imageId);
      expect(await runtime.images.find("example.com/not/here:1")).toBeUndefined();
    });

    test("a sandbox has an address of its own and tells its configuration", async () => {
      const a = await runtime.runSandbox(sandboxConfig("a"));
      const b = await runtime.runSandbox(sandboxConfig("b"));
      const listed = await runtime.sandboxes();
      const [first, second] = [a, b].map((id) => listed.find((sandbox) => sandbox.id === id));
      expect(first?.state).toBe("ready");
      expect(first?.config).toEqual(sandboxConfig("a"));
      expect(first?.ips[0]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(first?.ips).not.toEqual(second?.ips);
      await runtime.stopSandbox(a);
      await runtime.stopSandbox(a);
      const stopped = (await runtime.sandboxes()).find((sandbox) => sandbox.id === a);
      expect(stopped).toMatchObject({ state: "notready", ips: [] });
      await expect(create(a, { kind: "sleep" })).rejects.toThrow();
      for (const id of [a, b]) await runtime.removeSandbox(id);
      await runtime.removeSandbox(a);
      expect(await runtime.sandboxes()).toEqual([]);
    });

    test("a sandbox on the node's network has no address of its own", async () => {
      const id = await runtime.runSandbox(sandboxConfig("host", { hostNetwork: true }));
      expect((await runtime.sandboxes())[0]).toMatchObject({ id, state: "ready", ips: [] });
      await runtime.removeSandbox(id);
    });

    test("a container goes from created to running to exited", async () => {
      const sandbox = await runtime.runSandbox(sandboxConfig("life"));
      const id = await create(sandbox, { kind: "sleep" });
      expect(await statusOf(runtime, id)).toMatchObject({ sandboxId: sandbox, state: "created" });
      expect((await statusOf(runtime, id)).startedAt).toBeUndefined();
      await runtime.startContainer(id);
      const running = await statusOf(runtime, id);
      expect(running.state).toBe("running");
      expect(running.startedAt).toBeGreaterThanOrEqual(running.createdAt);
      await runtime.stopContainer(id, 0);
      const exited = await statusOf(runtime, id);
      expect(exited).toMatchObject({ state: "exited", exitCode: 137, reason: "Error" });
      expect(exited.finishedAt).toBeGreaterThanOrEqual(running.startedAt as number);
      await runtime.stopContainer(id, 0);
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      await runtime.stopContainer(id, 0);
      expect(await runtime.containers()).toEqual([]);
      await runtime.removeSandbox(sandbox);
    });

    test("an exit is told by an event, with its code", async () => {
      const sandbox = await runtime.runSandbox(sandboxConfig("exit"));
      const events: RuntimeEvent[] = [];
      const cancel = runtime.onEvent((event) => events.push(event));
      const bad = await started(sandbox, { kind: "print", lines: [], exitCode: 3 });
      expect(await until(bad, "exited")).toMatchObject({ exitCode: 3, reason: "Error" });
      const good = await started(sandbox, { kind: "print", lines: [], exitCode: 0 }, { attempt: 1 });
      expect(await until(good, "exited")).toMatchObject({ exitCode: 0, reason: "Completed" });
      expect(events).toContainEqual({ sandboxId: sandbox, podUid: "uid-exit" });
      cancel();
      await runtime.removeSandbox(sandbox);
      expect(await runtime.containers()).toEqual([]);
    });

    test("a container that heeds SIGTERM is not killed", async () => {
      const sandbox = await runtime.runSandbox(sandboxConfig("term"));
      const id = await started(sandbox, { kind: "graceful" });
      if (setup.capabilities.real) await firstOutput(runtime, id);
      const stopping = runtime.stopContainer(id, 30);
      await setup.advance?.(1000);
      await stopping;
      expect(await statusOf(runtime, id)).toMatchObject({ state: "exited", exitCode: 0 });
      await runtime.removeSandbox(sandbox);
    });

    test("an image that is not there is refused, and so are strangers", async () => {
      const sandbox = await runtime.runSandbox(sandboxConfig("refused"));
      const config = containerConfig(`sha256:${"0".repeat(64)}`);
      await expect(runtime.createContainer(sandbox, config)).rejects.toMatchObject({ reason: "CreateContainerError" });
      await expect(runtime.createContainer("no-such-sandbox", containerConfig(imageId))).rejects.toThrow();
      await expect(runtime.startContainer("no-such-container")).rejects.toThrow();
      await runtime.removeSandbox(sandbox);
    });

    test("state outlives the agent", async () => {
      const sandbox = await runtime.runSandbox(sandboxConfig("restart"));
      const id = await started(sandbox, { kind: "sleep" });
      const before = await runtime.sandboxes();
      await runtime.close();
      runtime = await setup.restart();
      expect(await runtime.sandboxes()).toEqual(before);
      expect(await statusOf(runtime, id)).toMatchObject({ state: "running" });
      const other = await runtime.runSandbox(sandboxConfig("later"));
      const ips = (await runtime.sandboxes()).flatMap((s) => s.ips);
      expect(new Set(ips).size).toBe(2);
      await runtime.stopContainer(id, 0);
      expect(await statusOf(runtime, id)).toMatchObject({ state: "exited", exitCode: 137 });
      for (const s of [sandbox, other]) await runtime.removeSandbox(s);
    });

    test("output is kept, whole and by options", async () => {
      if (!setup.capabilities.real) return;
      const sandbox = await runtime.runSandbox(sandboxConfig("logs"));
      const lines = ["one", "two", "three"];
      const id = await started(sandbox, { kind: "print", lines, exitCode: 0 });
      expect(await logText(runtime, id, { follow: true })).toBe("one\ntwo\nthree\n");
      await until(id, "exited");
      expect(await logText(runtime, id)).toBe("one\ntwo\nthree\n");
      expect(await logText(runtime, id, { tailLines: 2 })).toBe("two\nthree\n");
      expect(await logText(runtime, id, { tailLines: 0 })).toBe("");
      expect(await logText(runtime, id, { tailLines: 9 })).toBe("one\ntwo\nthree\n");
      expect(await logText(runtime, id, { limitBytes: 5 })).toBe("one\nt");
      const { finishedAt = 0 } = await statusOf(runtime, id);
      expect(await logText(runtime, id, { since: finishedAt + 60_000 })).toBe("");
      expect(await logText(runtime, id, { since: 1 })).toBe("one\ntwo\nthree\n");
      const stamped = (await logText(runtime, id, { timestamps: true })).trimEnd().split("\n");
      expect(stamped.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /, ""))).toEqual(lines);
      await runtime.removeSandbox(sandbox);
    });

    test("exec runs in the container and gives both streams and the exit code", async () => {
      if (!setup.capabilities.real) return;
      const sandbox = await runtime.runSandbox(sandboxConfig("exec"));
      const id = await started(sandbox, { kind: "sleep" }, { env: [{ name: "COLOUR", value: "a b'c" }] });
      const result = await runtime.exec(id, ["sh", "-c", 'echo "$COLOUR"; echo bad >&2; exit 7'], 10);
      expect(result.exitCode).toBe(7);
      expect(Buffer.from(result.stdout).toString()).toBe("a b'c\n");
      expect(Buffer.from(result.stderr).toString()).toBe("bad\n");
      await expect(runtime.exec(id, ["sh", "-c", "while :; do :; done"], 0.2)).rejects.toThrow("timed out");
      await runtime.stopContainer(id, 0);
      await expect(runtime.exec(id, ["true"], 1)).rejects.toThrow("not running");
      await runtime.removeSandbox(sandbox);
    });

    test("files of the node are mounted, read-only where asked", async () => {
      if (!setup.capabilities.real) return;
      writeFileSync(join(scratch, "greeting"), "hello\n");
      const sandbox = await runtime.runSandbox(sandboxConfig("mounts"));
      const mounts = [
        { hostPath: scratch, containerPath: "/data/dir", readOnly: true },
        { hostPath: join(scratch, "greeting"), containerPath: "/opt/app/greeting.txt", readOnly: false },
      ];
      const id = await started(sandbox, { kind: "sleep" }, { mounts });
      const read = await runtime.exec(
        id,
        [
          "sh",
          "-c",
          "while read -r l; do echo $l; done </data/dir/greeting; read -r l </opt/app/greeting.txt; echo $l",
        ],
        10,
      );
      expect(Buffer.from(read.stdout).toString()).toBe("hello\nhello\n");
      const write = await runtime.exec(id, ["sh", "-c", "echo no >/data/dir/new"], 10);
      expect(write.exitCode).not.toBe(0);
      expect(Buffer.from(write.stderr).toString()).toMatch(/read-only file system/i);
      await runtime.removeSandbox(sandbox);
    });
  });
}

/** Waits for the container to say something. */
async function firstOutput(runtime: Runtime, id: string): Promise<void> {
  for await (const _ of runtime.logs(id, { follow: true })) return;
}
