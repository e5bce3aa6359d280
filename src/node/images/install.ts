import type { ContainerIds } from "../machine/container-ids.ts";
import type { ImageConfig, ImageRecord } from "./config.ts";
import { adoptLayer, removeLayer, unpackLayer } from "./layer.ts";
import { chainName, type ImageFiles, sha256 } from "./store.ts";
import { type Bytes, Digester } from "./streams.ts";

/** One layer to install, lowest first. */
export interface LayerSource {
  /** Digest of the blob as it is stored or sent, if the source promises one. */
  readonly digest?: string;
  /** Opened only if the layer is not here already. */
  open(): Bytes | Promise<Bytes>;
}

export interface InstallContext {
  readonly files: ImageFiles;
  readonly ids: ContainerIds;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Unpacks the layers that are missing and records the image. Nothing is visible of an image until all of it is there.
 * @throws Error on a digest that does not match
 */
export async function installImage(
  context: InstallContext,
  configText: string,
  layers: readonly LayerSource[],
  sizeBytes: number,
): Promise<ImageRecord> {
  const { files, ids } = context;
  const config = JSON.parse(configText) as ImageConfig;
  const diffIds = config.rootfs?.diff_ids ?? [];
  if (diffIds.length !== layers.length)
    throw new Error(`the configuration names ${diffIds.length} layers, the manifest ${layers.length}`);
  const names: string[] = [];
  for (const [i, layer] of layers.entries()) {
    const expected = diffIds[i] as string;
    const name = chainName(names.at(-1), expected);
    if (!files.hasLayer(name)) {
      const below = names.map((n) => files.layerPath(n)).reverse();
      const digester = new Digester();
      const source = digester.pass(await layer.open());
      const { root, diffId } = await unpackLayer({ files, ids, below }, source);
      try {
        // What follows the archive's end still belongs to the blob.
        for await (const _ of source);
        if (layer.digest !== undefined) verify("layer", layer.digest, digester.digest());
        verify("uncompressed layer", expected, diffId);
      } catch (error) {
        removeLayer(root);
        throw error;
      }
      adoptLayer(files, root, name);
    }
    names.push(name);
  }
  const record: ImageRecord = { id: sha256(configText), config, layers: names, sizeBytes, createdAt: context.now };
  files.writeImage(record);
  return record;
}

export function verify(what: string, expected: string, actual: string): void {
  if (expected !== actual) throw new Error(`the digest of a ${what} is ${actual}, but ${expected} was promised`);
}
