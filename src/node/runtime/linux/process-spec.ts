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

const tool = (name: Parameters<typeof toolCommand>[1]) => toolCommand(toolsInside, name);

/** Does this container run in a user namespace of its own, in the containers', to be another user than root there? */
const hasOwnUser = (spec: ProcessSpec, ids: ContainerIds) =>
  ids.kind === "single" && (spec.user.uid !== 0 || spec.user.gid !== 0);

/** Arguments of nsenter that enter the containers' user namespace, of which `handle` is a mount. */
const containersNamespace = (handle: string, ids: ContainerIds): string[] => [
  `--user=${handle}`,
  ...(ids.kind === "single" ? ["--preserve-credentials"] : []),
];

/** The command that, as root of the containers' user namespace, becomes `argv` as the container's user. */
function dropPrivileges(
  spec: ProcessSpec,
  config: ContainerConfig,
  ids: ContainerIds,
  argv: readonly string[],
): string[] {
  const { uid, gid, groups } = spec.user;
  const environment = [...tool("env"), "-i", ...spec.env, ...argv];
  const noNewPrivileges = config.security.privileged ? [] : ["--no-new-privs"];
  const drop = [...tool("setpriv"), ...noNewPrivileges, "--inh-caps=-all"];
  if (hasOwnUser(spec, ids))
    return [...tool("unshare"), "--user", `--map-user=${uid}`, `--map-group=${gid}`, ...drop, ...environment];
  const bounding = `--bounding-set=${boundingSet(config.security)}`;
  if (ids.kind === "single") return [...drop, bounding, ...environment];
  const group = groups.length > 0 ? `--groups=${groups.join(",")}` : "--clear-groups";
  return [...drop, bounding, `--reuid=${uid}`, `--regid=${gid}`, group, ...environment];
}

/** The command that, inside a container's mounts and as the node's root, becomes the container's program. */
export const becomeUser = (spec: ProcessSpec, config: ContainerConfig, ids: ContainerIds): string[] => [
  ...tool("nsenter"),
  ...containersNamespace(`${toolsInside}/user`, ids),
  ...dropPrivileges(spec, config, ids, spec.argv),
];

/**
 * The command that runs `argv` in a container that is already there: from the node, given its first process. Nothing
 * is run inside with more than the rights of the container's root: the container has its files in hand by now, also
 * what a program's loader reads.
 * @param toolbox on the node
 */
export function execCommand(
  pid: number,
  spec: ProcessSpec,
  config: ContainerConfig,
  ids: ContainerIds,
  toolbox: string,
  argv: readonly string[],
): string[] {
  const inside = ["--target", String(pid), "--mount", "--pid", "--net", "--uts", "--ipc"];
  const shell = [...tool("sh"), "-c", enter, "sh", spec.workingDir];
  const user = containersNamespace(`${toolbox}/user`, ids);
  return ["nsenter", ...inside, ...user, ...shell, ...dropPrivileges(spec, config, ids, argv)];
}
