import { closeSync, existsSync, mkdirSync, openSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { LayeredTree } from "../../images/tree.ts";
import type { ContainerIds } from "../../machine/container-ids.ts";
import type { Mount } from "../runtime.ts";
import { oldRoot, toolsInside } from "./scripts.ts";

/** What `mount -a` reads. Blanks and backslashes are written in octal. */
const octal = (text: string) => text.replace(/[\s\\#]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, "0")}`);

export const line = (source: string, target: string, type: string, options: string) =>
  `${octal(source)} ${octal(target)} ${type} ${options} 0 0\n`;

const onNode = (path: string) => `${oldRoot}${path}`;

/**
 * The container's root with `/proc`, `/dev` and the tools for all else, mounted on the node. Layers and the writable directories are named relative to
 * the container's directory (`l0` is the topmost), which keeps the option short whatever the paths are.
 * @param preload the loader's list of libraries to preload, which is hidden: see `prepareRoot`
 * @param layers how many; 0: `root` is a directory of its own, a copy
 */
export function rootTable(dir: string, toolbox: string, layers: number, preload: string): string {
  const lower = Array.from({ length: layers }, (_, i) => `l${i}`).join(":");
  const root =
    layers > 0
      ? line("overlay", `${dir}/root`, "overlay", `userxattr,lowerdir=${lower},upperdir=upper,workdir=work`)
      : line(`${dir}/root`, `${dir}/root`, "none", "rbind");
  return [
    root,
    line("proc", `${dir}/root/proc`, "proc", "nosuid,nodev,noexec"),
    line(`${dir}/dev`, `${dir}/root/dev`, "none", "bind"),
    line(toolbox, `${dir}/root${toolsInside}`, "none", "rbind,ro"),
    line(`${toolbox}/empty`, `${dir}/root/${preload}`, "none", "bind,ro"),
  ].join("");
}

export const devices = ["null", "zero", "full", "random", "urandom", "tty"] as const;

/** Hidden from containers, and read-only to them: the lists of runc's default configuration. */
const maskedPaths = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
];
const readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

export interface MountPlan {
  readonly dir: string;
  /** Directory of the sandbox with `hosts`, `resolv.conf` and `hostname`. */
  readonly sandboxDir: string;
  readonly terminationMessagePath: string;
  readonly mounts: readonly Mount[];
  readonly privileged: boolean;
  /** Whether the kernel lets the node mount sysfs. */
  readonly sysfs: boolean;
  readonly ids: ContainerIds;
}

/** Everything but the root, mounted once inside it. */
export function insideTable(plan: MountPlan): string {
  const bind = (source: string, target: string, options = "bind") => line(onNode(source), target, "none", options);
  const ptsGroup = plan.ids.kind === "range" ? `,gid=${plan.ids.onNode(5)}` : "";
  let table = "";
  for (const device of devices) table += bind(`/dev/${device}`, `/dev/${device}`);
  table += line("devpts", "/dev/pts", "devpts", `nosuid,noexec,newinstance,ptmxmode=0666,mode=0620${ptsGroup}`);
  table += line("shm", "/dev/shm", "tmpfs", "nosuid,nodev,noexec,mode=1777,size=65536k");
  if (plan.sysfs) {
    table += line("sysfs", "/sys", "sysfs", "ro,nosuid,nodev,noexec,X-mount.mkdir");
    if (!plan.privileged && existsSync("/sys/firmware")) table += line("tmpfs", "/sys/firmware", "tmpfs", "ro,size=0k");
  }
  for (const mount of sorted(plan.mounts))
    table += bind(
      realpathSync(mount.hostPath),
      mount.containerPath,
      `rbind${mount.readOnly ? ",ro" : ""},X-mount.mkdir`,
    );
  for (const [file, target] of etcFiles(plan)) table += bind(`${plan.sandboxDir}/${file}`, target);
  table += bind(`${plan.dir}/termination`, plan.terminationMessagePath);
  if (plan.privileged) return table;
  for (const path of maskedPaths) {
    if (!existsSync(path)) continue;
    if (statSync(path).isDirectory()) table += line("tmpfs", path, "tmpfs", "ro,size=0k");
    else table += bind("/dev/null", path);
  }
  for (const path of readOnlyPaths) if (existsSync(path)) table += line(path, path, "none", "bind,ro");
  return table;
}

const etcFiles = (plan: MountPlan): [string, string][] =>
  [
    ["hosts", "/etc/hosts"] as [string, string],
    ["resolv.conf", "/etc/resolv.conf"] as [string, string],
    ["hostname", "/etc/hostname"] as [string, string],
  ].filter(([, target]) => !plan.mounts.some((mount) => mount.containerPath === target));

/** A mount in another's directory goes after it, as containerd orders them. */
const depth = (mount: Mount) => mount.containerPath.split("/").filter(Boolean).length;
const sorted = (mounts: readonly Mount[]) => [...mounts].sort((a, b) => depth(a) - depth(b));

const isDirectory = (mount: Mount) => statSync(mount.hostPath).isDirectory();

/**
 * What must be there before {@link insideTable} is mounted; a directory ends with a slash. `/dev` is prepared by other
 * means, and what lies in a mounted directory by {@link makeNestedPoints}.
 */
export const mountPoints = (plan: MountPlan): string[] =>
  allPoints(plan).filter((path) => !path.startsWith("/dev/") && !within(plan.mounts, path));

const allPoints = (plan: MountPlan): string[] => [
  ...etcFiles(plan).map(([, target]) => target),
  plan.terminationMessagePath,
  ...plan.mounts.map((mount) =>
    isDirectory(mount) ? `${mount.containerPath.replace(/\/+$/, "")}/` : mount.containerPath,
  ),
];

/** The innermost mounted directory that a path lies in. */
const within = (mounts: readonly Mount[], path: string): Mount | undefined =>
  sorted(mounts).findLast((mount) => {
    const base = `${mount.containerPath.replace(/\/+$/, "")}/`;
    return path.startsWith(base) && path !== base && isDirectory(mount);
  });

/** Makes the files that are mount points in a volume, in the volume itself. */
export function makeNestedPoints(plan: MountPlan): void {
  for (const path of allPoints(plan)) {
    const mount = within(plan.mounts, path);
    if (!mount || path.endsWith("/")) continue;
    const volume = realpathSync(mount.hostPath);
    const parts = new LayeredTree([volume]).canonical(path.slice(mount.containerPath.length));
    const file = join(volume, ...parts);
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, "a"));
  }
}
