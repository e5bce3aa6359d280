import type { Clock, Random } from "../../base/clock.ts";
import { containerIds } from "../machine/container-ids.ts";
import { registryOf } from "../registry-auth.ts";
import type { ImageService, ImageStatus, RegistryAuth } from "../runtime/runtime.ts";
import { baseReference, ensureBaseImage } from "./base-image.ts";
import { type BuildOptions, type BuildRunner, buildImage } from "./build.ts";
import type { ResolvedImage } from "./config.ts";
import { ensureFirstApp, firstAppReference, firstAppVersions } from "./first-app-image.ts";
import { type LoadedImage, loadArchive } from "./load.ts";
import { pullImage } from "./pull.ts";
import { ImageFiles } from "./store.ts";
import { isLoopback, type PullTransport } from "./transport.ts";

export interface ImageStoreOptions {
  /** The directory; shared by all nodes of a cluster on this machine. */
  readonly dir: string;
  readonly clock: Clock;
  readonly random: Random;
  /** How to reach registries; without it pulls fail, saying so. */
  readonly transport?: PullTransport;
}

/**
 * The images of a cluster on this machine. Use it inside a node: there alone can an image's files get the owners they
 * should have. `wherry/node` and `wherry/first-app` are there as soon as they are asked for.
 */
export interface ImageStore extends ImageService {
  /** The image of a reference or id, ready to run. */
  resolve(reference: string): ResolvedImage | undefined;
  /** Keeps the image from being removed while the container is there. */
  lease(container: string, imageId: string): void;
  releaseLease(container: string): void;
  /** Loads an archive of `docker save`, or an OCI layout (archive or directory). */
  load(path: string): Promise<readonly LoadedImage[]>;
  /** Builds from a Dockerfile. @param run runs what RUN says, in a container */
  build(options: BuildOptions, run: BuildRunner): Promise<ImageStatus>;
}

export function createImageStore(options: ImageStoreOptions): ImageStore {
  const ids = containerIds();
  const base = (own: ImageFiles) => ensureBaseImage(own, ids, options.clock.now());
  const builtIn = new Map<string, (own: ImageFiles) => void>([
    [baseReference, base],
    ...firstAppVersions.map(
      (version) =>
        [
          firstAppReference(version),
          (own: ImageFiles) => ensureFirstApp(own, ids, base(own), version, options.clock.now()),
        ] as const,
    ),
  ]);
  const files = new ImageFiles(options.dir, options.random, builtIn);
  files.collectGarbage(options.clock.now());
  const context = () => ({ files, ids, now: options.clock.now() });
  const status = (reference: string): ImageStatus | undefined => {
    const image = files.resolve(reference);
    return image && statusOf(image);
  };
  const need = (id: string): ImageStatus => {
    const found = status(id);
    if (!found) throw new Error(`image ${id} was removed meanwhile`);
    return found;
  };
  const pulls = new Map<string, Promise<ImageStatus>>();
  return {
    resolve: (reference) => files.resolve(reference),
    lease: (container, id) => files.lease(container, id),
    releaseLease: (container) => files.releaseLease(container),
    find: async (reference) => status(reference),
    list: async () => files.images().flatMap(({ id }) => status(id) ?? []),
    pull(reference: string, auth?: RegistryAuth) {
      const key = JSON.stringify([reference, auth]);
      const running = pulls.get(key);
      if (running) return running;
      const here = asked(options.transport, reference) ? undefined : status(reference);
      if (here) return Promise.resolve(here);
      const pull = pullImage(context(), options.transport, reference, auth).then(({ id }) => need(id));
      pulls.set(key, pull);
      const done = () => void pulls.delete(key);
      pull.then(done, done);
      return pull;
    },
    remove: async (reference) => files.remove(reference),
    load: (path) => loadArchive(context(), path),
    build: async (build, run) => need((await buildImage(context(), build, run)).id),
  };
}

/** Will the reference's registry be asked? A cluster without egress asks only those on loopback. */
function asked(transport: PullTransport | undefined, reference: string): boolean {
  return transport !== undefined && (transport.egress || isLoopback(`http://${registryOf(reference)}`));
}

const statusOf = (image: ResolvedImage): ImageStatus => ({
  id: image.id,
  tags: image.tags,
  digests: image.digests,
  sizeBytes: image.sizeBytes,
  createdAt: image.createdAt,
  user: image.config.config.User ?? "",
});
