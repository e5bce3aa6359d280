import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Random } from "../../base/clock.ts";
import { RuntimeError } from "../runtime/runtime.ts";
import type { ImageRecord, ResolvedImage } from "./config.ts";
import { normalise } from "./reference.ts";

/** What makes an image that is there as soon as it is looked up, by its reference. */
export type BuiltIn = ReadonlyMap<string, (files: ImageFiles) => void>;

const garbageAge = 24 * 60 * 60 * 1000;

/**
 * The files of an image store. Content is named by what it is, and everything is written aside and renamed into place,
 * so that several processes (the nodes of one cluster, the command line) share a directory without locks.
 *
 * ```
 * images/<hex>.json        an ImageRecord
 * layers/<name>/           an unpacked layer; <name>.owners remembers ownership that the node cannot express
 * references/<encoded>     the id that a reference (with tag or digest) stands for
 * leases/<container>       the id of an image that a container runs from
 * temporary/               what is being written
 * ```
 */
export class ImageFiles {
  readonly dir: string;
  readonly #random: Random;
  readonly #builtIn: Map<string, (files: ImageFiles) => void>;

  /** @param builtIn each is called once, when its image is first looked up */
  constructor(dir: string, random: Random, builtIn: BuiltIn = new Map()) {
    this.dir = dir;
    this.#builtIn = new Map(builtIn);
    this.#random = random;
    for (const part of ["images", "layers", "references", "leases", "temporary"])
      mkdirSync(join(dir, part), { recursive: true });
  }

  /**
   * Removes what a process that was killed has left half written, and layers that no image has come to use.
   * @param now milliseconds since the epoch; what is younger than a day may still be in use by another process
   */
  collectGarbage(now: number): void {
    const used = new Set(this.images().flatMap((image) => image.layers));
    for (const part of ["temporary", "layers"])
      for (const name of readdirSync(join(this.dir, part))) {
        const path = join(this.dir, part, name);
        if (part === "layers" && used.has(name.split(".")[0] as string)) continue;
        const stats = lstatSync(path, { throwIfNoEntry: false });
        if (stats && stats.ctimeMs < now - garbageAge) rmSync(path, { recursive: true, force: true });
      }
  }

