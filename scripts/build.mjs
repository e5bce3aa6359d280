// Builds dist/: generates the API facts when they are missing, compiles, and copies what is not TypeScript.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

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

// Everything that is not code of its own: generated data, shell scripts.
for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || /\.(ts|tsx)$/.test(entry.name)) continue;
  const from = join(entry.parentPath, entry.name);
  if (relative(src, from).startsWith("dashboard")) continue;
  const to = join(dist, relative(src, from));
  cpSync(from, to);
  made.add(to);
}
// What an earlier build left of sources that are gone.
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !made.has(path)) rmSync(path);
}
chmodSync(join(dist, "cli/main.js"), 0o755);
