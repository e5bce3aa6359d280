/** Runs inside a node that `doctor` starts, and reports what its kernel and tools allow. */
import { join } from "node:path";
import { restoreEnvironment } from "../base/certificate-files.ts";
import { systemClock as clock, systemRandom as random } from "../base/clock.ts";
import { silentLogger } from "../base/logger.ts";
import { nftablesWorks } from "../network/nftables/proxy.ts";
import { createImageStore } from "../node/images/index.ts";
import { createLinuxRuntime } from "../node/runtime/linux/index.ts";
import type { ProbeReport } from "./doctor.ts";

restoreEnvironment();
const stateDir = process.argv[2] ?? "";
const runtime = await createLinuxRuntime({
  stateDir,
  podCIDR: "10.244.0.0/24",
  nodeAddress: "100.64.0.1",
  images: createImageStore({ dir: join(stateDir, "images"), clock, random }),
  clock,
  random,
  logger: silentLogger,
});
const report: ProbeReport = { limits: await runtime.limits(), nftables: await nftablesWorks() };
await runtime.close();
process.send?.(report, () => process.disconnect?.());
