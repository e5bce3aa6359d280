// Builds dist/: generates the API facts when they are missing, compiles, and copies what is not TypeScript.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { buildDashboard } from "./build-dashboard.mjs";
import { bundleKubectl, bundleMain } from "./bundle-kubectl.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const src = join(root, "src");
const dist = join(root, "dist");
const run = (script, ...args) => execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });

const generated = join(src, "api/generated/types.ts");
const generator = join(root, "scripts/generate-api.mjs");
if (!existsSync(generated) || statSync(generated).mtimeMs < statSync(generator).mtimeMs) run(generator);

const tsc = join(root, "node_modules/typescript/bin/tsc");
const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--listEmittedFiles"], {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 1 << 26,
  stdio: ["ignore", "pipe", "inherit"],
});
const emitted = [];
for (const line of stdout.split("\n")) {
  if (line.startsWith("TSFILE: ")) emitted.push(line.slice("TSFILE: ".length).trim());
  else if (line) console.error(line);
}
if (status !== 0) process.exit(1);
const made = new Set(emitted.filter((file) => !file.endsWith(".d.ts")));

/** Keeps the types that a package export shows, and those that they are made of. */
function keepTypes(file) {
  if (made.has(file)) return;
  made.add(file);
  const text = readFileSync(file, "utf8");
  const relativeImport = /(["'])(\.\.?\/[^"']*)\.ts\1/g;
  for (const [, , path] of text.matchAll(relativeImport)) keepTypes(`${join(dirname(file), path)}.d.ts`);
  writeFileSync(file, text.replace(relativeImport, "$1$2.js$1"));
}
keepTypes(join(dist, "testing/index.d.ts"));

const kubectl = join(dist, "cli/kubectl");
const bundled = await bundleKubectl(join(kubectl, "bundle"));
const command = join(dist, "cli/main.cjs");
await bundleMain(command);

// Everything that is not code of its own: generated data, shell scripts.
for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || /\.(ts|tsx)$/.test(entry.name)) continue;
  const from = join(entry.parentPath, entry.name);
  if (relative(src, from).startsWith("dashboard")) continue;
  const to = join(dist, relative(src, from));
  cpSync(from, to);
  made.add(to);
}
const needed = new Set();
/** Follows imports from `file`, so that what the bundle holds is not there a second time. */
function need(file) {
  if (needed.has(file) || bundled.has(file)) return;
  needed.add(file);
  for (const [, path] of readFileSync(file, "utf8").matchAll(/["'](\.\.?\/[^"']*\.js)["']/g)) {
    const target = join(dirname(file), path);
    if (target.startsWith(kubectl) && existsSync(target)) need(target);
  }
}
for (const file of made) if (file.endsWith(".js") && !file.startsWith(kubectl)) need(file);
for (const file of made) if (file.startsWith(kubectl) && file.endsWith(".js") && !needed.has(file)) made.delete(file);
for (const file of bundled) made.add(file);
for (const name of ["main.js", "compiled.js", "replace-file.js"]) made.delete(join(dist, "cli", name));
made.add(command);

// What an earlier build left of sources that are gone.
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  // The dashboard's page has a build of its own.
  if (relative(dist, path).startsWith("dashboard/")) continue;
  if (entry.isFile() && !made.has(path)) rmSync(path);
}
chmodSync(command, 0o755);

await buildDashboard();
