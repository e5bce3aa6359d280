import { lstat, mkdir, stat, writeFile } from "node:fs/promises";
import type { HostPathVolumeSource } from "../../api/generated/types.ts";

/** Checks, and where asked makes, what a hostPath volume names on the node. @throws Error with upstream's text */
export async function prepareHostPath({ path, type = "" }: HostPathVolumeSource): Promise<void> {
  if (type === "") return;
  const found = await stat(path).catch(() => undefined);
  if (!found && type === "DirectoryOrCreate") return void (await mkdir(path, { recursive: true, mode: 0o755 }));
  if (!found && type === "FileOrCreate") return writeFile(path, "", { mode: 0o644 });
  const refuse = (what: string) => {
    throw new Error(`hostPath type check failed: ${path} is not ${what}`);
  };
  switch (type) {
    case "Directory":
    case "DirectoryOrCreate":
      return found?.isDirectory() ? undefined : refuse("a directory");
    case "File":
    case "FileOrCreate":
      return found?.isFile() ? undefined : refuse("a file");
    case "Socket":
      return (await lstat(path).catch(() => undefined))?.isSocket() ? undefined : refuse("a socket file");
    case "CharDevice":
      return found?.isCharacterDevice() ? undefined : refuse("a character device");
    case "BlockDevice":
      return found?.isBlockDevice() ? undefined : refuse("a block device");
    default:
      throw new Error(`${type} is an invalid volume type`);
  }
}
