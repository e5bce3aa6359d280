/**
 * Writes a set of files so that a reader sees the old set or the new one, never a mixture: files live in a directory of
 * their own, `..data` points to it, and each name points through `..data` (kubelet `volume/util/atomic_writer.go`).
 */
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Payload } from "./payload.ts";

const dataLink = "..data";

/** Resolves with whether anything had to be written. */
export async function writeAtomically(
  directory: string,
  payload: Payload,
  own: (path: string) => Promise<void> = async () => {},
): Promise<boolean> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const current = await readlink(join(directory, dataLink)).catch(() => undefined);
  if (current !== undefined && (await isSame(join(directory, current), payload))) return false;

  const fresh = await mkdtemp(join(directory, "..data-"));
  await chmod(fresh, 0o755);
  for (const [path, { bytes, mode }] of payload) {
    const file = join(fresh, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, bytes);
    await chmod(file, mode);
    await own(file);
  }
  const link = join(directory, `${dataLink}_tmp`);
  await rm(link, { force: true });
  await symlink(fresh.slice(directory.length + 1), link);
  await rename(link, join(directory, dataLink));

  const names = new Set([...payload.keys()].map((path) => path.split("/")[0] ?? ""));
  const present = new Set(await readdir(directory));
  for (const name of names) if (!present.has(name)) await symlink(join(dataLink, name), join(directory, name));
  for (const name of present) if (!name.startsWith("..") && !names.has(name)) await rm(join(directory, name));
  if (current !== undefined) await rm(join(directory, current), { recursive: true, force: true });
  return true;
}

async function isSame(directory: string, payload: Payload): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  if (entries.filter((e) => e.isFile()).length !== payload.size) return false;
  for (const [path, { bytes }] of payload) {
    const there = await readFile(join(directory, path)).catch(() => undefined);
    if (!there?.equals(bytes)) return false;
  }
  return true;
}
