import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Clock, Random } from "../../../base/clock.ts";
import type { ContainerIds } from "../../machine/container-ids.ts";
import { run } from "../../machine/process.ts";
import { RuntimeError, type SandboxConfig, type SandboxStatus } from "../runtime.ts";
import { nextAddress } from "./ipam.ts";
import { type Layout, readJson, type SandboxRecord, writeJson } from "./layout.ts";
import { hostsFile, linkName, nodeBatch, podBatch, resolvConf } from "./network.ts";
import { network } from "./scripts.ts";

export interface SandboxOptions {
  readonly layout: Layout;
  readonly podCIDR: string;
  readonly nodeAddress: string;
  readonly ids: ContainerIds;
  readonly boot: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** The sandboxes of a node: namespaces kept as mounts in the node's own mount namespace, so that none takes a process. */
export class Sandboxes {
  readonly #options: SandboxOptions;
  readonly #records = new Map<string, SandboxRecord>();
  #lastAddress: string | undefined;
  /** Addresses of sandboxes that are being made. */
  readonly #reserved = new Set<string>();

  constructor(options: SandboxOptions) {
    this.#options = options;
    const { layout } = options;
    for (const id of readdirSync(layout.sandbox(""))) {
      const record = readJson<SandboxRecord>(layout.sandbox(id, "sandbox.json"));
      if (record) this.#records.set(id, record);
      // Half made when the agent ended.
      else this.#discard(id).catch(() => {});
    }
    const latest = [...this.#records.values()].sort((a, b) => a.createdAt - b.createdAt).at(-1);
    this.#lastAddress = latest?.address;
  }

  get(id: string): SandboxRecord | undefined {
    return this.#records.get(id);
  }

  ready(record: SandboxRecord): boolean {
    return !record.stopped && record.boot === this.#options.boot;
  }

  list(): SandboxStatus[] {
    return [...this.#records.values()].map((record) => ({
      id: record.id,
      config: record.config,
      createdAt: record.createdAt,
      state: this.ready(record) ? "ready" : "notready",
      ips: this.ready(record) && record.address ? [record.address] : [],
    }));
  }

  async run(config: SandboxConfig): Promise<string> {
    const { layout, random, clock, boot } = this.#options;
    const id = Buffer.from(random.bytes(32)).toString("hex");
    const address = config.hostNetwork ? undefined : this.#allocate();
    try {
      mkdirSync(layout.sandbox(id));
      writeFileSync(layout.sandbox(id, "hosts"), hostsFile(config.hostname, address, config.hostAliases));
      writeFileSync(layout.sandbox(id, "resolv.conf"), resolvConf(config.dns));
      writeFileSync(layout.sandbox(id, "hostname"), `${config.hostname}\n`);
      await this.#makeNamespaces(id, address);
      const record: SandboxRecord = {
        id,
        config,
        createdAt: clock.now(),
        stopped: false,
        boot,
        ...(address === undefined ? {} : { address }),
      };
      writeJson(layout.sandbox(id, "sandbox.json"), record);
      this.#records.set(id, record);
      return id;
    } catch (error) {
      await this.#discard(id);
      throw new RuntimeError("CreatePodSandboxError", `failed to create pod sandbox: ${(error as Error).message}`);
    } finally {
      if (address !== undefined) this.#reserved.delete(address);
    }
  }

  #allocate(): string {
    const used = new Set(this.#reserved);
    for (const record of this.#records.values()) if (record.address && this.ready(record)) used.add(record.address);
    const address = nextAddress(this.#options.podCIDR, used, this.#lastAddress);
    if (address === undefined)
      throw new RuntimeError(
        "CreatePodSandboxError",
        `failed to create pod sandbox: no IP addresses available in range set: ${this.#options.podCIDR}`,
      );
    this.#lastAddress = address;
    this.#reserved.add(address);
    return address;
  }

  async #makeNamespaces(id: string, address: string | undefined): Promise<void> {
    const { layout, ids, nodeAddress } = this.#options;
    const [net, ipc] = [layout.sandbox(id, "net"), layout.sandbox(id, "ipc")];
    writeFileSync(ipc, "");
    if (address === undefined) {
      await run("unshare", [`--ipc=${ipc}`, "true"]);
      return;
    }
    writeFileSync(net, "");
    const groups = ids.kind === "range" ? `${ids.onNode(0)} ${ids.onNode(65_534)}` : "0 0";
    await run("unshare", [
      `--net=${net}`,
      `--ipc=${ipc}`,
      "sh",
      "-c",
      network,
      "sh",
      podBatch(linkName(id), address),
      groups,
    ]);
    await run("ip", ["-batch", "-"], nodeBatch(linkName(id), address, nodeAddress));
  }

  /** Gives namespaces and address back; nothing runs in them any more. */
  async stop(id: string): Promise<void> {
    const record = this.#records.get(id);
    if (!record || record.stopped) return;
    await this.#unmount(id);
    const { address: _, ...rest } = record;
    const stopped = { ...rest, stopped: true };
    writeJson(this.#options.layout.sandbox(id, "sandbox.json"), stopped);
    this.#records.set(id, stopped);
  }

  async remove(id: string): Promise<void> {
    await this.#discard(id);
    this.#records.delete(id);
  }

  async #unmount(id: string): Promise<void> {
    const { layout } = this.#options;
    const device = statSync(layout.stateDir).dev;
    const mounted = ["net", "ipc"]
      .map((name) => layout.sandbox(id, name))
      .filter((path) => (statSync(path, { throwIfNoEntry: false })?.dev ?? device) !== device);
    if (mounted.length === 0) return;
    // The kernel takes a namespace apart in its own time; the address must be free now. There is no link on the node's network.
    await run("ip", ["link", "del", linkName(id)]).catch(() => {});
    await run("umount", mounted);
  }

  async #discard(id: string): Promise<void> {
    await this.#unmount(id);
    rmSync(this.#options.layout.sandbox(id), { recursive: true, force: true });
  }
}
