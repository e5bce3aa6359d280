import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  type FSWatcher,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import type { Clock, Random } from "../../../base/clock.ts";
import { programPath } from "../../../base/program-path.ts";
import type { ResolvedImage } from "../../images/config.ts";
import { LayeredTree } from "../../images/tree.ts";
import type { ContainerIds } from "../../machine/container-ids.ts";
import { identify, isAlive, type ProcessId, signal } from "../../machine/process.ts";
import { type ContainerConfig, type ContainerStatus, RuntimeError } from "../runtime.ts";
import { type ContainerRecord, type Layout, readJson, readText, type SandboxRecord, writeJson } from "./layout.ts";
import { LogIndex } from "./log-index.ts";
import { insideTable, type MountPlan, makeNestedPoints, mountPoints, rootTable } from "./mounts.ts";
import { becomeUser, type ProcessSpec, processSpec } from "./process-spec.ts";
import { prepareDev, prepareRoot } from "./root-filesystem.ts";
import { init, shim } from "./scripts.ts";

export interface ContainersOptions {
  readonly layout: Layout;
  readonly ids: ContainerIds;
  readonly boot: string;
  /** False where the file system cannot hold overlayfs's upper directory: roots are copies. */
  readonly overlay: boolean;
  readonly sysfs: boolean;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Exit {
  readonly code: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A container as the agent knows it; all of it can be found again on disk. */
export interface Container {
  record: ContainerRecord;
  /** Kept beside the record, since the image may be gone before the container is. */
  readonly spec: ProcessSpec;
  readonly index: LogIndex;
  process?: ProcessId;
  /** The shell that waits for it. */
  shim?: ProcessId;
  exit?: Exit;
}

export class Containers {
  readonly #options: ContainersOptions;
  readonly #all = new Map<string, Container>();
  readonly #listeners = new Set<(container: Container) => void>();
  readonly #exits: FSWatcher;

  constructor(options: ContainersOptions) {
    this.#options = options;
    this.#exits = watch(options.layout.exits, (_, name) => {
      const container = name ? this.#all.get(name) : undefined;
      if (container) this.#noteExit(container);
    });
    this.#exits.unref();
    for (const id of readdirSync(options.layout.container(""))) this.#recover(id);
  }

  get(id: string): Container | undefined {
    return this.#all.get(id);
  }

  /** @throws RuntimeError when it is not there */
  need(id: string): Container {
    const container = this.#all.get(id);
    if (!container) throw new RuntimeError("NotFound", `container "${id}" not found`);
    return container;
  }

