/**
 * Loads a bundle of CommonJS files, and keeps on disk what V8 made of them, so that the next start need not compile them
 * again: that is most of the time of a short command. Node.js does the like from version 22 on (`module.enableCompileCache`).
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";
import { systemClock as clock } from "../base/clock.ts";
import { replaceFile } from "./replace-file.ts";

type Wrapped = (exports: object, require: (id: string) => unknown, module: Module, filename: string) => void;
interface Module {
  exports: object;
}

/** Bytes before the rest: how many each of the two parts has. */
const headLength = 8;

/**
 * V8 checks neither the code nor what it made of it, so the code is kept as well, and what was made of it twice.
 * Comparing takes less than making a library ready that knows checksums.
 */
function keptFile(code: Buffer, compiled: Buffer): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUInt32LE(code.length);
  head.writeUInt32LE(compiled.length, 4);
  return Buffer.concat([head, code, compiled, compiled]);
}

/** @returns what V8 made of this code, when the file is whole and about it */
function compiledIn(kept: Buffer, code: Buffer): Buffer | undefined {
  if (kept.length < headLength) return undefined;
  const [codeLength, length] = [kept.readUInt32LE(), kept.readUInt32LE(4)];
  const at = headLength + codeLength;
  if (kept.length !== at + 2 * length || !kept.subarray(headLength, at).equals(code)) return undefined;
  const compiled = kept.subarray(at, at + length);
  return compiled.equals(kept.subarray(at + length)) ? compiled : undefined;
}

/** Milliseconds after which what another version of Node.js or of wherry has left is removed. */
const lifetime = 30 * 24 * 60 * 60_000;

/**
 * `${XDG_CACHE_HOME:-$HOME/.cache}/wherry/compiled`, and in it a folder for each V8 and each command, which have other
 * functions compiled. What another build of this V8 or other flags made V8 itself does not take.
 * @param argv of kubectl; flags that come first have a folder in common
 */
export function compiledFolder({ XDG_CACHE_HOME, HOME }: NodeJS.ProcessEnv, [first = ""]: readonly string[]): string {
  const { arch, versions } = process;
  const command = /^[a-z][a-z-]*$/.test(first) ? first : "any";
  const cache = XDG_CACHE_HOME || join(HOME || homedir(), ".cache");
  return join(cache, "wherry", "compiled", `${versions.v8}-${arch}-${command}`);
}

export class CompiledFiles {
  readonly #folder: string;
  readonly #require: (id: string) => unknown;
  readonly #usable: boolean;
  readonly #modules = new Map<string, Module>();
  readonly #scripts = new Map<string, { readonly code: Buffer; readonly script: Script }>();
  #isNew = false;

  /**
   * @param folder where it is kept: what others may write to is not used, for it is run
   * @param require finds what is not in the bundle
   */
  constructor(folder: string, require: (id: string) => unknown) {
    this.#folder = folder;
    this.#require = require;
    this.#usable = isOurs(folder);
  }

  /**
   * Runs the file if it has not run yet: ASCII, and one function of `exports`, `require`, `module` and `__filename`, as
   * Node.js makes it of a CommonJS file.
   * @returns its exports
   */
  load(file: string): object {
    const known = this.#modules.get(file);
    if (known) return known.exports;
    const module: Module = { exports: {} };
    this.#modules.set(file, module);
    const wrapped = this.#compile(file).runInThisContext() as Wrapped;
    const folder = dirname(file);
    const require = (id: string) => (id.startsWith(".") ? this.load(join(folder, id)) : this.#require(id));
    wrapped(module.exports, require, module, file);
    return module.exports;
  }

  #compile(file: string): Script {
    const code = readFileSync(file);
    const cachedData = this.#usable ? this.#kept(file, code) : undefined;
    const script = new Script(code.toString("latin1"), { filename: file, ...(cachedData ? { cachedData } : {}) });
    if (!cachedData || script.cachedDataRejected) this.#isNew = true;
    this.#scripts.set(file, { code, script });
    return script;
  }

  /** @returns what V8 made of this code, when that is there and whole */
  #kept(file: string, code: Buffer): Buffer | undefined {
    try {
      return compiledIn(readFileSync(this.#path(file)), code);
    } catch {
      return undefined;
    }
  }

  #path(file: string): string {
    return join(this.#folder, basename(file));
  }

  /** Keeps what had to be compiled, with the functions that have run since. What cannot be written is compiled again. */
  keep(): void {
    if (!this.#isNew) return;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      if (!isOurs(this.#folder)) return;
      for (const [file, { code, script }] of this.#scripts) {
        replaceFile(this.#path(file), keptFile(code, script.createCachedData()), 0o600);
      }
      removeOld(this.#folder);
    } catch {
      // A full disk, a folder of somebody else: no reason to fail.
    }
  }
}

/** Whether the folder is there, belongs to this user and takes nothing from others. */
function isOurs(folder: string): boolean {
  try {
    const { uid, mode } = statSync(folder);
    return uid === process.getuid?.() && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}

/** Removes what nothing has been written beside for long, and of `folder` the files of builds that are gone. */
function removeOld(folder: string): void {
  const now = clock.now();
  const isOld = (path: string) => statSync(path).mtimeMs < now - lifetime;
  utimesSync(folder, now / 1000, now / 1000);
  for (const parent of [dirname(folder), folder])
    for (const name of readdirSync(parent)) {
      const path = join(parent, name);
      if (isOld(path)) rmSync(path, { recursive: true, force: true });
    }
}
