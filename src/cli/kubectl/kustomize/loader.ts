/** A kustomization's way to files: below its own directory, unless told otherwise, and to other directories. */
import { posix } from "node:path";
import { fail, KustomizeError, withinSync } from "./failure.ts";
import type { Files } from "./files.ts";
import { isGitUrl } from "./git-url.ts";

const mustBeDirectory = "must build at directory";

/** A file on the web that could not be had; it is not tried as a directory then. */
export class HttpError extends KustomizeError {}

export class Loader {
  /** Absolute, without links. */
  readonly root: string;
  readonly #files: Files;
  readonly #rootOnly: boolean;
  readonly #referrer: Loader | undefined;

  private constructor(root: string, files: Files, rootOnly: boolean, referrer?: Loader) {
    this.root = root;
    this.#files = files;
    this.#rootOnly = rootOnly;
    this.#referrer = referrer;
  }

  /** @param rootOnly keeps to files in or below the directory of whoever names them */
  static at(path: string, files: Files, rootOnly: boolean): Loader {
    refuseGit(path);
    return new Loader(
      withinSync(mustBeDirectory, () => confirmDirectory(path, files)),
      files,
      rootOnly,
    );
  }

  /** For another kustomization that this one names. @throws KustomizeError for one that is or contains a referrer */
  to(path: string): Loader {
    if (path === "") fail("new root cannot be empty");
    refuseGit(path);
    if (path.startsWith("/")) fail(`new root '${path}' cannot be absolute`);
    const root = withinSync(mustBeDirectory, () => confirmDirectory(posix.join(this.root, path), this.#files));
    for (let visited: Loader | undefined = this; visited; visited = visited.#referrer) {
      if (isBelow(visited.root, root))
        fail(`cycle detected: candidate root '${root}' contains visited root '${visited.root}'`);
    }
    return new Loader(root, this.#files, this.#rootOnly, this);
  }

  async bytes(path: string): Promise<Buffer> {
    if (/^https?:/i.test(path)) return this.#download(path);
    const full = path.startsWith("/") ? path : posix.join(this.root, path);
    if (!this.#rootOnly) return this.#files.read(full);
    const found = this.#files.locate(full);
    if (found.isDirectory) fail(`'${full}' must resolve to a file`);
    if (!isBelow(posix.dirname(found.path), this.root))
      fail(`security; file '${full}' is not in or below '${this.root}'`);
    return this.#files.read(found.path);
  }

  async #download(url: string): Promise<Buffer> {
    const { status, body } = await this.#files.get(url);
    if (status >= 200 && status <= 299) return body;
    if (isGitUrl(url)) fail("URL is a git repository");
    const { STATUS_CODES } = await import("node:http");
    throw new HttpError(`HTTP Error: status code ${status} (${STATUS_CODES[status] ?? ""})`);
  }

  async text(path: string): Promise<string> {
    return (await this.bytes(path)).toString();
  }
}

const isBelow = (path: string, root: string): boolean => root === "/" || path === root || path.startsWith(`${root}/`);

function confirmDirectory(path: string, files: Files): string {
  if (path === "") fail("directory path cannot be empty");
  const found = withinSync("not a valid directory", () => files.locate(path));
  if (!found.isDirectory) fail(`'${path}': file is not directory`);
  return found.path;
}

function refuseGit(path: string): void {
  if (isGitUrl(path))
    fail(`'${path}' is a git repository, and git repositories are not fetched: clone it and name the directory`);
}
