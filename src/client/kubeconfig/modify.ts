/** Changes kubeconfig files the way client-go does: each entry in the file that it came from, new ones in the default file. */
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { canonical } from "./canonical.ts";
import { defaultFile, fileFields, mergeKubeconfigs, readKubeconfig } from "./files.ts";
import { type ListName, lists } from "./schema.ts";
import { type Kubeconfig, KubeconfigError } from "./types.ts";

type Entry = { name: string } & Record<string, Record<string, unknown>>;

export interface Modification {
  /** In order of precedence. */
  readonly paths: readonly string[];
  /** Is it the one file of `--kubeconfig`? */
  readonly explicit: boolean;
  /** Shall paths of files in what changes be relative to the kubeconfig, where they lie beside or below it? */
  readonly relativePaths: boolean;
  /** Writes one file. */
  write(file: string, config: Kubeconfig): void;
}

/** Changes the merged configuration. Nothing is written where nothing changed. @throws KubeconfigError */
export async function modifyKubeconfig(
  { paths, explicit, relativePaths, write }: Modification,
  edit: (config: Kubeconfig) => void,
): Promise<void> {
  const unlock = lock(paths);
  try {
    const { config: before, origin } = await mergeKubeconfigs(paths);
    const edited = structuredClone(before);
    edit(edited);
    const after = canonical(edited);
    if (isDeepStrictEqual(after, before)) return;
    const changeFile = async (file: string, change: (config: Kubeconfig) => void) => {
      const config = structuredClone((await readKubeconfig(file)) ?? canonical({}));
      change(config);
      write(file, canonical(config));
    };
    /** The file of an entry that is gone and was the same under another name. */
    const renamedFrom = (list: ListName, { name: _, ...fields }: Entry): string | undefined => {
      const gone = (before[list] as unknown as Entry[]).find(
        ({ name, ...old }) => isDeepStrictEqual(old, fields) && !after[list]?.some((entry) => entry.name === name),
      );
      return gone && origin(list, gone.name);
    };
    const current = after["current-context"] ?? "";
    if (current !== before["current-context"])
      await changeFile(await fileOfCurrent(paths, explicit, current), (config) => {
        config["current-context"] = current;
      });
    if (!isDeepStrictEqual(after.preferences, before.preferences)) {
      for (const path of paths) {
        if (isDeepStrictEqual((await readKubeconfig(path))?.preferences, after.preferences)) continue;
        await changeFile(path, (config) => {
          if (after.preferences === undefined) delete config.preferences;
          else config.preferences = after.preferences;
        });
        break;
      }
    }
    for (const list of ["clusters", "contexts", "users"] as const) {
      const [old, now] = [before, after].map(
        (config) => new Map((config[list] as unknown as Entry[]).map((e) => [e.name, e])),
      );
      for (const [name, entry] of now ?? []) {
        if (isDeepStrictEqual(entry, old?.get(name))) continue;
        const file = origin(list, name) ?? renamedFrom(list, entry) ?? defaultFile(paths);
        const put = relativePaths ? withRelativePaths(list, entry, file) : entry;
        await changeFile(file, (config) => {
          const others = ((config[list] ?? []) as unknown as Entry[]).filter((e) => e.name !== name);
          (config as Record<string, unknown>)[list] = [...others, put];
        });
      }
      for (const name of old?.keys() ?? []) {
        if (now?.has(name)) continue;
        await changeFile(origin(list, name) ?? defaultFile(paths), (config) => {
          (config as Record<string, unknown>)[list] = ((config[list] ?? []) as unknown as Entry[]).filter(
            (e) => e.name !== name,
          );
        });
      }
    }
  } finally {
    unlock();
  }
}

/** @throws KubeconfigError when no file has a current context to take away */
async function fileOfCurrent(paths: readonly string[], explicit: boolean, current: string): Promise<string> {
  if (explicit || current !== "") return defaultFile(paths);
  for (const path of paths) if ((await readKubeconfig(path))?.["current-context"]) return path;
  throw new KubeconfigError("no config found to write context");
}

function withRelativePaths(list: ListName, entry: Entry, file: string): Entry {
  const folder = resolve(dirname(file));
  const { key } = lists[list];
  const fields = { ...entry[key] };
  const shorten = (path: string): string => {
    const whole = isAbsolute(path) ? path : join(folder, path);
    const short = relative(folder, whole) || ".";
    return short.startsWith("../") ? whole : short;
  };
  for (const field of fileFields[list]) {
    const path = fields[field];
    if (typeof path === "string" && path) fields[field] = shorten(path);
  }
  const exec = fields.exec as { command?: string } | undefined;
  if (exec?.command?.includes("/")) fields.exec = { ...exec, command: shorten(exec.command) };
  return { name: entry.name, [key]: fields } as Entry;
}

/** @returns what takes the locks away. @throws KubeconfigError when somebody else holds one */
function lock(paths: readonly string[]): () => void {
  const held: string[] = [];
  const unlock = () => {
    for (const path of held) rmSync(path, { force: true });
  };
  for (const path of [...paths].sort()) {
    const file = `${path}.lock`;
    try {
      if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      closeSync(openSync(file, "wx", 0));
    } catch (error) {
      unlock();
      const { code, message } = error as NodeJS.ErrnoException;
      const why =
        code === "EEXIST"
          ? "file exists"
          : code === "EACCES"
            ? "permission denied"
            : code === "ENOTDIR"
              ? "not a directory"
              : message;
      throw new KubeconfigError(`open ${file}: ${why}`);
    }
    held.push(file);
  }
  return unlock;
}
