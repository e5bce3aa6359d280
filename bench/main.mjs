// `npm run bench`: each figure beside what it is compared with, measured in the same run on the same machine.
//   npm run bench                 everything
//   npm run bench -- api memory   only these sections
import { cpus, loadavg, totalmem } from "node:os";
import { row, table } from "./lib/report.mjs";

const sections = {
  start: "./sections/start.mjs",
  rollout: "./sections/rollout.mjs",
  api: "./sections/api.mjs",
  memory: "./sections/memory.mjs",
  container: "./sections/container.mjs",
  testing: "./sections/testing.mjs",
  "in-process": "./sections/in-process.mjs",
  scale: "./sections/scale.mjs",
  kubectl: "./sections/kubectl.mjs",
  dashboard: "./sections/dashboard.mjs",
};

/** Parts of sections. */
const parts = {
  "scale-in-process": "./sections/scale-in-process.mjs",
  "scale-http": "./sections/scale-http.mjs",
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in sections || name in parts));
if (unknown.length > 0) {
  console.error(
    `no such section: ${unknown.join(", ")}; there are: ${Object.keys({ ...sections, ...parts }).join(", ")}`,
  );
  process.exit(2);
}

const gigabytes = Math.round(totalmem() / 2 ** 30);
console.log(`Node.js ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${gigabytes} GB`);
console.log(`load average before: ${loadavg()[0].toFixed(1)} (what else runs here makes every figure worse)\n`);
for (const name of wanted.length > 0 ? wanted : Object.keys(sections)) {
  const { measure } = await import(sections[name] ?? parts[name]);
  await measure(row);
}
console.log(`\n${table()}`);
