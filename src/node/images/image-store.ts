import type { Clock, Random } from "../../base/clock.ts";
import { containerIds } from "../machine/container-ids.ts";
import { type ImageService, type ImageStatus, RuntimeError } from "../runtime/runtime.ts";
import { ensureBaseImage } from "./base-image.ts";
import type { ResolvedImage } from "./config.ts";
import { ImageFiles } from "./store.ts";

export interface ImageStoreOptions {
  /** The directory; shared by all nodes of a cluster on this machine. */
  readonly dir: string;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ImageStore extends ImageService {
  resolve(reference: string): ResolvedImage | undefined;
  lease(container: string, imageId: string): void;
  releaseLease(container: string): void;
}

export function createImageStore(options: ImageStoreOptions): ImageStore {
  const files = new ImageFiles(options.dir, options.random);
  const ids = containerIds();
  ensureBaseImage(files, ids, options.clock.now());
  return {
    resolve: (reference) => files.resolve(reference),
    lease: (container, id) => files.lease(container, id),
    releaseLease: (container) => files.releaseLease(container),
    async find(reference) {
      const image = files.resolve(reference);
      return image && statusOf(image);
    },
    list: async () =>
      files
        .images()
        .flatMap(({ id }) => files.resolve(id) ?? [])
        .map(statusOf),
    async pull(reference) {
      throw new RuntimeError("ErrImagePull", `failed to pull ${reference}`);
    },
    remove: async (reference) => files.remove(reference),
  };
}

const statusOf = (image: ResolvedImage): ImageStatus => ({
  id: image.id,
  tags: image.tags,
  digests: image.digests,
  sizeBytes: image.sizeBytes,
  createdAt: image.createdAt,
  user: image.config.config.User ?? "",
});
