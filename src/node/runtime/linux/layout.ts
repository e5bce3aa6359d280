import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ContainerConfig, SandboxConfig } from "../runtime.ts";

/**
 * Where the runtime keeps what must outlive the agent.
 *
 * ```
 * boot                         names the holder that everything running belongs to
 * toolbox/                     see toolbox.ts
 * exits/<container>            written by the shim: the exit code; its time is when the container finished
 * sandboxes/<id>/              sandbox.json, net and ipc (namespaces), hosts, resolv.conf, hostname
 * containers/<id>/             container.json, log, log.index, pid, shim, upper/, work/, root/, dev/, termination
 * ```
 */
export class Layout {
  readonly stateDir: string;

  readonly toolbox: string;

  constructor(stateDir: string, toolbox?: string) {
    mkdirSync(stateDir, { recursive: true });
    // A link on the way would lead elsewhere once a container's root is the root.
    this.stateDir = realpathSync(stateDir);
    this.toolbox = toolbox ?? join(this.stateDir, "toolbox");
    for (const part of ["exits", "sandboxes", "containers"]) mkdirSync(join(this.stateDir, part), { recursive: true });
  }

  get exits(): string {
    return join(this.stateDir, "exits");
  }
  sandbox(id: string, ...parts: string[]): string {
    return join(this.stateDir, "sandboxes", id, ...parts);
  }
  container(id: string, ...parts: string[]): string {
    return join(this.stateDir, "containers", id, ...parts);
  }
}

export interface SandboxRecord {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly createdAt: number;
  readonly address?: string;
  readonly stopped: boolean;
  /** The holder it was made under; with another one, its namespaces are gone. */
  readonly boot: string;
  /** It has no namespaces of its own: its one container makes them, with no network. */
  readonly isolated?: boolean;
}

export interface ContainerRecord {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly imageRef: string;
  readonly boot: string;
  /** Why it could not be started. */
  readonly failure?: string;
}

export const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

export const readJson = <T>(path: string): T | undefined => {
  const text = readText(path);
  return text === undefined ? undefined : (JSON.parse(text) as T);
};

export function writeJson(path: string, value: unknown): void {
  writeFileSync(`${path}.tmp`, JSON.stringify(value));
  renameSync(`${path}.tmp`, path);
}
