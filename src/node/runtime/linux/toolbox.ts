import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, delimiter, join } from "node:path";
import { programPath } from "../../../base/program-path.ts";
import { librariesOf } from "../../images/base-image.ts";
import { chownTree } from "../../images/ownership.ts";
import type { ContainerIds } from "../../machine/container-ids.ts";

const tools = ["sh", "setpriv", "nsenter", "unshare", "mount", "umount", "env", "mkdir"] as const;
export type Tool = (typeof tools)[number];

/**
 * A few of this machine's programs with their libraries and loader, visible read-only in every container: an image
 * need not bring what its own start takes. Not reached through PATH, and of no use to raise privileges.
 */
export function ensureToolbox(dir: string, ids: ContainerIds): string {
  if (existsSync(join(dir, "empty"))) return dir;
  const temporary = `${dir}.new`;
  rmSync(temporary, { recursive: true, force: true });
  for (const part of ["bin", "lib"]) mkdirSync(join(temporary, part), { recursive: true });
  const paths = tools.map(findTool);
  for (const [i, tool] of tools.entries()) copy(paths[i] as string, join(temporary, "bin", tool));
  const libraries = librariesOf(paths);
  const loader = libraries.find((library) => /\/ld[-.][^/]*$/.test(library));
  for (const library of libraries) copy(library, join(temporary, "lib", basename(library)));
  if (!loader) throw new Error("cannot find the dynamic loader of this machine's programs (ldd names none)");
  copy(loader, join(temporary, "ld"));
  // Here a handle on the user namespace of containers is mounted.
  writeFileSync(join(temporary, "user"), "");
  writeFileSync(join(temporary, "empty"), "");
  chownTree(temporary, ids);
  rmSync(dir, { recursive: true, force: true });
  renameSync(temporary, dir);
  return dir;
}

/** How to run a tool of the toolbox that is found at `at`. */
export const toolCommand = (at: string, tool: Tool): string[] => [
  `${at}/ld`,
  "--library-path",
  `${at}/lib`,
  `${at}/bin/${tool}`,
];

function copy(from: string, to: string): void {
  copyFileSync(realpathSync(from), to);
  chmodSync(to, 0o755);
}

function findTool(tool: string): string {
  const dirs = programPath().split(delimiter);
  const found = dirs.map((dir) => join(dir, tool)).find((path) => existsSync(path));
  if (!found)
    throw new Error(`the program ${tool} is missing on this machine (Debian: util-linux, iproute2, coreutils)`);
  return found;
}

/** Tools that the runtime runs on the node. */
export const missingTools = (): string[] =>
  ["unshare", "nsenter", "setpriv", "pivot_root", "mount", "umount", "hostname", "ip", "ldd"].filter((tool) => {
    try {
      findTool(tool);
      return false;
    } catch {
      return true;
    }
  });