  of(sandboxId: string): Container[] {
    return [...this.#all.values()].filter((container) => container.record.sandboxId === sandboxId);
  }

  list(): ContainerStatus[] {
    for (const container of this.#all.values()) this.#checkShim(container);
    return [...this.#all.values()].map(statusOf(this.#options.layout));
  }

  onChange(listener: (container: Container) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#exits.close();
    for (const container of this.#all.values()) container.index.close();
  }

  running(container: Container): boolean {
    return container.record.startedAt !== undefined && container.exit === undefined;
  }

  create(sandbox: SandboxRecord, config: ContainerConfig, image: ResolvedImage): string {
    const { layout, random, ids, clock, boot, overlay } = this.#options;
    const spec = processSpec(config, image, sandbox.config.hostname);
    const id = Buffer.from(random.bytes(32)).toString("hex");
    const dir = layout.container(id);
    try {
      mkdirSync(dir);
      const preload = prepareRoot({ dir, image, overlay, ids });
      refuseMountsOver(preload, config, image);
      prepareDev(dir, ids, config.terminationMessagePath);
      writeFileSync(layout.container(id, "log"), "");
      writeFileSync(layout.container(id, "termination"), "");
      chmodSync(layout.container(id, "termination"), 0o666);
      const plan = this.#mountPlan(id, sandbox.id, config);
      writeFileSync(
        layout.container(id, "fstab.root"),
        rootTable(dir, layout.toolbox, overlay ? image.directories.length : 0, preload),
      );
      writeFileSync(layout.container(id, "fstab"), insideTable(plan));
      writeFileSync(layout.container(id, "points"), JSON.stringify(mountPoints(plan)));
      makeNestedPoints(plan);
      if (config.stdin) spawnSync("mkfifo", [layout.container(id, "stdin")]);
      writeJson(layout.container(id, "spec.json"), spec);
      const imageRef = image.digests[0] ?? image.id;
      const record: ContainerRecord = { id, sandboxId: sandbox.id, config, createdAt: clock.now(), imageRef, boot };
      writeJson(layout.container(id, "container.json"), record);
      this.#all.set(id, { record, spec, index: new LogIndex(layout.container(id, "log"), clock) });
      return id;
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      if (error instanceof RuntimeError) throw error;
      throw new RuntimeError("CreateContainerError", `failed to create container: ${(error as Error).message}`);
    }
  }

  #mountPlan(id: string, sandboxId: string, config: ContainerConfig): MountPlan {
    const { layout, ids } = this.#options;
    return {
      dir: layout.container(id),
      sandboxDir: layout.sandbox(sandboxId),
      terminationMessagePath: config.terminationMessagePath,
      mounts: config.mounts,
      privileged: config.security.privileged ?? false,
      sysfs: this.#options.sysfs,
      ids,
    };
  }

  async start(container: Container, sandbox: SandboxRecord): Promise<void> {
    const { layout, clock } = this.#options;
    const { id } = container.record;
    container.index.open();
    const failure = await this.#launch(container, sandbox);
    if (failure !== undefined) {
      container.record = { ...container.record, startedAt: clock.now(), failure };
      writeJson(layout.container(id, "container.json"), container.record);
      writeFileSync(`${layout.exits}/${id}`, "128\n");
      this.#noteExit(container);
      throw new RuntimeError("RunContainerError", `failed to start container "${id}": ${failure}`);
    }
    container.record = { ...container.record, startedAt: clock.now() };
    writeJson(layout.container(id, "container.json"), container.record);
    this.#readProcesses(container);
    this.#noteExit(container);
    this.#tell(container);
  }

  /** Starts the shim and resolves when the program runs, or with the reason why it does not. */
  #launch(container: Container, sandbox: SandboxRecord): Promise<string | undefined> {
    const { layout } = this.#options;
    const { id } = container.record;
    const log = openSync(layout.container(id, "log"), "a");
    // Open for reading and writing: it never ends, and nobody need be there to write to it.
    const stdin = container.record.config.stdin ? openSync(layout.container(id, "stdin"), "r+") : undefined;
    const [file = "", ...args] = this.#command(container, sandbox);
    const child = spawn(file, args, {
      cwd: layout.container(id),
      detached: true,
      stdio: [stdin ?? "ignore", log, log, "pipe"],
      env: { PATH: programPath() },
    });
    closeSync(log);
    if (stdin !== undefined) closeSync(stdin);
    const report = child.stdio[3] as NodeJS.ReadableStream & { destroy(): void };
    return new Promise((resolve) => {
      const settle = (failure: string | undefined) => {
        report.destroy();
        child.unref();
        resolve(failure);
      };
      let text = "";
      report.on("data", (chunk) => {
        text += chunk;
        if (!text.endsWith("\n")) return;
        settle(text === "ok\n" ? undefined : explain(text.trim().replace(/^error /, ""), layout.container(id, "log")));
      });
      child.once("error", (error) => settle(error.message));
      // What it has reported may arrive after its exit, but not after the streams' end.
      child.once("close", () => settle(explain("its start ended early", layout.container(id, "log"))));
      child.once("exit", () => this.#checkShim(container));
    });
  }

  #command(container: Container, sandbox: SandboxRecord): string[] {
    const { layout, ids } = this.#options;
    const { record, spec } = container;
    const dir = layout.container(record.id);
    const net = sandbox.config.hostNetwork ? [] : [`--net=${layout.sandbox(sandbox.id, "net")}`];
    const pod = ["nsenter", ...net, `--ipc=${layout.sandbox(sandbox.id, "ipc")}`];
    const points = JSON.parse(readFileSync(`${dir}/points`, "utf8")) as string[];
    const owner = ids.kind === "range" ? String(ids.onNode(0)) : "";
    const readOnly = record.config.security.readOnlyRootFilesystem ? "ro" : "rw";
    return [
      ...(sandbox.isolated ? ["unshare", "--net", "--ipc"] : pod),
      ...["unshare", "--mount", "--pid", "--uts"],
      ...["sh", "-c", shim, "sh", `${layout.exits}/${record.id}`, `${dir}/shim`],
      ...["sh", "-c", init, "sh", dir, sandbox.config.hostname, spec.workingDir, spec.path, readOnly],
      ...[spec.argv[0] as string, owner, String(points.length), ...points],
      ...becomeUser(spec, record.config, ids),
    ];
  }

  /** Sends a signal to the container's first process. SIGKILL there ends all of its PID namespace. */
  signal(container: Container, name: NodeJS.Signals): void {
    if (container.process && !container.exit) signal(container.process, name);
  }

  /** Resolves once it has exited; at once when it does not run. */
  exited(container: Container): Promise<void> {
    return new Promise((resolve) => {
      if (!this.running(container)) return resolve();
      const cancel = this.onChange((changed) => {
        if (changed !== container || !container.exit) return;
        cancel();
        resolve();
      });
      this.#checkShim(container);
    });
  }

  async stop(container: Container, graceSeconds: number): Promise<void> {
    if (!this.running(container)) return;
    const exited = this.exited(container);
    if (graceSeconds > 0) {
      this.signal(container, stopSignal(container.spec.stopSignal));
      const waiting = new AbortController();
      await Promise.race([exited, this.#options.clock.sleep(graceSeconds * 1000, waiting.signal)]);
      waiting.abort();
    }
    this.signal(container, "SIGKILL");
    await exited;
  }

  async remove(id: string): Promise<void> {
    const { layout } = this.#options;
    const container = this.#all.get(id);
    if (container) {
      await this.stop(container, 0);
      container.index.close();
      this.#all.delete(id);
    }
    rmSync(layout.container(id), { recursive: true, force: true });
    rmSync(`${layout.exits}/${id}`, { force: true });
  }

  #recover(id: string): void {
    const { layout, boot, clock } = this.#options;
    const record = readJson<ContainerRecord>(layout.container(id, "container.json"));
    const spec = readJson<ProcessSpec>(layout.container(id, "spec.json"));
    if (!record || !spec) {
      rmSync(layout.container(id), { recursive: true, force: true });
      return;
    }
    const container: Container = { record, spec, index: new LogIndex(layout.container(id, "log"), clock) };
    this.#all.set(id, container);
    this.#noteExit(container);
    if (container.exit) return;
    const pidFile = statSync(layout.container(id, "pid"), { throwIfNoEntry: false });
    if (record.startedAt === undefined && !pidFile) return;
    // The agent may have ended between the container's start and its own note of it.
    if (record.startedAt === undefined && pidFile) container.record = { ...record, startedAt: pidFile.mtimeMs };
    if (record.boot === boot) this.#readProcesses(container);
    container.index.open();
    this.#checkShim(container);
  }

  #readProcesses(container: Container): void {
    const { layout } = this.#options;
    const find = (file: string) => identify(Number(readText(layout.container(container.record.id, file))));
    const [first, shell] = [find("pid"), find("shim")];
    if (first) container.process = first;
    if (shell) container.shim = shell;
  }

  /** A shim that is gone without having written an exit code was killed, and its container with it or before. */
  #checkShim(container: Container): void {
    if (!this.running(container)) return;
    if (container.shim && isAlive(container.shim)) return;
    this.#noteExit(container);
    if (container.exit) return;
    if (container.process) signal(container.process, "SIGKILL");
    writeFileSync(`${this.#options.layout.exits}/${container.record.id}`, "137\n");
    this.#noteExit(container);
  }

  #noteExit(container: Container): void {
    if (container.exit) return;
    const path = `${this.#options.layout.exits}/${container.record.id}`;
    const text = readText(path);
    if (!text?.endsWith("\n")) return;
    // Files' times are coarser than the clock.
    const at = Math.max(Math.floor(statSync(path).mtimeMs), container.record.startedAt ?? 0);
    container.exit = { code: Number(text), at };
    container.index.close();
    this.#tell(container);
  }

