import { createHash, type Hash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { globPattern, ignoreRules } from "./dockerignore.ts";
import { readFileStream } from "./streams.ts";
import type { TarEntry } from "./tar.ts";
import { LayeredTree } from "./tree.ts";

/** Where COPY takes files from: the build's directory, or the root of another stage. Nothing leads out of either. */
export interface CopySource {
  readonly tree: LayeredTree;
  /** Of paths relative to the root. */
  ignored(path: string): boolean;
}

export function contextSource(dir: string, dockerfile: string): CopySource {
  const candidates = [`${dockerfile}.dockerignore`, join(dir, ".dockerignore")];
  const file = candidates.find((path) => existsSync(path));
  return {
    tree: new LayeredTree([dir]),
    ignored: file ? ignoreRules(readFileSync(file, "utf8")) : () => false,
  };
}

export const stageSource = (directories: readonly string[]): CopySource => ({
  tree: new LayeredTree(directories),
  ignored: () => false,
});

/** A file, directory or link to copy: where it is, and its name below the destination (empty for the root itself). */
export interface Found {
  readonly path: string;
  readonly stats: Stats;
  readonly name: string;
}

export interface Match {
  /** Parts of the path in the source. */
  readonly parts: readonly string[];
  readonly stats: Stats;
}

/** What a source argument (perhaps a pattern) names, in order. */
export function matchSource(source: CopySource, argument: string): Match[] {
  let matches: string[][] = [[]];
  for (const part of argument.split("/").filter((p) => p !== "" && p !== ".")) {
    if (!/[*?[]/.test(part)) {
      matches = matches.map((parts) => (part === ".." ? parts.slice(0, -1) : [...parts, part]));
      continue;
    }
    const pattern = globPattern(part);
    matches = matches.flatMap((parts) => {
      const at = source.tree.canonical(parts.join("/"));
      const isDirectory = at.length === 0 || source.tree.entry(at)?.stats.isDirectory();
      return isDirectory
        ? source.tree
            .children(at)
            .filter((n) => pattern.test(n))
            .map((n) => [...parts, n])
        : [];
    });
  }
  return matches.flatMap((parts) => {
    const canonical = source.tree.canonical(parts.join("/"));
    const found = source.tree.resolve(canonical.join("/"));
    if (!found || (canonical.length > 0 && source.ignored(canonical.join("/")) && !found.stats.isDirectory()))
      return [];
    return [{ parts: canonical, stats: found.stats }];
  });
}

/** A match and, for a directory, all that is in it. */
export function* walk(source: CopySource, match: Match): Iterable<Found> {
  function* below(parts: readonly string[], name: string): Iterable<Found> {
    for (const child of source.tree.children(parts)) {
      const childParts = [...parts, child];
      const found = source.tree.entry(childParts);
      if (!found) continue;
      const childName = name === "" ? child : `${name}/${child}`;
      const ignored = source.ignored(childParts.join("/"));
      if (!ignored) yield { ...found, name: childName };
      if (found.stats.isDirectory()) yield* below(childParts, childName);
    }
  }
  const root = source.tree.resolve(match.parts.join("/"));
  if (!root) return;
  yield { ...root, name: "" };
  if (root.stats.isDirectory()) yield* below(match.parts, "");
}

export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode?: number;
}

/** A found file as a member of the layer. */
export function toEntry(found: Found, name: string, owner: Ownership): TarEntry {
  const { stats, path } = found;
  const type = stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "symlink" : "file";
  const header = {
    name,
    type,
    mode: owner.mode ?? stats.mode & 0o7777,
    uid: owner.uid,
    gid: owner.gid,
    ...(type === "symlink" ? { linkname: readlinkSync(path) } : {}),
  } as TarEntry["header"];
  return { header, content: readFileStream(path) };
}

/** Adds what makes a copied file what it is to the key of a layer. */
export async function hashFound(hash: Hash, found: Found, name: string): Promise<void> {
  const { stats, path } = found;
  hash.update(`${name}\0${stats.mode}\0`);
  if (stats.isSymbolicLink()) hash.update(readlinkSync(path));
  else if (stats.isFile()) {
    const content = createHash("sha256");
    for await (const chunk of readFileStream(path)) content.update(chunk);
    hash.update(content.digest());
  }
}

export const isArchive = (path: string) =>
  /\.(tar|tar\.gz|tgz|tar\.zst|tar\.zstd)$/.test(path) && lstatSync(path).isFile();
