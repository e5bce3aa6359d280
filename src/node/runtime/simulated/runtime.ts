/**
 * A runtime without processes: sandboxes and containers are records, and what images do is described as data. It holds
 * thousands of pods, needs no permission, and runs on any clock.
 */
import type { Cancel, Clock, Random } from "../../../base/clock.ts";
import {
  type ContainerConfig,
  type ContainerStatus,
  type LogOptions,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
  type SandboxConfig,
  type SandboxStatus,
} from "../runtime.ts";
import { type AddressPool, type AddressPoolState, createAddressPool } from "./addresses.ts";
import { answersProbes, behaviourOf, type SimulatedImage } from "./behaviour.ts";
import { createSimulatedImages, type SimulatedImagesState } from "./images.ts";
import { type LogLine, readLog } from "./log.ts";

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  readonly images?: readonly SimulatedImage[];
  /** Where pods get their addresses from. Default `10.244.0.0/16`. */
  readonly podCIDR?: string;
  /** How long making a sandbox takes, in milliseconds. Default 0. */
  readonly sandboxDelay?: number;
  /** Makes ids that no other simulated node has. Absent: they are counted from 1. */
  readonly random?: Random;
}

/** The simulated runtime, and what a test may do to it. */
export interface SimulatedRuntime extends Runtime {
  /** Ends the running container of that name as if its process had exited. */
  crash(podUid: string, container: string, exitCode: number): void;
  /** Ends a pod's sandbox behind the agent's back. */
  killSandbox(podUid: string): void;
  /** Ends all there is at once and tells nobody, as when the machine loses its power. Images stay. */
  powerCut(): void;
  /** All that another runtime needs to go on from here. Starts and stops in progress are not part of it. */
  state(): SimulatedState;
}

/** A simulated runtime's memory, as data that is never changed. */
export interface SimulatedState {
  readonly idPrefix: string;
  readonly lastId: number;
  readonly pool: AddressPoolState;
  readonly images: SimulatedImagesState;
  readonly sandboxes: readonly SandboxStatus[];
  readonly containers: readonly { readonly status: ContainerStatus; readonly lines: readonly LogLine[] }[];
}

interface Sandbox {
  status: SandboxStatus;
  readonly containers: Set<Container>;
}

interface Container {
  status: ContainerStatus;
  readonly sandbox: Sandbox;
  readonly behaviour: SimulatedImage;
  readonly lines: LogLine[];
  readonly ended: (() => void)[];
  timer?: Cancel;
}

const sigkill = 9;

