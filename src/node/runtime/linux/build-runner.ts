import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildRunner } from "../../images/build.ts";
import { LayeredTree } from "../../images/tree.ts";
import type { ContainerConfig, SandboxConfig } from "../runtime.ts";
import { Containers, type ContainersOptions } from "./containers.ts";
import { Layout, type SandboxRecord } from "./layout.ts";
import { readLogs } from "./logs.ts";
import { hostsFile, resolvConf } from "./network.ts";
import { oldRoot } from "./scripts.ts";

const sandboxConfig: SandboxConfig = {
  namespace: "",
  name: "build",
  uid: "",
  attempt: 0,
  hostname: "build",
  labels: {},
  annotations: {},
  dns: { servers: [], searches: [], options: [] },
  hostAliases: [],
  hostNetwork: false,
};

/** Runs builds' commands in containers like any other, with no network, apart from those of pods. */
export function createBuildRunner(options: ContainersOptions & { readonly stateDir: string }): {
  readonly run: BuildRunner;
  close(): void;
} {
  const layout = new Layout(options.stateDir, options.layout.toolbox);
  const containers = new Containers({ ...options, layout });
  // Left by an agent that ended during a build.
  for (const { id } of containers.list()) containers.remove(id).catch(() => {});
  const results = join(options.stateDir, "results");
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const sandbox: SandboxRecord = {
    ...{ id: "build", config: sandboxConfig, createdAt: 0, stopped: false },
    ...{ boot: options.boot, isolated: true },
  };
  mkdirSync(layout.sandbox("build"), { recursive: true });
  writeFileSync(layout.sandbox("build", "hosts"), hostsFile("build", undefined, []));
  writeFileSync(layout.sandbox("build", "resolv.conf"), resolvConf(sandboxConfig.dns));
  writeFileSync(layout.sandbox("build", "hostname"), "build\n");

  const run: BuildRunner = async ({ record, directories, argv, env, onOutput }) => {
    const image = { ...record, directories, tags: [], digests: [] };
    const id = containers.create(sandbox, containerConfig(argv, env), image);
    try {
      const container = containers.need(id);
      await containers.start(container, sandbox);
      const source = {
        file: layout.container(id, "log"),
        index: container.index,
        running: () => !container.exit,
        onChange: (listener: () => void) => containers.onChange((changed) => changed === container && listener()),
      };
      const decoder = new TextDecoder();
      for await (const chunk of readLogs(source, { follow: true })) onOutput(decoder.decode(chunk, { stream: true }));
      await containers.exited(container);
      const root = join(results, id);
      renameSync(layout.container(id, options.overlay ? "upper" : "root"), root);
      removeTraces(root, directories);
      return { exitCode: container.exit?.code ?? 137, root, whole: !options.overlay };
    } finally {
      await containers.remove(id);
    }
  };
  return { run, close: () => containers.close() };
}

/** What the runtime puts into a root to mount on does not belong to the image. */
function removeTraces(root: string, below: readonly string[]): void {
  const image = new LayeredTree(below);
  rmSync(join(root, oldRoot), { recursive: true, force: true });
  rmSync(join(root, "sys"), { recursive: true, force: true });
  for (const name of ["dev", "proc"])
    if (image.entry([name])) rmSync(join(root, name), { recursive: true, force: true });
  for (const name of ["hosts", "resolv.conf", "hostname", "ld.so.preload"]) {
    const path = join(root, "etc", name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() && stats.size === 0) rmSync(path);
  }
}

const containerConfig = (argv: readonly string[], env: readonly string[]): ContainerConfig => ({
  name: "build",
  attempt: 0,
  image: "",
  command: argv,
  args: [],
  workingDir: "",
  env: env.map((pair) => ({ name: pair.slice(0, pair.indexOf("=")), value: pair.slice(pair.indexOf("=") + 1) })),
  mounts: [],
  labels: {},
  annotations: {},
  security: {},
  resources: {},
  terminationMessagePath: "/dev/termination-log",
  stdin: false,
  tty: false,
});