  #tell(container: Container): void {
    for (const listener of this.#listeners) listener(container);
  }
}

/** The file over the loader's list (see `prepareRoot`) must stay on top of whatever the pod mounts. */
function refuseMountsOver(preload: string, config: ContainerConfig, image: ResolvedImage): void {
  const tree = new LayeredTree(image.directories);
  for (const { containerPath } of config.mounts) {
    const target = tree.canonical(containerPath).join("/");
    if (target === "" || preload === target || preload.startsWith(`${target}/`))
      throw new RuntimeError("CreateContainerError", `mounting a volume over ${containerPath} is not supported`);
  }
}

/** What a tool has said goes to the container's output; its first line tells why a step failed. */
const explain = (failure: string, log: string): string => {
  const said = failure.startsWith("exec:") ? undefined : readText(log)?.split("\n")[0];
  return said ? `${failure}: ${said}` : failure;
};

const stopSignal = (name: string): NodeJS.Signals => {
  const full = /^\d+$/.test(name)
    ? Object.entries(constants.signals).find(([, n]) => n === Number(name))?.[0]
    : name.toUpperCase().replace(/^(SIG)?/, "SIG");
  return full !== undefined && full in constants.signals ? (full as NodeJS.Signals) : "SIGTERM";
};

const statusOf =
  (layout: Layout) =>
  ({ record, exit }: Container): ContainerStatus => {
    const { failure, boot: _, ...status } = record;
    if (!exit) return { ...status, state: record.startedAt === undefined ? "created" : "running" };
    const message = failure ?? terminationMessage(layout.container(record.id, "termination"));
    const reason = failure !== undefined ? "ContainerCannotRun" : exit.code === 0 ? "Completed" : "Error";
    return {
      ...status,
      state: "exited",
      exitCode: exit.code,
      finishedAt: exit.at,
      reason,
      ...(message ? { message } : {}),
    };
  };

/** At most upstream's 4096 bytes. */
function terminationMessage(path: string): string {
  const fd = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(4096);
    return buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(fd);
  }
}
