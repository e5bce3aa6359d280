import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  fchmodSync,
  fchownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { ContainerIds } from "../machine/container-ids.ts";
import type { ImageFiles } from "./store.ts";
import { type Bytes, Digester, decompress } from "./streams.ts";
import { memberParts, type TarEntry, tarEntries } from "./tar.ts";
import { LayeredTree } from "./tree.ts";

const whiteoutPrefix = ".wh.";
const opaqueMarker = ".wh..wh..opq";

export interface LayerInput {
  readonly files: ImageFiles;
  readonly ids: ContainerIds;
  /** Unpacked layers below, topmost first. */
  readonly below: readonly string[];
}

/**
 * Unpacks a layer (a tar archive, perhaps compressed) into a new temporary directory, so that overlayfs can lay it
 * over those below. Links are followed as the image sees them, never out of it.
 * @returns the directory and the digest of the uncompressed archive
 * @throws Error naming what is wrong with the archive; nothing is left then
 */
export async function unpackLayer(input: LayerInput, source: Bytes): Promise<{ root: string; diffId: string }> {
  const root = input.files.temporary();
  mkdirSync(root);
  try {
    const writer = new LayerWriter(input, root);
    const digester = new Digester();
    for await (const entry of tarEntries(digester.pass(decompress(source)))) await writer.add(entry);
    writer.finish();
    return { root, diffId: digester.digest() };
  } catch (error) {
    removeLayer(root);
    throw error;
  }
}

export function removeLayer(root: string): void {
  rmSync(root, { recursive: true, force: true });
  rmSync(`${root}.owners`, { force: true });
}

/** Moves an unpacked layer, with what is remembered of its ownership, to its name in the store. */
export function adoptLayer(files: ImageFiles, root: string, name: string): void {
  const owners = lstatSync(`${root}.owners`, { throwIfNoEntry: false });
  if (owners) renameSync(`${root}.owners`, `${files.layerPath(name)}.owners`);
  files.adoptLayer(root, name);
}

/** Writes the members of one layer below `root`. */
export class LayerWriter {
  readonly #root: string;
  readonly #input: LayerInput;
  /** What this layer and those below show together; it sees what is written. */
  readonly #view: LayeredTree;
  readonly #below: LayeredTree;
  readonly #opaque: string[][] = [];
  #owners = "";

  constructor(input: LayerInput, root: string) {
    this.#input = input;
    this.#root = root;
    this.#view = new LayeredTree([root, ...input.below]);
    this.#below = new LayeredTree(input.below);
    chmodSync(root, 0o755);
    if (input.ids.kind === "range") lchownSync(root, input.ids.onNode(0), input.ids.onNode(0));
  }

  async add({ header, content }: TarEntry): Promise<void> {
    const parts = memberParts(header.name);
    const name = parts.at(-1);
    if (name === undefined) {
      if (header.type === "directory") this.#setOwnerAndMode(this.#root, [], header);
      return;
    }
    const parent = this.#view.canonical(parts.slice(0, -1).join("/"));
    if (name === opaqueMarker) {
      this.#opaque.push(parent);
      return;
    }
    this.#ensureDirectory(parent);
    if (name.startsWith(whiteoutPrefix)) {
      this.#whiteOut([...parent, name.slice(whiteoutPrefix.length)]);
      return;
    }
    const path = join(this.#root, ...parent, name);
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there && !(there.isDirectory() && header.type === "directory")) rmSync(path, { recursive: true, force: true });
    await this.#write([...parent, name], path, { header, content });
  }

  async #write(parts: readonly string[], path: string, { header, content }: TarEntry): Promise<void> {
    switch (header.type) {
      case "directory":
        mkdirSync(path, { recursive: true });
        this.#setOwnerAndMode(path, parts, header);
        return;
      case "symlink":
        symlinkSync(header.linkname ?? "", path);
        this.#setOwnerAndMode(path, parts, header);
        return;
      case "link":
        this.#hardLink(header.linkname ?? "", path);
        return;
      case "file":
      case "contiguous-file":
        await this.#file(path, parts, header, content);
        return;
      case "fifo":
        execFileSync("mkfifo", [path]);
        this.#setOwnerAndMode(path, parts, header);
        return;
      default:
        // Devices cannot be made without real privileges, and containers get theirs from the runtime.
        return;
    }
  }

  async #file(path: string, parts: readonly string[], header: TarEntry["header"], content: Bytes): Promise<void> {
    const fd = openSync(path, "wx", 0o600);
    try {
      for await (const chunk of content) for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
      const { ids } = this.#input;
      if (ids.kind === "range") fchownSync(fd, ids.onNode(header.uid ?? 0), ids.onNode(header.gid ?? 0));
      fchmodSync(fd, (header.mode ?? 0o644) & 0o7777);
    } finally {
      closeSync(fd);
    }
    this.#remember(parts, header);
  }

  #hardLink(target: string, path: string): void {
    const parts = memberParts(target);
    const parent = this.#view.canonical(parts.slice(0, -1).join("/"));
    const found = this.#view.entry([...parent, parts.at(-1) ?? ""]);
    if (!found || found.stats.isDirectory())
      throw new Error(`a hard link leads to "${target}", which is not in the image`);
    linkSync(found.path, path);
  }

  /** Makes the directories on the way; one that is only below is repeated here with its owner and mode. */
  #ensureDirectory(parts: readonly string[]): void {
    for (let i = 1; i <= parts.length; i++) {
      const path = join(this.#root, ...parts.slice(0, i));
      const there = lstatSync(path, { throwIfNoEntry: false });
      if (there?.isDirectory()) continue;
      if (there) rmSync(path, { force: true });
      mkdirSync(path);
      const below = this.#below.entry(parts.slice(0, i))?.stats;
      const { ids } = this.#input;
      if (ids.kind === "range") lchownSync(path, below?.uid ?? ids.onNode(0), below?.gid ?? ids.onNode(0));
      chmodSync(path, below?.isDirectory() ? below.mode & 0o7777 : 0o755);
    }
  }

  #whiteOut(parts: readonly string[]): void {
    const path = join(this.#root, ...parts);
    rmSync(path, { recursive: true, force: true });
    if (this.#below.entry(parts)) this.#input.files.linkWhiteout(path);
  }

  #setOwnerAndMode(path: string, parts: readonly string[], header: TarEntry["header"]): void {
    const { ids } = this.#input;
    if (ids.kind === "range") lchownSync(path, ids.onNode(header.uid ?? 0), ids.onNode(header.gid ?? 0));
    if (header.type !== "symlink") chmodSync(path, (header.mode ?? 0o755) & 0o7777);
    this.#remember(parts, header);
  }

  #remember(parts: readonly string[], header: TarEntry["header"]): void {
    if (this.#input.ids.kind === "range" || (!header.uid && !header.gid)) return;
    this.#owners += `${JSON.stringify([parts.join("/"), header.uid ?? 0, header.gid ?? 0])}\n`;
  }

  /** Carries out what must wait for all members: opaque directories hide what is below and not here. */
  finish(): void {
    for (const parts of this.#opaque) {
      this.#ensureDirectory(parts);
      for (const name of this.#below.children(parts)) {
        const path = join(this.#root, ...parts, name);
        const here = lstatSync(path, { throwIfNoEntry: false });
        if (!here) this.#input.files.linkWhiteout(path);
        // A directory that is here as well hides what is below in the same way.
        else if (here.isDirectory() && this.#below.entry([...parts, name])?.stats.isDirectory())
          this.#opaque.push([...parts, name]);
      }
    }
    if (this.#owners) appendFileSync(`${this.#root}.owners`, this.#owners);
  }
}
