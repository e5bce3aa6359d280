// Builds dist/: generates the API facts when they are missing, compiles, and copies what is not TypeScript.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const src = join(root, "src");
const dist = join(root, "dist");
const run = (script, ...args) => execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });

const generated = join(src, "api/generated/types.ts");
const generator = join(root, "scripts/generate-api.mjs");
if (!existsSync(generated) || statSync(generated).mtimeMs < statSync(generator).mtimeMs) run(generator);

if (process.argv.includes("--clean")) rmSync(dist, { recursive: true, force: true });
run(join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json");

// Everything that is not code of its own: generated data, shell scripts.
for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || /\.(ts|tsx)$/.test(entry.name)) continue;
  const from = join(entry.parentPath, entry.name);
  if (relative(src, from).startsWith("dashboard")) continue;
  cpSync(from, join(dist, relative(src, from)));
}
chmodSync(join(dist, "cli/main.js"), 0o755);