  /** A new path to write to, on the same file system. */
  temporary(): string {
    return join(this.dir, "temporary", this.#random.uuid());
  }

  writeAtomically(path: string, data: string | Uint8Array): void {
    const temporary = this.temporary();
    try {
      writeFileSync(temporary, data);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  layerPath(name: string): string {
    return join(this.dir, "layers", name);
  }

  hasLayer(name: string): boolean {
    return existsSync(this.layerPath(name));
  }

  /** Puts an unpacked layer in its place; another process may have been faster. */
  adoptLayer(temporary: string, name: string): void {
    try {
      renameSync(temporary, this.layerPath(name));
    } catch (error) {
      if (!this.hasLayer(name)) throw error;
      rmSync(temporary, { recursive: true, force: true });
    }
  }

  /** Puts overlayfs's mark for "deleted" at `path`: all marks are links to one device file. */
  linkWhiteout(path: string): void {
    const mark = join(this.dir, "whiteout");
    for (let again = false; ; again = true) {
      try {
        linkSync(mark, path);
        return;
      } catch (error) {
        // None yet, or as many links as the file system allows.
        if (again || !["ENOENT", "EMLINK"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
        const temporary = this.temporary();
        execFileSync("mknod", [temporary, "c", "0", "0"]);
        renameSync(temporary, mark);
      }
    }
  }

  #imagePath(id: string): string {
    return join(this.dir, "images", `${id.replace("sha256:", "")}.json`);
  }

  writeImage(record: ImageRecord): void {
    this.writeAtomically(this.#imagePath(record.id), JSON.stringify(record));
  }

  readImage(id: string): ImageRecord | undefined {
    return readJson<ImageRecord>(this.#imagePath(id));
  }

  tag(reference: string, id: string): void {
    this.writeAtomically(join(this.dir, "references", encodeURIComponent(normalise(reference))), id);
  }

  untag(reference: string): void {
    rmSync(join(this.dir, "references", encodeURIComponent(normalise(reference))), { force: true });
  }

  /** Every reference with the image it stands for. */
  references(): Map<string, string> {
    const all = new Map<string, string>();
    for (const name of readdirSync(join(this.dir, "references")).sort()) {
      const id = readText(join(this.dir, "references", name));
      if (id) all.set(decodeURIComponent(name), id);
    }
    return all;
  }

  images(): ImageRecord[] {
    return readdirSync(join(this.dir, "images"))
      .sort()
      .flatMap((name) => readJson<ImageRecord>(join(this.dir, "images", name)) ?? []);
  }

  /** Finds by normalised reference, by whole id, or by at least 12 digits of the id. */
  find(reference: string): ImageRecord | undefined {
    const hex = reference.replace(/^sha256:/, "");
    if (/^[0-9a-f]{64}$/.test(hex)) return this.readImage(`sha256:${hex}`);
    let name: string;
    try {
      name = normalise(reference);
    } catch {
      return undefined;
    }
    const make = this.#builtIn.get(name);
    this.#builtIn.delete(name);
    make?.(this);
    const id = readText(join(this.dir, "references", encodeURIComponent(name)));
    if (id) return this.readImage(id);
    if (!/^[0-9a-f]{12,63}$/.test(hex)) return undefined;
    return this.images().find((image) => image.id.startsWith(`sha256:${hex}`));
  }

  resolve(reference: string): ResolvedImage | undefined {
    const record = this.find(reference);
    if (!record) return undefined;
    const names = [...this.references()].filter(([, id]) => id === record.id).map(([name]) => name);
    return {
      ...record,
      directories: record.layers.map((name) => this.layerPath(name)).reverse(),
      tags: names.filter((name) => !name.includes("@")),
      digests: names.filter((name) => name.includes("@")),
    };
  }

  lease(container: string, id: string): void {
    this.writeAtomically(join(this.dir, "leases", container), id);
  }

  releaseLease(container: string): void {
    rmSync(join(this.dir, "leases", container), { force: true });
  }

  /** Takes the reference away, and with the last one the image and its layers. An id takes all of them away. */
  remove(reference: string): void {
    const record = this.find(reference);
    if (!record) return;
    const names = [...this.references()].filter(([, id]) => id === record.id).map(([name]) => name);
    const byId = /^(sha256:)?[0-9a-f]{12,64}$/.test(reference);
    const gone = byId ? names : names.filter((name) => name === normalise(reference));
    const last = gone.filter((n) => !n.includes("@")).length === names.filter((n) => !n.includes("@")).length;
    if (last) this.#refuseInUse(record.id);
    for (const name of last ? names : gone) this.untag(name);
    if (last) this.#delete(record);
  }

  #refuseInUse(id: string): void {
    for (const container of readdirSync(join(this.dir, "leases")))
      if (readText(join(this.dir, "leases", container)) === id)
        throw new RuntimeError("ImageInUse", `image ${id.slice(7, 19)} is in use by container ${container}`);
  }

  #delete(record: ImageRecord): void {
    rmSync(this.#imagePath(record.id), { force: true });
    const used = new Set(this.images().flatMap((image) => image.layers));
    for (const name of record.layers) {
      if (used.has(name)) continue;
      rmSync(this.layerPath(name), { recursive: true, force: true });
      rmSync(`${this.layerPath(name)}.owners`, { force: true });
    }
  }
}

export const sha256 = (data: string | Uint8Array): string =>
  `sha256:${createHash("sha256").update(data).digest("hex")}`;

/** The name of a layer on top of others: the same content over another base unpacks differently (whiteouts). */
export const chainName = (parent: string | undefined, diffId: string): string =>
  parent === undefined ? diffId.slice(7) : sha256(`sha256:${parent} ${diffId}`).slice(7);

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function readJson<T>(path: string): T | undefined {
  const text = readText(path);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
