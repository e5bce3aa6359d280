// Everything that is checked beside the tests: format, lint, types, import layers, dead code, the package's exports.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const checks = [
  ["format and lint", "biome", "check", "--error-on-warnings", "."],
  ["types", "tsc", "-p", "."],
  ["types of the dashboard", "tsc", "-p", "src/dashboard"],
  ["import layers", "depcruise", "src", "--config", ".dependency-cruiser.cjs"],
  ["dead code", "knip"],
  ["package", "publint", "--strict"],
  ["package types", "attw", "--pack", ".", "--profile", "esm-only"],
];

const failed = checks.filter(([name, command, ...args]) => {
  console.log(`\n── ${name}`);
  return spawnSync(`${root}/node_modules/.bin/${command}`, args, { cwd: root, stdio: "inherit" }).status !== 0;
});
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.map(([name]) => name).join(", ")}`);
  process.exit(1);
}
