import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Clock, Random } from "../../../base/clock.ts";
import type { Logger } from "../../../base/logger.ts";
import type { BuildRunner } from "../../images/build.ts";
import type { ResolvedImage } from "../../images/config.ts";
import { containerIds } from "../../machine/container-ids.ts";
import { run } from "../../machine/process.ts";
import { type ImageService, type Runtime, RuntimeError } from "../runtime.ts";
import { createBuildRunner } from "./build-runner.ts";
import { Containers } from "./containers.ts";
import { execAndWait } from "./exec.ts";
import { Layout } from "./layout.ts";
import { describeLimits } from "./limits.ts";
import { readLogs } from "./logs.ts";
import { execCommand } from "./process-spec.ts";
import { Sandboxes } from "./sandboxes.ts";
import { ensureToolbox, missingTools } from "./toolbox.ts";
import { ensureUserNamespace } from "./user-namespace.ts";

/** What the runtime needs of an image store beyond the contract: `images/` provides it. */
export interface RunnableImages extends ImageService {
  /** The image of a reference or id, ready to run. */
  resolve(reference: string): ResolvedImage | undefined;
  /** Keeps the image from being removed while the container is there. */
  lease(container: string, imageId: string): void;
  releaseLease(container: string): void;
}

export interface LinuxRuntimeOptions {
  /** This node's own directory; absolute. */
  readonly stateDir: string;
  readonly podCIDR: string;
  /** The node's own address, which its connections to pods come from. */
  readonly nodeAddress: string;
  readonly images: RunnableImages;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** False: containers' roots are copies. Default: overlayfs, where the file system of `stateDir` allows it. */
  readonly overlay?: boolean;
}

/** The embedded runtime, which can also run the steps of an image's build. */
export interface LinuxRuntime extends Runtime {
  readonly buildRunner: BuildRunner;
}

/** The embedded runtime. Runs inside a node's namespaces (`machine/`), as their root. */
export async function createLinuxRuntime(options: LinuxRuntimeOptions): Promise<LinuxRuntime> {
  const missing = missingTools();
  if (missing.length > 0) throw new Error(`programs are missing on this machine: ${missing.join(", ")}`);
  const { clock, random, images } = options;
  const layout = new Layout(options.stateDir);
  const ids = containerIds();
  ensureToolbox(layout.toolbox, ids);
  const [{ overlay: canOverlay, sysfs }] = await Promise.all([
    probeMounts(layout.stateDir),
    ensureUserNamespace(layout.toolbox, ids),
  ]);
  const overlay = canOverlay && options.overlay !== false;
  const boot = bootId();
  const sandboxes = new Sandboxes({ ...options, layout, ids, boot });
  const containers = new Containers({ layout, ids, boot, overlay, sysfs, clock, random });

  const build = createBuildRunner({
    stateDir: join(layout.stateDir, "build"),
    layout,
    ids,
    boot,
    overlay,
    sysfs,
    clock,
    random,
  });

  const stopSandbox = async (id: string) => {
    await Promise.all(containers.of(id).map((container) => containers.stop(container, 0)));
    await sandboxes.stop(id);
  };
  const removeContainer = async (id: string) => {
    await containers.remove(id);
    images.releaseLease(id);
  };
  const readySandbox = (id: string) => {
    const sandbox = sandboxes.get(id);
    if (!sandbox) throw new RuntimeError("NotFound", `sandbox "${id}" not found`);
    if (!sandboxes.ready(sandbox)) throw new RuntimeError("CreateContainerError", `sandbox "${id}" is not running`);
    return sandbox;
  };

  return {
    images,
    version: async () => "wherry://0.1.0",
    limits: async () => describeLimits({ ids, overlay, sysfs }),
    runSandbox: (config) => sandboxes.run(config),
    stopSandbox,
    async removeSandbox(id) {
      await stopSandbox(id);
      for (const container of containers.of(id)) await removeContainer(container.record.id);
      await sandboxes.remove(id);
    },
    sandboxes: async () => sandboxes.list(),
    async createContainer(sandboxId, config) {
      const sandbox = readySandbox(sandboxId);
      if (config.tty) throw new RuntimeError("CreateContainerError", "tty: true is not supported by the linux runtime");
      const image = images.resolve(config.image);
      if (!image) throw new RuntimeError("CreateContainerError", `image "${config.image}" is not present`);
      const id = containers.create(sandbox, config, image);
      images.lease(id, image.id);
      return id;
    },
    async startContainer(id) {
      const container = containers.need(id);
      if (container.record.startedAt !== undefined)
        throw new RuntimeError("RunContainerError", `container "${id}" has been started before`);
      await containers.start(container, readySandbox(container.record.sandboxId));
    },
    async stopContainer(id, graceSeconds) {
      const container = containers.get(id);
      if (container) await containers.stop(container, graceSeconds);
    },
    removeContainer,
    containers: async () => containers.list(),
    async exec(id, command, timeoutSeconds) {
      const container = containers.need(id);
      if (!containers.running(container) || !container.process)
        throw new RuntimeError("NotRunning", `container "${id}" is not running`);
      const argv = execCommand(
        container.process.pid,
        container.spec,
        container.record.config,
        ids,
        layout.toolbox,
        command,
      );
      return execAndWait(argv, timeoutSeconds, clock);
    },
    async *logs(id, logOptions) {
      const container = containers.need(id);
      const source = {
        file: layout.container(id, "log"),
        index: container.index,
        running: () => containers.get(id) === container && !container.exit,
        onChange: (listener: () => void) => containers.onChange((changed) => changed === container && listener()),
      };
      yield* readLogs(source, logOptions);
    },
    async connect(sandboxId, port, host) {
      const sandbox = readySandbox(sandboxId);
      return open(host ?? sandbox.address ?? "127.0.0.1", port);
    },
    onEvent: (listener) =>
      containers.onChange(({ record }) => {
        const podUid = sandboxes.get(record.sandboxId)?.config.uid;
        if (podUid !== undefined) listener({ sandboxId: record.sandboxId, podUid });
      }),
    async close() {
      containers.close();
      build.close();
    },
    buildRunner: build.run,
  };
}

/** Names the holder that all processes of the node depend on: this boot of the machine, this PID 1. */
function bootId(): string {
  const stat = readFileSync("/proc/1/stat", "utf8");
  const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${startTime}`;
}

/** What the kernel lets the node mount: tried, in namespaces of a moment. */
async function probeMounts(stateDir: string): Promise<{ overlay: boolean; sysfs: boolean }> {
  const dir = join(stateDir, "probe");
  for (const part of ["lower", "upper", "work", "merged"]) mkdirSync(join(dir, part), { recursive: true });
  const script = `cd "$1"
mount -t overlay overlay -o userxattr,lowerdir=lower,upperdir=upper,workdir=work merged && echo overlay
mount -t sysfs -o ro sysfs merged && echo sysfs
:`;
  try {
    const works = await run("unshare", ["--mount", "--net", "sh", "-c", script, "sh", dir]);
    return { overlay: works.includes("overlay"), sysfs: works.includes("sysfs") };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const open = (host: string, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
