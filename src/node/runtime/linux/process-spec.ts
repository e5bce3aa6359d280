import type { ResolvedImage } from "../../images/config.ts";
import { LayeredTree } from "../../images/tree.ts";
import { type ImageUser, lookupUser } from "../../images/users.ts";
import type { ContainerIds } from "../../machine/container-ids.ts";
import { type ContainerConfig, RuntimeError } from "../runtime.ts";
import { boundingSet } from "./capabilities.ts";
import { enter, toolsInside } from "./scripts.ts";
import { toolCommand } from "./toolbox.ts";

/** What a container's configuration and its image together say to run. */
export interface ProcessSpec {
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly path: string;
  readonly workingDir: string;
  readonly user: ImageUser;
  readonly stopSignal: string;
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @throws RuntimeError `CreateContainerError` for an unknown user or when there is nothing to run */
export function processSpec(config: ContainerConfig, image: ResolvedImage, hostname: string): ProcessSpec {
  const base = image.config.config;
  const overridden = config.command.length > 0;
  const entrypoint = overridden ? config.command : (base.Entrypoint ?? []);
  const args = config.args.length > 0 ? config.args : overridden ? [] : (base.Cmd ?? []);
  const argv = [...entrypoint, ...args];
  if (argv.length === 0) throw new RuntimeError("CreateContainerError", "no command specified");
  const user = userOf(config, image);
  const env = new Map<string, string>([
    ["PATH", defaultPath],
    ["HOSTNAME", hostname],
    ["HOME", user.home],
  ]);
  for (const pair of base.Env ?? []) {
    const equals = pair.indexOf("=");
    env.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  for (const { name, value } of config.env) env.set(name, value);
  return {
    argv,
    env: [...env].map(([name, value]) => `${name}=${value}`),
    path: env.get("PATH") as string,
    workingDir: config.workingDir || base.WorkingDir || "/",
    user,
    stopSignal: base.StopSignal || "SIGTERM",
  };
}

function userOf(config: ContainerConfig, image: ResolvedImage): ImageUser {
  const { runAsUser, runAsGroup } = config.security;
  const spec = runAsUser === undefined ? (image.config.config.User ?? "") : String(runAsUser);
  try {
    const user = lookupUser(new LayeredTree(image.directories), spec);
    return runAsGroup === undefined ? user : { ...user, gid: runAsGroup };
  } catch (error) {
    throw new RuntimeError("CreateContainerError", (error as Error).message);
  }
}

/**
 * The command that, inside a container's mounts, becomes `argv` as its user: enters the containers' user namespace
 * (with a single ID and another user than root, one of its own), gives capabilities up, and sets the environment.
 */
export function becomeUser(
  spec: ProcessSpec,
  config: ContainerConfig,
  ids: ContainerIds,
  argv: readonly string[],
): string[] {
  const { uid, gid, groups } = spec.user;
  const tool = (name: Parameters<typeof toolCommand>[1]) => toolCommand(toolsInside, name);
  const environment = [...tool("env"), "-i", ...spec.env, ...argv];
  const noNewPrivileges = config.security.privileged ? [] : ["--no-new-privs"];
  if (ids.kind === "single" && (uid !== 0 || gid !== 0)) {
    const map = ["--user", `--map-user=${uid}`, `--map-group=${gid}`];
    return [...tool("unshare"), ...map, ...tool("setpriv"), "--inh-caps=-all", ...noNewPrivileges, ...environment];
  }
  const bounding = `--bounding-set=${boundingSet(config.security)}`;
  const enterUser = [...tool("nsenter"), `--user=${toolsInside}/user`];
  const drop = [...tool("setpriv"), ...noNewPrivileges, "--inh-caps=-all", bounding];
  if (ids.kind === "single") return [...enterUser, "--preserve-credentials", ...drop, ...environment];
  const group = groups.length > 0 ? `--groups=${[...groups].join(",")}` : "--clear-groups";
  return [...enterUser, ...drop, `--reuid=${uid}`, `--regid=${gid}`, group, ...environment];
}

/** The command that runs `argv` in a container that is already there: from the node, given its first process. */
export function execCommand(
  pid: number,
  spec: ProcessSpec,
  config: ContainerConfig,
  ids: ContainerIds,
  argv: readonly string[],
): string[] {
  const inside = ["--target", String(pid), "--mount", "--pid", "--net", "--uts", "--ipc"];
  const shell = [...toolCommand(toolsInside, "sh"), "-c", enter, "sh", spec.workingDir];
  return ["nsenter", ...inside, ...shell, ...becomeUser(spec, config, ids, argv)];
}
