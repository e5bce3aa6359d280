import { statSync } from "node:fs";
import { type ArchiveFiles, openArchive } from "./archive.ts";
import { type InstallContext, installImage, verify } from "./install.ts";
import { type Descriptor, type Index, isIndex, type Manifest, pickPlatform } from "./manifest.ts";
import { normalise } from "./reference.ts";
import { sha256 } from "./store.ts";

export interface LoadedImage {
  readonly id: string;
  /** Normalised references it was given. */
  readonly references: readonly string[];
}

/**
 * Loads the images of an archive made by `docker save` or of an OCI layout (an archive or a directory), gzip and zstd
 * allowed. @throws Error with one line that names the archive and what is wrong with it
 */
export async function loadArchive(context: InstallContext, source: string): Promise<LoadedImage[]> {
  let archive: ArchiveFiles | undefined;
  try {
    archive = await openArchive(context.files, source);
    if (archive.has("index.json")) return await loadLayout(context, archive);
    if (archive.has("manifest.json")) return await loadDocker(context, archive);
    throw new Error("it has neither manifest.json (docker save) nor index.json (OCI layout)");
  } catch (error) {
    throw new Error(`cannot load ${source}: ${reason(error as NodeJS.ErrnoException, source)}`);
  } finally {
    archive?.close();
  }
}

function reason(error: NodeJS.ErrnoException, source: string): string {
  if (error.code === "ENOENT" && !exists(source)) return "no such file";
  if (error.code === "ENOSPC") return "no space left on device";
  if (error.code === "Z_DATA_ERROR" || error.code === "Z_BUF_ERROR" || /tar|Unexpected end|zstd/i.test(error.message))
    return `the archive is corrupt: ${error.message}`;
  return error.message;
}

const exists = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined;

interface DockerManifest {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

async function loadDocker(context: InstallContext, archive: ArchiveFiles): Promise<LoadedImage[]> {
  const loaded: LoadedImage[] = [];
  for (const image of parse<DockerManifest[]>(archive, "manifest.json")) {
    const config = archive.text(image.Config);
    const layers = image.Layers.map((name) => ({ open: () => archive.open(name) }));
    const { id } = await installImage(context, config, layers, config.length);
    const references = (image.RepoTags ?? []).map(normalise);
    for (const reference of references) context.files.tag(reference, id);
    loaded.push({ id, references });
  }
  return loaded;
}

const blob = (digest: string) => {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`"${digest}" is not a sha256 digest`);
  return `blobs/sha256/${digest.slice(7)}`;
};

async function loadLayout(context: InstallContext, archive: ArchiveFiles): Promise<LoadedImage[]> {
  const index = parse<Index>(archive, "index.json");
  const loaded: LoadedImage[] = [];
  for (const descriptor of index.manifests) {
    const manifest = findManifest(archive, descriptor);
    const config = verified(archive, manifest.config.digest);
    const layers = manifest.layers.map(({ digest }) => ({ digest, open: () => archive.open(blob(digest)) }));
    const size = manifest.layers.reduce((sum, layer) => sum + layer.size, manifest.config.size);
    const { id } = await installImage(context, config, layers, size);
    const references = namesOf(descriptor);
    for (const reference of references) context.files.tag(reference, id);
    loaded.push({ id, references });
  }
  return loaded;
}

function findManifest(archive: ArchiveFiles, descriptor: Descriptor): Manifest {
  const document = JSON.parse(verified(archive, descriptor.digest)) as Manifest | Index;
  return isIndex(document) ? findManifest(archive, pickPlatform(document)) : document;
}

function verified(archive: ArchiveFiles, digest: string): string {
  const text = archive.text(blob(digest));
  verify("blob", digest, sha256(text));
  return text;
}

/** A layout names its images in annotations; a tag alone, which names nothing, is left out. */
function namesOf(descriptor: Descriptor): string[] {
  const full = descriptor.annotations?.["io.containerd.image.name"];
  const short = descriptor.annotations?.["org.opencontainers.image.ref.name"];
  const name = full ?? (short && /[:/]/.test(short) ? short : undefined);
  return name ? [normalise(name)] : [];
}

function parse<T>(archive: ArchiveFiles, name: string): T {
  try {
    return JSON.parse(archive.text(name)) as T;
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`${name} is not JSON`);
    throw error;
  }
}
