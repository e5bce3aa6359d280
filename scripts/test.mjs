// Runs every suite and closes with one line: "N passed, N failed".
//   npm test                     everything, on this Node.js
//   npm test -- src/store        only what matches
//   npm test -- --node24         the same on Node.js 24
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { endLeftBehind, runMark } from "./left-behind.mjs";
import { node24 } from "./node24.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Debian leaves out of an ordinary user's PATH where nft and ip are, which suites use.
process.env.PATH = [process.env.PATH, "/usr/sbin", "/sbin"].filter(Boolean).join(":");
const args = process.argv.slice(2).filter((a) => a !== "--node24");
const node = process.argv.includes("--node24") ? node24() : process.execPath;
const run = (command, ...rest) => spawnSync(command, rest, { cwd: root, stdio: "inherit" }).status ?? 1;

for (const step of ["scripts/setup-tests.mjs", "scripts/build.mjs"]) {
  const status = run(process.execPath, step);
  if (status !== 0) process.exit(status);
}

const scratch = mkdtempSync(join(tmpdir(), "wherry-test-"));
let passed = 0;
let failed = 0;
process.env[runMark] = scratch;

/** The suite that runs, which is told of signals; then this ends, with nothing of it left. */
let current;
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
])
  process.once(signal, async () => {
    current?.kill(signal);
    await current?.ended;
    await endLeftBehind(scratch);
    rmSync(scratch, { recursive: true, force: true });
    process.exit(code);
  });

/** Runs vitest, through `prefix` when there is one, and adds up its results. */
const suite = async (prefix, env) => {
  const report = join(scratch, "report.json");
  rmSync(report, { force: true });
  const vitest = [node, "node_modules/vitest/vitest.mjs", "run", "--reporter=default", "--reporter=json"];
  const [command, ...rest] = [...prefix, ...vitest, `--outputFile.json=${report}`, "--passWithNoTests", ...args];
  current = spawn(command, rest, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  current.ended = new Promise((resolve) => current.once("close", resolve).once("error", resolve));
  const status = await current.ended;
  let failures = 0;
  try {
    const results = JSON.parse(readFileSync(report, "utf8"));
    passed += results.numPassedTests;
    // A file that does not even load counts as a failure; so does a test that was skipped.
    const broken = results.testResults.filter((r) => r.status === "failed" && r.assertionResults.length === 0).length;
    failures = results.numFailedTests + results.numPendingTests + broken;
  } catch {
    failures = status === 0 ? 0 : 1;
  }
  failed += status !== 0 && failures === 0 ? 1 : failures;
};

await suite([], {});
await suite(["unshare", "--user", "--map-root-user", "--net", "--mount"], { WHERRY_TEST_NETNS: "1" });
const left = await endLeftBehind(scratch);
for (const line of left) console.log(`left behind by a test: ${line}`);
failed += left.length;
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
