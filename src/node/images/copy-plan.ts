/** Which file COPY and ADD take where. */
import { posix } from "node:path";
import { type CopySource, type Found, isArchive, matchSource, walk } from "./build-context.ts";
import { DockerfileError, type Instruction } from "./dockerfile.ts";
import type { LayeredTree } from "./tree.ts";

export interface CopiedFile {
  readonly found: Found;
  /** Absolute, in the image. */
  readonly to: string;
  /** What an archive holds is copied, and not the archive. */
  readonly unpack: boolean;
}

/**
 * Directories' contents are copied, not the directories themselves.
 * @param sources the instruction's words but for the last, `target`
 * @param image what is copied to
 * @throws DockerfileError when nothing matches, or the target cannot take what does
 */
export function planCopy(
  { line, name }: Instruction,
  source: CopySource,
  sources: readonly string[],
  target: string,
  image: { readonly tree: LayeredTree; readonly workingDir: string },
): CopiedFile[] {
  const absolute = posix.resolve("/", image.workingDir, target);
  const into = target.endsWith("/") || target === "." || target.endsWith("/.");
  const existing = image.tree.resolve(absolute)?.stats.isDirectory() ?? false;
  const files: CopiedFile[] = [];
  const matches = sources.map((argument) => {
    if (/^(https?|git|ssh):\/\//.test(argument) || argument.startsWith("git@"))
      throw new DockerfileError(line, `${name} ${argument}: remote sources are not supported`);
    const found = matchSource(source, argument);
    if (found.length === 0)
      throw new DockerfileError(
        line,
        `${name}: "${argument}" is not in the build context, or is left out by .dockerignore`,
      );
    return found;
  });
  const all = matches.flat();
  if (all.length > 1 && !into && !existing)
    throw new DockerfileError(line, `${name} with several sources needs a destination that ends with /`);
  for (const match of all) {
    const inside = into || existing || all.length > 1;
    for (const found of walk(source, match)) {
      const base = match.stats.isDirectory() || !inside ? absolute : posix.join(absolute, match.parts.at(-1) as string);
      const unpack = name === "ADD" && found.stats.isFile() && !match.stats.isDirectory() && isArchive(found.path);
      // A directory that is there keeps its own owner and mode.
      if (found.name === "" && found.stats.isDirectory() && (existing || absolute === "/")) continue;
      files.push({ found, to: unpack ? absolute : posix.join(base, found.name), unpack });
    }
  }
  return files;
}
