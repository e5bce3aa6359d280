/**
 * A cluster of a test's own: started by the built command line as a user would, in a home and with a kubeconfig of its
 * own, and watched so that nothing of it is left when it is down.
 */
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { type HelmVersion, helm, type KubectlVersion, kubectl } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { hostNetwork } from "./host-network.ts";
import { type CallOptions, type Result, run } from "./run.ts";
import { leftoversOf, nothingLeft, processesWith, tracesOf } from "./traces.ts";

export const repository = fileURLToPath(new URL("../..", import.meta.url));
export const wherryProgram = join(repository, "dist/cli/main.cjs");

export interface TestHome {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs `wherry …`; never throws. */
  wherry(args: readonly string[], options?: CallOptions): Promise<Result>;
  /** Runs a real kubectl; never throws. */
  kubectl(version: KubectlVersion, args: readonly string[], options?: CallOptions): Promise<Result>;
  helm(version: HelmVersion, args: readonly string[], options?: CallOptions): Promise<Result>;
  /** Ends what was started with it and still runs, and removes it. */
  remove(): void;
}

export interface TestCluster extends TestHome {
  readonly name: string;
  /** Standard output of kubectl 1.34. @throws Error when it fails */
  ask(...args: string[]): Promise<string>;
  /** What kubectl 1.34 says is one object. @throws Error when it fails */
  // biome-ignore lint/suspicious/noExplicitAny: objects of all kinds, read by tests
  object(...args: string[]): Promise<any>;
  /** Applies objects given as YAML. @throws Error when kubectl fails */
  apply(yaml: string): Promise<string>;
  buildFirstApp(...versions: number[]): Promise<void>;
  /** `wherry down`, then asserts that nothing is left, and removes the home. */
  stop(): Promise<void>;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * A home for clusters, short enough for the sockets in it. With `user`, everything runs as that user.
 * @param program the command line, where that user can read it
 */
export function testHome(user?: User, program = wherryProgram): TestHome {
  if (!existsSync(wherryProgram)) throw new Error(`${wherryProgram} is not there: run npm run build`);
  const dir = mkdtempSync("/tmp/wh-");
  chmodSync(dir, 0o700);
  if (user) chownSync(dir, user.uid, user.gid);
  const env = {
    // What Debian gives an ordinary user has no /usr/sbin in it.
    PATH: user ? "/usr/local/bin:/usr/bin:/bin" : process.env.PATH,
    HOME: dir,
    WHERRY_HOME: dir,
    KUBECONFIG: join(dir, "kubeconfig"),
    WHERRY_TEST_RUN: process.env.WHERRY_TEST_RUN,
    // No look for plugins or updates anywhere else.
    HELM_CACHE_HOME: join(dir, "helm"),
    HELM_CONFIG_HOME: join(dir, "helm"),
    HELM_DATA_HOME: join(dir, "helm"),
  };
  const removed = new AbortController();
  const as = (program: string, args: readonly string[], options: CallOptions = {}) => {
    const settings = { cwd: dir, signal: removed.signal, ...options, env: { ...env, ...options.env } };
    if (!user) return run(program, args, settings);
    const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
    return run("setpriv", [...identity, program, ...args], settings);
  };
  return {
    dir,
    env,
    wherry: (args, options) => as(process.execPath, [program, ...args], options),
    kubectl: (version, args, options) => as(kubectl(version), args, options),
    helm: (version, args, options) => as(helm(version), args, options),
    remove() {
      // A test that is given up leaves what it waits for: a kubectl that asks for ever after a cluster that is gone.
      removed.abort();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** @throws Error with everything the program said, unless it ended well */
export const succeeded = (result: Result, what: string): string => {
  if (result.code !== 0) throw new Error(`${what} ended with exit code ${result.code}\n${result.out}${result.err}`);
  return result.out;
};

export interface TestClusterOptions {
  readonly name?: string;
  readonly nodes?: number;
  readonly runtime?: "linux" | "simulated";
  /** YAML: how images behave on simulated nodes. */
  readonly simulatedImages?: string;
  /** Shared with another cluster; it is then not removed by `stop`. */
  readonly home?: TestHome;
}

/** Starts a cluster, on real containers unless said otherwise. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { name = "wherry", nodes = 1, runtime = "linux" } = options;
  const home = options.home ?? testHome();
  const before = await hostNetwork();
  const args = ["up", "--name", name, "--nodes", String(nodes), "--runtime", runtime, "--port", "0"];
  if (options.simulatedImages !== undefined) {
    const file = join(home.dir, "images.yaml");
    writeFileSync(file, options.simulatedImages);
    args.push("--simulated-images", file);
  }
  try {
    // Sooner than the bound of a hook: what did start can still be ended.
    succeeded(await home.wherry(args, { timeout: 240_000 }), "wherry up");
  } catch (error) {
    await home.wherry(["down", "--name", name]);
    if (!options.home) home.remove();
    throw error;
  }
  const cluster: TestCluster = {
    ...home,
    name,
    async ask(...args) {
      const result = await home.kubectl("1.34", args);
      return succeeded(result, `kubectl ${args.join(" ")}`);
    },
    async object(...args) {
      return JSON.parse(await cluster.ask("get", ...args, "-o", "json"));
    },
    async apply(yaml) {
      return succeeded(await home.kubectl("1.34", ["apply", "-f", "-"], { input: yaml }), "kubectl apply");
    },
    async buildFirstApp(...versions) {
      // Where the user of the home can read it.
      const app = join(home.dir, "first-app");
      cpSync(join(repository, "examples/first-app"), app, { recursive: true });
      for (const version of versions) {
        const tag = `axel9309/kub-first-app:${version}`;
        const build = ["image", "build", "--name", name, "-t", tag, "--build-arg", `VERSION=${version}`, app];
        succeeded(await home.wherry(build), `building ${tag}`);
      }
    },
    async stop() {
      const traces = tracesOf(join(home.dir, name));
      try {
        succeeded(await home.wherry(["down", "--name", name]), "wherry down");
        // A process that was killed may need a moment to be gone from /proc.
        await eventually(() => expect(processesWith(traces)).toEqual([]));
        expect(leftoversOf(traces)).toEqual(nothingLeft);
        expect(await hostNetwork()).toEqual(before);
      } finally {
        traces.release();
        if (!options.home) home.remove();
      }
    },
  };
  return cluster;
}