/** @param from where it goes on from; absent: an empty node */
export function createSimulatedRuntime(options: SimulatedRuntimeOptions, from?: SimulatedState): SimulatedRuntime {
  const { clock, images: behaviours = [], sandboxDelay = 0, random } = options;
  const pool: AddressPool = createAddressPool(options.podCIDR ?? "10.244.0.0/16", from?.pool);
  const images = createSimulatedImages(clock, behaviours, from?.images);
  const sandboxes = new Map<string, Sandbox>();
  const containers = new Map<string, Container>();
  const byPod = new Map<string, Set<Sandbox>>();
  const listeners = new Set<(event: RuntimeEvent) => void>();
  const idPrefix = from?.idPrefix ?? (random ? Buffer.from(random.bytes(8)).toString("hex") : "");
  let lastId = from?.lastId ?? 0;
  const newId = () => `${idPrefix}${(++lastId).toString(16).padStart(12, "0")}`;

  const tell = (sandbox: Sandbox) => {
    const event = { sandboxId: sandbox.status.id, podUid: sandbox.status.config.uid };
    for (const listener of listeners) listener(event);
  };
  const containerOf = (id: string): Container => {
    const container = containers.get(id);
    if (!container) throw new RuntimeError("NotFound", `container "${id}" not found`);
    return container;
  };
  const end = (container: Container, exitCode: number, signal?: number) => {
    if (container.status.state === "exited") return;
    container.timer?.();
    container.status = {
      ...container.status,
      state: "exited",
      startedAt: container.status.startedAt ?? clock.now(),
      finishedAt: clock.now(),
      exitCode,
      ...(signal ? { signal } : {}),
      reason: exitCode === 0 ? "Completed" : "Error",
    };
    for (const resume of container.ended.splice(0)) resume();
    tell(container.sandbox);
  };
  const stopSandbox = (sandbox: Sandbox) => {
    for (const container of sandbox.containers) end(container, 128 + sigkill, sigkill);
    if (sandbox.status.state === "notready") return;
    for (const ip of sandbox.status.ips) pool.give(ip);
    sandbox.status = { ...sandbox.status, state: "notready", ips: [] };
    tell(sandbox);
  };
  const addSandbox = (status: SandboxStatus): void => {
    const sandbox: Sandbox = { status, containers: new Set() };
    sandboxes.set(status.id, sandbox);
    const siblings = byPod.get(status.config.uid);
    if (siblings) siblings.add(sandbox);
    else byPod.set(status.config.uid, new Set([sandbox]));
  };
  const addContainer = (sandbox: Sandbox, status: ContainerStatus, lines: readonly LogLine[] = []): Container => {
    const behaviour = behaviourOf(behaviours, images.nameOf(status.config.image));
    const container: Container = { status, sandbox, behaviour, lines: [...lines], ended: [] };
    containers.set(status.id, container);
    sandbox.containers.add(container);
    return container;
  };
  /** A container that runs may be one that ends by itself. */
  const watchOver = (container: Container): void => {
    const { crashAfter, exitCode = 1, crashes = Number.POSITIVE_INFINITY } = container.behaviour;
    const { startedAt, config } = container.status;
    if (crashAfter === undefined || startedAt === undefined || config.attempt >= crashes) return;
    container.timer = clock.after(startedAt + crashAfter - clock.now(), () => end(container, exitCode));
  };
  for (const status of from?.sandboxes ?? []) addSandbox(status);
  for (const { status, lines } of from?.containers ?? []) {
    const sandbox = sandboxes.get(status.sandboxId);
    if (!sandbox) continue;
    const container = addContainer(sandbox, status, lines);
    if (status.state === "running") watchOver(container);
  }
  const own = (podUid: string | undefined): Iterable<Sandbox> =>
    podUid === undefined ? sandboxes.values() : (byPod.get(podUid) ?? []);

  return {
    version: async () => "simulated://0.1.0",
    limits: async () => ["Pods are simulated: no process runs, and no traffic reaches them."],

    async runSandbox(config: SandboxConfig) {
      if (sandboxDelay > 0) await clock.sleep(sandboxDelay);
      const id = newId();
      const ips = config.hostNetwork ? [] : [pool.take()];
      addSandbox({ id, config, state: "ready", createdAt: clock.now(), ips });
      return id;
    },
    async stopSandbox(id) {
      const sandbox = sandboxes.get(id);
      if (sandbox) stopSandbox(sandbox);
    },
    async removeSandbox(id) {
      const sandbox = sandboxes.get(id);
      if (!sandbox) return;
      stopSandbox(sandbox);
      for (const container of sandbox.containers) containers.delete(container.status.id);
      sandboxes.delete(id);
      const siblings = byPod.get(sandbox.status.config.uid);
      siblings?.delete(sandbox);
      if (siblings?.size === 0) byPod.delete(sandbox.status.config.uid);
    },
    sandboxes: async (podUid) => [...own(podUid)].map((s) => s.status),

    async createContainer(sandboxId: string, config: ContainerConfig) {
      const sandbox = sandboxes.get(sandboxId);
      if (sandbox?.status.state !== "ready")
        throw new RuntimeError("CreateContainerError", `sandbox "${sandboxId}" is not running`);
      const image = await images.find(config.image);
      if (!image) throw new RuntimeError("CreateContainerError", `image "${config.image}" not found`);
      const id = newId();
      addContainer(sandbox, {
        id,
        sandboxId,
        config,
        state: "created",
        createdAt: clock.now(),
        imageRef: image.digests[0] ?? image.id,
      });
      return id;
    },
    async startContainer(id) {
      const container = containerOf(id);
      const { startDelay = 0, output = [] } = container.behaviour;
      if (startDelay > 0) await clock.sleep(startDelay);
      if (container.status.state !== "created") return;
      const now = clock.now();
      container.status = { ...container.status, state: "running", startedAt: now };
      for (const text of output) container.lines.push({ at: now, text });
      watchOver(container);
    },
    async stopContainer(id, graceSeconds) {
      const container = containers.get(id);
      if (!container || container.status.state === "exited") return;
      const { stopDelay = 0 } = container.behaviour;
      if (graceSeconds === 0) return end(container, 128 + sigkill, sigkill);
      const grace = graceSeconds * 1000;
      if (stopDelay === 0) return end(container, 0);
      const done = new Promise<void>((resolve) => container.ended.push(resolve));
      const kill = stopDelay > grace;
      clock.after(Math.min(stopDelay, grace), () =>
        end(container, kill ? 128 + sigkill : 0, kill ? sigkill : undefined),
      );
      await done;
    },
    async removeContainer(id) {
      const container = containers.get(id);
      if (!container) return;
      end(container, 128 + sigkill, sigkill);
      container.sandbox.containers.delete(container);
      containers.delete(id);
    },
    containers: async (podUid) =>
      podUid === undefined
        ? [...containers.values()].map((c) => c.status)
        : [...own(podUid)].flatMap((s) => [...s.containers].map((c) => c.status)),

    async exec(id) {
      if (containerOf(id).status.state !== "running")
        throw new RuntimeError("NotRunning", `container "${id}" is not running`);
      return { exitCode: 0, stdout: new Uint8Array(), stderr: new Uint8Array() };
    },
    async probe(id) {
      const { status, behaviour } = containerOf(id);
      const age = clock.now() - (status.startedAt ?? clock.now());
      const ok = status.state === "running" && answersProbes(behaviour, age);
      return { ok, output: ok ? "" : "the simulated container does not answer yet" };
    },
    logs: (id, logOptions: LogOptions) => {
      const container = containerOf(id);
      const changed = () => new Promise<void>((resolve) => container.ended.push(resolve));
      return readLog(container.lines, () => container.status.state === "exited", changed, logOptions);
    },
    async connect(_sandboxId, port) {
      throw new RuntimeError(
        "Unsupported",
        `nothing listens at port ${port}: the containers of a simulated node do not run`,
      );
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    images,
    async close() {
      for (const container of containers.values()) container.timer?.();
      listeners.clear();
    },

    crash(podUid, name, exitCode) {
      for (const sandbox of own(podUid))
        for (const c of sandbox.containers)
          if (c.status.config.name === name && c.status.state === "running") end(c, exitCode);
    },
    killSandbox(podUid) {
      for (const sandbox of own(podUid)) stopSandbox(sandbox);
    },
    powerCut() {
      listeners.clear();
      for (const sandbox of sandboxes.values()) stopSandbox(sandbox);
    },
    state: () => ({
      idPrefix,
      lastId,
      pool: pool.state(),
      images: images.state(),
      sandboxes: [...sandboxes.values()].map(({ status }) => status),
      containers: [...containers.values()].map(({ status, lines }) => ({ status, lines: [...lines] })),
    }),
  };
}
