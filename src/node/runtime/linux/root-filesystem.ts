import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { ResolvedImage } from "../../images/config.ts";
import { LayeredTree } from "../../images/tree.ts";
import type { ContainerIds } from "../../machine/container-ids.ts";
import { RuntimeError } from "../runtime.ts";
import { devices } from "./mounts.ts";
import { oldRoot } from "./scripts.ts";

/** What the root of every container has, whatever the image: mount points. */
const required = ["proc", "dev", oldRoot.slice(1)];

export interface RootOptions {
  readonly dir: string;
  readonly image: ResolvedImage;
  readonly overlay: boolean;
  readonly ids: ContainerIds;
}

/**
 * Prepares `dir` for the root to be mounted: the writable layer over the image's, or a copy of it all.
 * @returns where the loader's list of libraries to preload is, below the root
 */
export function prepareRoot({ dir, image, overlay, ids }: RootOptions): string {
  checkMountPoints(image);
  const root = join(dir, "root");
  mkdirSync(root);
  const writable = overlay ? join(dir, "upper") : root;
  if (overlay) {
    mkdirSync(writable);
    mkdirSync(join(dir, "work"));
    image.directories.forEach((layer, i) => {
      symlinkSync(layer, join(dir, `l${i}`));
    });
  } else {
    for (const layer of [...image.directories].reverse()) copyLayer(layer, root);
  }
  own(writable, ids, 0o755);
  for (const name of required) {
    const path = join(writable, name);
    mkdirSync(path, { recursive: true });
    own(path, ids, 0o755);
  }
  return preparePreload(writable, image, overlay, ids);
}

/**
 * The tools of a container's start are privileged, run in its root, and their loader reads a list of libraries to
 * preload there. An empty file is mounted over that list; this makes what it is mounted on.
 */
function preparePreload(writable: string, image: ResolvedImage, overlay: boolean, ids: ContainerIds): string {
  const view = new LayeredTree(overlay ? [writable, ...image.directories] : [writable]);
  const parts = view.canonical("/etc/ld.so.preload");
  const there = view.entry(parts)?.stats;
  if (there && !(there.isFile() && there.size === 0))
    throw new RuntimeError("CreateContainerError", "the image has /etc/ld.so.preload, which is not supported");
  for (let i = 1; i < parts.length && !there; i++) {
    const path = join(writable, ...parts.slice(0, i));
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) continue;
    const below = view.entry(parts.slice(0, i))?.stats;
    mkdirSync(path);
    own(path, ids, below ? below.mode & 0o7777 : 0o755);
    if (below) lchownSync(path, below.uid, below.gid);
  }
  if (!there) writeFileSync(join(writable, ...parts), "");
  return parts.join("/");
}

function checkMountPoints(image: ResolvedImage): void {
  for (const layer of image.directories)
    for (const name of required) {
      const stats = lstatSync(join(layer, name), { throwIfNoEntry: false });
      if (!stats || stats.isDirectory() || stats.isCharacterDevice()) continue;
      throw new RuntimeError(
        "CreateContainerError",
        `the image has /${name}, which must be a directory, as something else`,
      );
    }
}

/** `/dev` of a container: empty files for devices to be mounted on, and the usual links. */
export function prepareDev(dir: string, ids: ContainerIds, terminationMessagePath: string): void {
  const dev = join(dir, "dev");
  mkdirSync(dev);
  own(dev, ids, 0o755);
  for (const name of ["pts", "shm", ".wherry"]) mkdirSync(join(dev, name));
  for (const name of devices) writeFileSync(join(dev, name), "");
  const links = {
    fd: "/proc/self/fd",
    stdin: "/proc/self/fd/0",
    stdout: "/proc/self/fd/1",
    stderr: "/proc/self/fd/2",
    ptmx: "pts/ptmx",
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(dev, name));
  if (/^\/dev\/[^/]+$/.test(terminationMessagePath)) writeFileSync(join(dir, terminationMessagePath), "");
}

/** The layer of every container that its own writes go to is its root's. */
function own(path: string, ids: ContainerIds, mode: number): void {
  chmodSync(path, mode);
  if (ids.kind === "range") lchownSync(path, ids.onNode(0), ids.onNode(0));
}

/** Lays a layer over `to`, as overlayfs would show the two. */
function copyLayer(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    const stats = lstatSync(source);
    const there = lstatSync(target, { throwIfNoEntry: false });
    if (there && !(there.isDirectory() && stats.isDirectory())) rmSync(target, { recursive: true, force: true });
    if (stats.isCharacterDevice()) continue;
    if (stats.isDirectory()) {
      mkdirSync(target, { recursive: true });
      copyLayer(source, target);
    } else if (stats.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (stats.isFile()) copyFileSync(source, target, constants.COPYFILE_FICLONE);
    else continue;
    lchownSync(target, stats.uid, stats.gid);
    if (!stats.isSymbolicLink()) chmodSync(target, stats.mode & 0o7777);
  }
}
