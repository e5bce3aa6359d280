/** The image store as the agent's API wants it: archives and build contexts come as streams. */
import { createWriteStream, lstatSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import type { Random } from "../base/clock.ts";
import type { NodeImages } from "../node/api/images.ts";
import type { BuildRunner, ImageStore } from "../node/images/index.ts";

export interface NodeImagesOptions {
  readonly store: ImageStore;
  /** Where uploads are put until they are taken in. */
  readonly scratch: string;
  readonly runner: BuildRunner;
  readonly random: Random;
}

export function nodeImages({ store, scratch, runner, random }: NodeImagesOptions): NodeImages {
  /** Gives `work` a path of its own, and removes what is there afterwards. */
  const withScratch = async <T>(work: (path: string) => Promise<T>): Promise<T> => {
    mkdirSync(scratch, { recursive: true });
    const path = join(scratch, random.uuid());
    try {
      return await work(path);
    } finally {
      rmSync(path, { recursive: true, force: true });
    }
  };
  return {
    find: (reference) => store.find(reference),
    list: () => store.list(),
    pull: (reference, auth) => store.pull(reference, auth),
    remove: (reference) => store.remove(reference),
    load: (archive) =>
      withScratch(async (path) => {
        await pipeline(archive, createWriteStream(path));
        const loaded = await store.load(path).catch((error: Error) => {
          // Whoever sent the archive does not know where it was put.
          throw new Error(error.message.replace(path, uploadedArchive));
        });
        return loaded.flatMap((image) => (image.references.length > 0 ? image.references : [image.id]));
      }),
    build: (context, request) =>
      withScratch(async (path) => {
        await unpack(context, path);
        return store.build(
          {
            contextDir: path,
            dockerfile: join(path, request.dockerfile ?? "Dockerfile"),
            tags: request.tag ? [request.tag] : [],
            buildArgs: request.buildArgs ?? {},
            onOutput: request.output,
          },
          runner,
        );
      }),
  };
}

/** What a message calls an archive that was sent. */
const uploadedArchive = "the archive";

/** Unpacks a build context. @throws Error for a name that leads out of it, also by way of a link in it */
async function unpack(archive: Readable, directory: string): Promise<void> {
  const entries = extract();
  mkdirSync(directory, { recursive: true });
  const inside = (name: string): string => {
    const parts = normalize(name).split("/").filter(Boolean);
    const path = join(directory, ...parts);
    const isLink = (depth: number) =>
      lstatSync(join(directory, ...parts.slice(0, depth)), { throwIfNoEntry: false })?.isSymbolicLink();
    if (name.startsWith("/") || parts[0] === ".." || parts.some((_, i) => isLink(i + 1)))
      throw new Error(`the build context names a path outside of it: ${name}`);
    return path;
  };
  const writing = (async () => {
    for await (const entry of entries) {
      const { name, type, mode, linkname } = entry.header;
      const path = inside(name);
      if (type === "directory") mkdirSync(path, { recursive: true, mode: mode ?? 0o755 });
      else if (type === "symlink") symlinkSync(linkname ?? "", path);
      else {
        mkdirSync(dirname(path), { recursive: true });
        await pipeline(entry, createWriteStream(path, { mode: mode ?? 0o644 }));
        continue;
      }
      entry.resume();
    }
  })();
  await Promise.all([pipeline(archive, entries), writing]);
}
