/** Where a build reads its files: the disk and the web, or whatever stands for them in a test. */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { WebAnswer } from "../../../client/http/web.ts";
import { fail } from "./failure.ts";

export interface Files {
  /** The absolute path of a file or directory that exists, without links. @throws KustomizeError */
  locate(path: string): { readonly path: string; readonly isDirectory: boolean };
  read(path: string): Buffer;
  /** What an address of the web answers. @throws KustomizeError when nothing does */
  get(url: string): Promise<WebAnswer>;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ELOOP: "too many links",
};

const reason = (error: unknown): string => {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
};

/** @param env names the proxies on the way to the web */
export const diskAndWeb = (env: NodeJS.ProcessEnv): Files => ({
  locate(path) {
    const absolute = resolve(path);
    try {
      const real = realpathSync(absolute);
      return { path: real, isDirectory: statSync(real).isDirectory() };
    } catch (error) {
      return fail(`evalsymlink failure on '${path}' : lstat ${firstMissing(absolute)}: ${reason(error)}`);
    }
  },
  read(path) {
    try {
      return readFileSync(path);
    } catch (error) {
      const verb = (error as NodeJS.ErrnoException).code === "EISDIR" ? "read" : "open";
      return fail(`${verb} ${path}: ${reason(error)}`);
    }
  },
  async get(url) {
    const { WebError, webGet } = await import("../../../client/http/web.ts");
    try {
      return await webGet(url, { env });
    } catch (error) {
      if (!(error instanceof WebError)) throw error;
      return fail(error.answered ? error.message : `Get "${error.url}": ${error.message}`);
    }
  },
});

/** Go looks at a path from its beginning, and names the first part that is not there. */
function firstMissing(path: string): string {
  const parts = path.split("/");
  for (let i = 2; i <= parts.length; i++) {
    const part = parts.slice(0, i).join("/");
    try {
      realpathSync(part);
      if (i < parts.length && !statSync(part).isDirectory()) return part;
    } catch {
      return part;
    }
  }
  return path;
}
