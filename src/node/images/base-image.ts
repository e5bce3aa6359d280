import { spawnSync } from "node:child_process";
import {
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { ContainerIds } from "../machine/container-ids.ts";
import type { ImageConfig, ImageRecord } from "./config.ts";
import { chownTree } from "./ownership.ts";
import { type ImageFiles, sha256 } from "./store.ts";

export const baseReference = "docker.io/wherry/node:latest";

/** The shared libraries of programs, as paths, the loader included; static ones have none. */
export function librariesOf(programs: readonly string[]): string[] {
  const { stdout } = spawnSync("ldd", [...programs], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const found = [...(stdout ?? "").matchAll(/(?:=>\s+|^\s+)(\/\S+) \(/gm)].map((match) => match[1] as string);
  return [...new Set(found)];
}

/**
 * Makes the base image out of this machine's files, once per Node.js binary: the Node.js that is running, `/bin/sh`,
 * and the libraries both need.
 */
export function ensureBaseImage(files: ImageFiles, ids: ContainerIds, now: number): ImageRecord {
  const sources = sourceFiles();
  const name = sha256(JSON.stringify([...sources].map(([to, from]) => [to, from, fingerprint(from)]))).slice(7);
  const config: ImageConfig = {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Env: ["PATH=/usr/local/bin:/usr/bin:/bin", `NODE_VERSION=${process.versions.node}`], Cmd: ["node"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${name}`] },
    history: [{ created_by: "wherry/node" }],
  };
  const id = sha256(JSON.stringify(config));
  const known = files.readImage(id);
  if (known && files.hasLayer(name)) {
    files.tag(baseReference, id);
    return known;
  }
  if (!files.hasLayer(name)) writeLayer(files, ids, name, sources);
  const sizeBytes = [...sources.values()].reduce((sum, from) => sum + statSync(from).size, 0);
  const record: ImageRecord = { id, config, layers: [name], sizeBytes, createdAt: now };
  files.writeImage(record);
  files.tag(baseReference, id);
  return record;
}

/** Path in the image → file of this machine. */
function sourceFiles(): Map<string, string> {
  const node = realpathSync(process.execPath);
  const shell = realpathSync("/bin/sh");
  const all = new Map<string, string>([
    ["/usr/local/bin/node", node],
    ["/bin/sh", shell],
  ]);
  for (const library of librariesOf([node, shell])) all.set(library, realpathSync(library));
  return all;
}

const fingerprint = (path: string): string => {
  const stats = statSync(path);
  return `${stats.size} ${stats.mtimeMs}`;
};

function writeLayer(files: ImageFiles, ids: ContainerIds, name: string, sources: ReadonlyMap<string, string>): void {
  const root = files.temporary();
  try {
    for (const dir of ["bin", "etc", "proc", "dev", "sys", "root", "tmp", "usr/bin", "var/tmp"])
      mkdirSync(join(root, dir), { recursive: true });
    for (const [to, from] of sources) {
      mkdirSync(dirname(join(root, to)), { recursive: true });
      copyFileSync(from, join(root, to), constants.COPYFILE_FICLONE);
      chmodSync(join(root, to), 0o755);
    }
    for (const dir of ["tmp", "var/tmp"]) chmodSync(join(root, dir), 0o1777);
    chmodSync(join(root, "root"), 0o700);
    symlinkSync("/usr/local/bin/node", join(root, "usr/bin/node"));
    const users =
      "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n";
    writeFileSync(join(root, "etc/passwd"), users);
    writeFileSync(join(root, "etc/group"), "root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n");
    writeFileSync(join(root, "etc/nsswitch.conf"), "hosts: files dns\n");
    chownTree(root, ids);
    files.adoptLayer(root, name);
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}
