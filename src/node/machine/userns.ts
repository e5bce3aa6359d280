import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { programPath } from "../../base/program-path.ts";
import { run } from "./process.ts";

/** First ID, inside a node's user namespace, of those that containers use: container root is this ID. */
export const containerIdBase = 100_000;
/** How many IDs containers have where they have a range. */
export const containerIdCount = 65_536;

/**
 * How a node's user namespace maps IDs. Inside, 0 is always whoever started the cluster; with a `range`, containers
 * get {@link containerIdBase} and up, so that a container's root is nobody on the host and on the node.
 */
export type IdMap =
  | { readonly kind: "range"; readonly uidBase: number; readonly gidBase: number; readonly via: "kernel" | "newuidmap" }
  | { readonly kind: "single" };

const which = (tool: string): string | undefined =>
  programPath()
    .split(delimiter)
    .map((dir) => join(dir, tool))
    .find((path) => existsSync(path));

/** The start of a range of enough IDs that `file` (`/etc/subuid`) delegates to one of `names`. */
function delegatedBase(file: string, names: readonly string[]): number | undefined {
  for (const line of file.split("\n")) {
    const [name, base, count] = line.trim().split(":");
    if (name && names.includes(name) && Number(count) >= containerIdCount) return Number(base);
  }
  return undefined;
}

export const coversContainerIds = (map: string): boolean =>
  map.split("\n").some((line) => {
    const [inside, , count] = line.trim().split(/\s+/).map(Number);
    if (inside === undefined || count === undefined) return false;
    return inside <= containerIdBase && inside + count >= containerIdBase + containerIdCount;
  });

const readOr = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** The best map that this machine gives this user. */
export function chooseIdMap(): IdMap {
  if (process.getuid?.() === 0) {
    const whole = coversContainerIds(readOr("/proc/self/uid_map")) && coversContainerIds(readOr("/proc/self/gid_map"));
    return whole
      ? { kind: "range", uidBase: containerIdBase, gidBase: containerIdBase, via: "kernel" }
      : { kind: "single" };
  }
  if (!which("newuidmap") || !which("newgidmap")) return { kind: "single" };
  const names = [userInfo().username, String(process.getuid?.())];
  const uidBase = delegatedBase(readOr("/etc/subuid"), names);
  const gidBase = delegatedBase(readOr("/etc/subgid"), names);
  return uidBase === undefined || gidBase === undefined
    ? { kind: "single" }
    : { kind: "range", uidBase, gidBase, via: "newuidmap" };
}

/** Arguments of nsenter that enter `pid`'s user namespace as its ID 0. */
export const enterUser = (pid: number, map: IdMap): string[] =>
  // With a single ID the kernel denies setgroups, which nsenter calls whenever it sets IDs.
  ["--target", String(pid), "--user", ...(map.kind === "single" ? ["--preserve-credentials"] : [])];

const firstLine = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let errors = "";
    child.stderr?.on("data", (chunk) => (errors += chunk));
    child.stdout?.once("data", () => resolve());
    child.once("error", reject);
    child.once("close", () => reject(new Error(`cannot make a user namespace: ${errors.trim() || "unshare failed"}`)));
  });

async function writeMaps(pid: number, map: IdMap, parent: number | undefined): Promise<void> {
  const self = parent === undefined ? [process.getuid?.() ?? 0, process.getgid?.() ?? 0] : [0, 0];
  const bases =
    map.kind === "single" ? [] : parent === undefined ? [map.uidBase, map.gidBase] : [containerIdBase, containerIdBase];
  const text = (i: number) =>
    `0 ${self[i]} 1\n${bases[i] === undefined ? "" : `${containerIdBase} ${bases[i]} ${containerIdCount}\n`}`;
  if (parent !== undefined) {
    // Only a process of the parent namespace may write the map.
    const script = 'printf %s "$2" >"/proc/$1/uid_map" && printf %s "$3" >"/proc/$1/gid_map"';
    await run("nsenter", [...enterUser(parent, map), "sh", "-c", script, "sh", String(pid), text(0), text(1)]);
  } else if (map.kind === "range" && map.via === "newuidmap") {
    const words = (i: number) => text(i).trim().split(/\s+/);
    await run("newuidmap", [String(pid), ...words(0)]);
    await run("newgidmap", [String(pid), ...words(1)]);
  } else {
    if (map.kind === "single") writeFileSync(`/proc/${pid}/setgroups`, "deny");
    writeFileSync(`/proc/${pid}/uid_map`, text(0));
    writeFileSync(`/proc/${pid}/gid_map`, text(1));
  }
}

export interface HeldUserNamespace {
  readonly pid: number;
  /** Ends the process that holds the namespace; whoever has entered it keeps it. */
  release(): void;
}

/** A new user namespace with its IDs mapped. @param parent a process in the namespace to nest it in */
export async function holdUserNamespace(map: IdMap, parent?: number): Promise<HeldUserNamespace> {
  const make = ["unshare", "--user", "sh", "-c", "echo; read -r _"];
  const argv = parent === undefined ? make : ["nsenter", ...enterUser(parent, map), ...make];
  const child = spawn(argv[0] as string, argv.slice(1), { stdio: ["pipe", "pipe", "pipe"], cwd: "/" });
  child.stdin.on("error", () => {});
  await firstLine(child);
  const pid = child.pid as number;
  const release = () => child.stdin.end();
  try {
    await writeMaps(pid, map, parent);
  } catch (error) {
    release();
    throw error;
  }
  return { pid, release };
}

/**
 * Removes a directory that a node has written to. Some of it may be out of this user's reach from outside of a node:
 * what belongs to containers' IDs, and directories that overlayfs lets nobody read. Succeeds when there is none.
 */
export async function removeNodeFiles(dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true });
    return;
  } catch (error) {
    if (!["EACCES", "EPERM", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
  const map = chooseIdMap();
  const user = await holdUserNamespace(map);
  try {
    await run("nsenter", [...enterUser(user.pid, map), "rm", "-rf", "--", dir]);
  } finally {
    user.release();
  }
}
