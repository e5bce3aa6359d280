/**
 * The Runtime contract, shaped like the Container Runtime Interface: sandboxes hold a pod's namespaces and address,
 * containers run in them. `linux/`, `simulated/` (and later `cri/`) implement it and run `runtime.conformance.ts`.
 * Ids are chosen by the runtime, unique for ever. Everything is idempotent: stopping what is stopped, removing what is
 * gone, succeed. State outlives the agent: after an agent restart, lists and statuses tell what is there.
 */
export interface SandboxConfig {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Counts sandboxes of one pod; a new one after the old one died has the next number. */
  readonly attempt: number;
  readonly hostname: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Contents of `/etc/resolv.conf`. */
  readonly dns: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  /** Extra lines of `/etc/hosts`: address and names. */
  readonly hostAliases: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  /** Use the node's own network namespace. */
  readonly hostNetwork: boolean;
}

export interface SandboxStatus {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly state: "ready" | "notready";
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Empty with hostNetwork or once stopped. */
  readonly ips: readonly string[];
}

/** A directory or file of the node, made visible in a container. */
export interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

export interface ContainerConfig {
  readonly name: string;
  /** Counts restarts: 0 for the first. */
  readonly attempt: number;
  /** Image id, as the image service resolved it. */
  readonly image: string;
  /** Overrides the image's entrypoint when not empty. */
  readonly command: readonly string[];
  /** Overrides the image's cmd when not empty (or when `command` is given). */
  readonly args: readonly string[];
  /** Empty: the image's working directory. */
  readonly workingDir: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent fields: the image's user, writable root. */
  readonly security: {
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly readOnlyRootFilesystem?: boolean;
    readonly addCapabilities?: readonly string[];
    readonly dropCapabilities?: readonly string[];
    readonly privileged?: boolean;
  };
  /** Limits for where the kernel delegates cgroups. CPU in millicores, memory in bytes. */
  readonly resources: { readonly cpuMillis?: number; readonly cpuShares?: number; readonly memoryBytes?: number };
  /** Path of the termination message in the container. */
  readonly terminationMessagePath: string;
  /** Keep standard input open. */
  readonly stdin: boolean;
  readonly tty: boolean;
}

export interface ContainerStatus {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly state: "created" | "running" | "exited";
  /** Milliseconds since the epoch; absent while not reached. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** Signal that ended it, if one did; exitCode is then 128 + signal. */
  readonly signal?: number;
  /** `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`. */
  readonly reason?: string;
  /** Detail of the reason, or the termination message the container wrote (at most 4096 bytes). */
  readonly message?: string;
  /** Image reference for status: `name@sha256:…` or the id. */
  readonly imageRef: string;
}

export interface LogOptions {
  readonly follow?: boolean;
  /** Lines from the end. */
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** Milliseconds since the epoch: only lines written at or after. */
  readonly since?: number;
  /** Put an RFC 3339 time with nanoseconds and a blank before each line. */
  readonly timestamps?: boolean;
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Something changed; the agent looks again at the pod's state. Delivery is at least once. */
export interface RuntimeEvent {
  readonly sandboxId: string;
  /** Pod uid of the sandbox. */
  readonly podUid: string;
}

/** A failure with the reason that pod status shows: `CreateContainerError`, `RunContainerError`, … */
export class RuntimeError extends Error {
  override readonly name = "RuntimeError";
  readonly reason: string;
  /** gRPC's name for it, where a runtime behind the Container Runtime Interface has one that the kubelet shows. */
  readonly code?: string;
  constructor(reason: string, message: string, code?: string) {
    super(message);
    this.reason = reason;
    if (code) this.code = code;
  }
}

export interface Runtime {
  /** For `status.nodeInfo.containerRuntimeVersion`: `wherry://0.1.0`. */
  version(): Promise<string>;
  /** What this machine does not allow, in plain sentences; shown by `up`, `doctor` and the node's conditions. */
  limits(): Promise<readonly string[]>;
  runSandbox(config: SandboxConfig): Promise<string>;
  /** Ends all containers at once (SIGKILL) and gives the address back. */
  stopSandbox(id: string): Promise<void>;
  removeSandbox(id: string): Promise<void>;
  /** @param podUid what the caller is after; a runtime may answer with more than that */
  sandboxes(podUid?: string): Promise<readonly SandboxStatus[]>;
  createContainer(sandboxId: string, config: ContainerConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `graceSeconds`. Resolves when it has exited. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  /** @param podUid as for {@link sandboxes} */
  containers(podUid?: string): Promise<readonly ContainerStatus[]>;
  /** Runs a command in the container and waits. @throws RuntimeError after `timeoutSeconds` (0: never) */
  exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
  /** The container's output, also after it has exited. */
  logs(id: string, options: LogOptions): AsyncIterable<Uint8Array>;
  /** Opens a TCP connection to a port of the pod, from inside its network (probes, proxy, port-forward). */
  connect(sandboxId: string, port: number, host?: string): Promise<import("node:net").Socket>;
  /** How a container answers any probe. Only runtimes without processes have this; others are probed for real. */
  probe?(id: string): Promise<{ readonly ok: boolean; readonly output: string }>;
  onEvent(listener: (event: RuntimeEvent) => void): () => void;
  readonly images: ImageService;
  close(): Promise<void>;
}

export interface ImageStatus {
  /** `sha256:…` of the image config. */
  readonly id: string;
  /** References with tag, for example `docker.io/library/nginx:1.27`. */
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** User of the image's config, empty for root. */
  readonly user: string;
}

export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
}

export interface ImageService {
  /** The image of a reference or an id, if it is here. */
  find(reference: string): Promise<ImageStatus | undefined>;
  list(): Promise<readonly ImageStatus[]>;
  /** @throws RuntimeError with the text that `ErrImagePull` shows */
  pull(reference: string, auth?: RegistryAuth): Promise<ImageStatus>;
  remove(reference: string): Promise<void>;
}
